#!/bin/bash
# Measures latchkeyd against an empty service. See README.md.
#
# usage: run_figures.sh LATCHKEYD ECHO_SERVER VERIFY_LOAD
#
# Environment: ROUNDS (3), SECONDS_EACH (5), IN_FLIGHT (64), CHANNELS (4),
# USERS (256), CACHE_ENTRIES (4096, latchkeyd's default; more than USERS, or
# tokens are verified in full).
set -euo pipefail

if [[ $# -ne 3 ]]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
latchkeyd=$(realpath "$1")
echo_server=$(realpath "$2")
load=$(realpath "$3")
rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-5}
in_flight=${IN_FLIGHT:-64}
channels=${CHANNELS:-4}
users=${USERS:-256}
cache_entries=${CACHE_ENTRIES:-4096}

folder=$(mktemp -d)
started=()
finish() {
  for pid in "${started[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap finish EXIT

cat >"$folder/latchkey.yaml" <<YAML
issuer: http://127.0.0.1:8080
listeners:
  - {address: "127.0.0.1:0", services: [auth]}
store: {sqlite: {path: "$folder/latchkey.db", durability: full}}
limits: {login_attempts_per_minute: 0}
verify_cache: {entries: $cache_entries}
apps:
  - id: load
    providers: [{anonymous: {}}]
YAML

# start NAME COMMAND...: sets pid and address once the program is ready.
start() {
  local name=$1
  shift
  : >"$folder/$name.out"
  "$@" >"$folder/$name.out" 2>"$folder/$name.err" &
  pid=$!
  started+=("$pid")
  for _ in $(seq 3000); do
    address=$(sed -n 's/^[a-z_]* ready grpc=\([^ ,]*\).*/\1/p' \
      "$folder/$name.out")
    [[ -n $address ]] && return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.01
  done
  echo "$name did not start:" >&2
  tail -5 "$folder/$name.err" >&2
  exit 1
}

stop() {
  kill "$1"
  wait "$1" 2>/dev/null || true
}

# measure METHOD ADDRESS: prints "calls/s p50 p99".
measure() {
  "$load" --method="$1" --target="$2" --in-flight="$in_flight" \
    --channels="$channels" --users="$users" --seconds="$seconds" |
    sed 's/.*calls_per_second=\([0-9]*\) p50_us=\([0-9]*\) p99_us=\([0-9]*\).*/\1 \2 \3/'
}

median() {
  sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

rss_kib() {
  awk '/^VmRSS/ {print $2}' "/proc/$1/status"
}

now_ms() {
  date +%s%3N
}

# Memory: a fresh service after one login.
start latchkeyd "$latchkeyd" --config="$folder/latchkey.yaml"
"$load" --method=login --users=1 --in-flight=1 --channels=1 \
  --target="$address" >/dev/null
sleep 1
rss=$(rss_kib "$pid")
threads=$(awk '/^Threads/ {print $2}' "/proc/$pid/status")
stop "$pid"

# Start: with the store that the first run left, until it says SERVING.
for _ in $(seq "$rounds"); do
  begun=$(now_ms)
  start latchkeyd "$latchkeyd" --config="$folder/latchkey.yaml"
  "$load" --method=health --target="$address" >/dev/null
  echo $(($(now_ms) - begun)) >>"$folder/start"
  stop "$pid"
done

# Speed: both services run; the methods take turns.
start echo "$echo_server" --listen=127.0.0.1:0
echo_address=$address
start latchkeyd "$latchkeyd" --config="$folder/latchkey.yaml"
for round in $(seq "$rounds"); do
  for method in echo verify refresh; do
    target=$address
    [[ $method == echo ]] && target=$echo_address
    result=$(measure "$method" "$target")
    echo "round $round: $method $result"
    echo "$result" >>"$folder/$method"
  done
done
loaded=$(rss_kib "$pid")

echo
for method in echo verify refresh; do
  printf '%s: %s calls/s, p50 %s us, p99 %s us (medians of %s)\n' "$method" \
    "$(cut -d' ' -f1 "$folder/$method" | median)" \
    "$(cut -d' ' -f2 "$folder/$method" | median)" \
    "$(cut -d' ' -f3 "$folder/$method" | median)" "$rounds"
done
# The ratio of each round, so that both halves met the same neighbours.
echo "verify / echo: $(paste -d' ' "$folder/verify" "$folder/echo" |
  awk '{printf "%.3f\n", $1 / $4}' | median)"
echo "resident after one login: $rss KiB, $threads threads"
echo "resident after the load: $loaded KiB"
echo "start to SERVING: $(median <"$folder/start") ms"
