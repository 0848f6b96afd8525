#!/bin/sh
# Saves what `kheap diagnose FOLDER` reads from each API server that is named: metrics
# twice, a heap, goroutines, the version, and where they are readable the logs.
#
#   capture.sh [-t SECONDS] [-a AUDIT_LOG] [-l SERVER_LOG] https://SERVER:PORT...
#
# Without a server it takes the one that kubectl is set up for. Logs are those of one
# server: run it on that node, and name that server alone. The token of
# $TOKEN_FILE, or the client certificate of $CERT and $KEY, authorizes; $CACERT is the
# cluster's authority. See docs/capture.md for costs, permissions and what not to share.
set -eu

between=15 audit='' log=''
while getopts t:a:l: option; do
  case $option in
    t) between=$OPTARG ;;
    a) audit=$OPTARG ;;
    l) log=$OPTARG ;;
    *) echo "usage: $0 [-t SECONDS] [-a AUDIT_LOG] [-l SERVER_LOG] [https://SERVER:PORT...]" >&2
       exit 2 ;;
  esac
done
shift $((OPTIND - 1))

if [ $# -gt 1 ] && [ -n "$audit$log" ]; then
  echo "$0: -a and -l are logs of one server; name that server alone" >&2
  exit 2
fi

umask 077
bundle="bundle-$(date -u +%Y-%m-%dT%H%M%SZ)"

# Fetches a path of $server into a file; one that is not served is told and left out.
fetch() {
  if [ -n "$server" ]; then
    set -- "$1" "$2" --silent --show-error --fail --max-time 120
    [ -z "${CACERT:-}" ] || set -- "$@" --cacert "$CACERT"
    [ -z "${CERT:-}" ] || set -- "$@" --cert "$CERT" --key "$KEY"
    if [ -n "${TOKEN_FILE:-}" ]; then
      # The header comes by standard input, so that no list of processes shows it.
      path=$1 file=$2
      shift 2
      printf 'Authorization: Bearer %s\n' "$(cat "$TOKEN_FILE")" |
        curl "$@" --header @- --output "$folder/$file" "$server$path" && return
    else
      path=$1 file=$2
      shift 2
      curl "$@" --output "$folder/$file" "$server$path" && return
    fi
  else
    path=$1 file=$2
    kubectl get --raw "$path" >"$folder/$file" && return
  fi
  rm -f "$folder/$file"
  echo "not saved: $path" >&2
}

capture() {
  name=${server#*://}
  folder="$bundle/$(printf '%s' "${name:-server}" | tr -c 'A-Za-z0-9.-' '-')"
  mkdir -p "$folder"
  fetch /metrics metrics-1.txt
  sleep "$between"
  fetch /metrics metrics-2.txt
  fetch '/debug/pprof/heap?gc=1' heap.pb.gz
  fetch /debug/pprof/goroutine goroutine.pb.gz
  fetch /debug/pprof/goroutineleak goroutineleak.pb.gz
  fetch /version version.json
  # Last, so that they hold how the requests of the heap ended.
  [ -z "$audit" ] || cp "$audit" "$folder/audit.log"
  [ -z "$log" ] || cp "$log" "$folder/server.log"
  echo "$folder"
}

if [ $# -eq 0 ]; then
  server=''
  capture
fi
for server in "$@"; do
  capture
done
