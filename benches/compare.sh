#!/usr/bin/env bash
# Times `kheap top FILE` against `gzip -dc FILE` and, where Go is installed,
# `go tool pprof -top FILE`, on the same file in alternation.
#
# usage: benches/compare.sh [-n ROUNDS] [-p PPROF_ROUNDS] [FILE...]
#
# Without files: a real dump, and a hundred copies of it with names of their own
# and with shared names. KHEAP names another program than target/release/kheap.
# README.md beside this file says how to read the table.
set -euo pipefail
export LC_ALL=C

die() {
    echo "compare.sh: $*" >&2
    exit 2
}

rounds=21
pprof_rounds=5
while getopts n:p: option; do
    case $option in
        n) rounds=$OPTARG ;;
        p) pprof_rounds=$OPTARG ;;
        *) die "usage: compare.sh [-n ROUNDS] [-p PPROF_ROUNDS] [FILE...]" ;;
    esac
done
shift $((OPTIND - 1))
[[ $rounds =~ ^[1-9][0-9]*$ && $pprof_rounds =~ ^[0-9]+$ ]] || die "rounds are whole numbers"
[[ -n ${EPOCHREALTIME:-} ]] || die "needs bash 5 or later for its clock"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
release=${CARGO_TARGET_DIR:-$root/target}/release
kheap=${KHEAP:-$release/kheap}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

build() {
    cargo build --release --quiet --manifest-path "$root/Cargo.toml" "$@"
}

inflate() { gzip -dc "$1"; }
top() { "$kheap" top "$1"; }
pprof() { go tool pprof -symbolize=none -top "$1"; }

# Runs a command without its output; on failure that is all there is to see.
quietly() {
    "$@" >/dev/null 2>"$dir/stderr" || {
        cat "$dir/stderr" >&2
        die "failed: $*"
    }
}

# Sets `micros` to the time that a command takes.
clock() {
    local start=${EPOCHREALTIME/./}
    quietly "$@"
    micros=$((${EPOCHREALTIME/./} - start))
}

# The median of an awk expression over the rounds.
median() {
    awk "$1" "$dir/rounds" | sort -g | awk -v format="$2" '
        { v[NR] = $1 }
        END { if (NR) printf format, (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2; else printf "-" }'
}

# The largest resident size that a command reaches, in MiB.
if /usr/bin/time -f %M true 2>"$dir/stderr"; then
    peak() {
        quietly /usr/bin/time -f %M -o "$dir/peak" "$@"
        awk 'END { printf "%.1f", $1 / 1024 }' "$dir/peak"
    }
elif command -v python3 >"$dir/stderr"; then
    peak() {
        python3 - "$@" <<'PYTHON'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
print("%.1f" % (resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit))
PYTHON
    }
else
    echo "no GNU time and no python3: peak memory is not measured" >&2
    peak() { printf -- -; }
fi

# Prints the row of one file: compare NAME FILE
compare() {
    local name=$1 file=$2 round size gzip_micros kheap_micros pprof_micros
    [[ -r $file ]] || die "cannot read $file"
    size=$(inflate "$file" | wc -c) || die "not gzipped: $file"
    # Once without the clock: everything is in the page cache then.
    quietly top "$file"
    if ((pprof_rounds)); then quietly pprof "$file"; fi

    : >"$dir/rounds"
    for ((round = 1; round <= rounds; round++)); do
        # In turn each is first, so that neither always runs on a warmer cache.
        if ((round % 2)); then clock inflate "$file"; gzip_micros=$micros; fi
        clock top "$file"; kheap_micros=$micros
        if ((round % 2 == 0)); then clock inflate "$file"; gzip_micros=$micros; fi
        pprof_micros=
        if ((round <= pprof_rounds)); then clock pprof "$file"; pprof_micros=$micros; fi
        echo "$gzip_micros $kheap_micros $pprof_micros" >>"$dir/rounds"
    done

    local kheap_peak pprof_peak=-
    kheap_peak=$(peak "$kheap" top "$file")
    if ((pprof_rounds)); then pprof_peak=$(peak go tool pprof -symbolize=none -top "$file"); fi
    row "$name" "$(awk -v n="$size" 'BEGIN { printf "%.2f", n / 1e6 }')" \
        "$(median '{ print $1 / 1000 }' %.1f)" \
        "$(median '{ print $2 / 1000 }' %.1f)" \
        "$(median 'NF == 3 { print $3 / 1000 }' %.1f)" \
        "$(median '{ print $2 / $1 }' %.2f)" \
        "$(median '{ print ($2 - $1) / 1000 }' %+.1f)" \
        "$(median 'NF == 3 { print $2 / $3 }' %.4f)" \
        "$kheap_peak" "$pprof_peak"
}

row() {
    printf '%-24s %9s %9s %9s %9s %11s %14s %12s %10s %10s\n' "$@"
}

[[ -n ${KHEAP:-} || -x $kheap ]] || build --bin kheap
[[ -x $kheap ]] || die "no program at $kheap"
if ! command -v go >"$dir/stderr"; then
    echo "Go is not installed: pprof is not timed" >&2
    pprof_rounds=0
fi

if (($# == 0)); then
    real=$root/testdata/dumps/v1.20/cr-list-cache-json.pb.gz
    build --package kheap-benches --bin scale
    quietly "$release/scale" "$real" 100 "$dir/own.pb.gz"
    quietly "$release/scale" "$real" 100 "$dir/shared.pb.gz" --keep-names
fi

go_version=
if ((pprof_rounds)); then go_version="; $(go version)"; fi
echo "$(uname -sm), $(getconf _NPROCESSORS_ONLN) cores; $("$kheap" --version); $(gzip --version | sed 1q)$go_version"
echo "medians of $rounds rounds, of pprof's $pprof_rounds; ratios and difference are within a round"
row dump "MB raw" "gzip ms" "kheap ms" "pprof ms" kheap/gzip "kheap-gzip ms" kheap/pprof "kheap MiB" "pprof MiB"
if (($#)); then
    for file; do compare "$(basename "$file")" "$file"; done
else
    compare "real" "$real"
    compare "100-fold, own names" "$dir/own.pb.gz"
    compare "100-fold, shared names" "$dir/shared.pb.gz"
fi
