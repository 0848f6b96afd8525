#!/usr/bin/env bash
# Counts the instructions that each command takes on a real dump, and fails where one
# takes 5 % more than instructions.txt says: what a stopwatch cannot see on a busy machine.
#
# usage: benches/instructions.sh [--update]
#
# KHEAP names another program than target/release/kheap. --update writes the file anew.
# It needs valgrind.
set -euo pipefail
export LC_ALL=C RAYON_NUM_THREADS=1

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kheap=${KHEAP:-${CARGO_TARGET_DIR:-$root/target}/release/kheap}
stored=$root/benches/instructions.txt
dumps=$root/testdata/dumps/v1.20
dump=$dumps/cr-list-cache-json.pb.gz
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Prints a name, and the instructions of the run that follows it, in millions. Not to be
# called in $(…): the exit would leave that shell alone.
count() {
    local name=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$dir/log" \
        "$kheap" "$@" >"$dir/out" || { cat "$dir/out" "$dir/log" >&2; exit 2; }
    awk -v name="$name" \
        '/refs:/ { gsub(",", "", $NF); printf "%s %.1f\n", name, $NF / 1e6; found = 1 }
         END { exit !found }' "$dir/log" || { cat "$dir/log" >&2; exit 2; }
}

measure() {
    for command in top tree breakdown diagnose; do
        count "$command" "$command" "$dump"
    done
    count flame flame -o /dev/null "$dump"
    count report report -o "$dir/report.html" "$dump"
    count compare compare "$dumps/idle.pb.gz" "$dump"
    count series series "$dumps"/series-configmaps/0[0-8].pb.gz
}

measure >"$dir/measured"
if [ "${1:-}" = --update ]; then
    cp "$dir/measured" "$stored"
fi
[ -s "$stored" ] || { echo "instructions.sh: $stored is empty; write it with --update" >&2; exit 2; }

awk 'NR == FNR { before[$1] = $2; next }
     BEGIN { printf "%-10s %8s %8s  millions of instructions\n", "command", "stored", "now" }
     { grown = $2 > 1.05 * before[$1]
       printf "%-10s %8.1f %8.1f%s\n", $1, before[$1], $2, grown ? "  more than 5 % above" : ""
       failed += grown }
     END { exit failed > 0 }' "$stored" "$dir/measured"
