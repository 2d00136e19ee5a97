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

# Apart from the first, since whoever holds an outbound credential has libcurl
# loaded. PORT is replaced when the issuer of its tokens has one.
cat >"$folder/fetch.yaml" <<YAML
issuer: http://127.0.0.1:8080
listeners:
  - {address: "unix:$folder/outbound.sock", services: [outbound]}
store: {memory: {}}
apps:
  - id: load
    providers: [{anonymous: {}}]
outbound_credentials:
  - {name: load, token_url: "http://127.0.0.1:PORT/token", client_id: load,
     client_secret: load, scopes: [load]}
secrets: [{name: load, file: "$folder/secret"}]
YAML
echo a-secret-of-the-load-test >"$folder/secret"

# Answers each request with the same token, and writes its port to the file.
cat >"$folder/issuer.py" <<'PYTHON'
import http.server, sys

class Issuer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = (b'{"token_type":"Bearer","expires_in":3600,"scope":"load",'
                b'"access_token":"' + 800 * b"a" + b'"}')
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Issuer)
print(f"issuer ready grpc={server.server_port} ", flush=True)
server.serve_forever()
PYTHON

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
    --channels="$channels" --users="$users" --credential=load \
    --seconds="$seconds" |
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
# Outbound credentials are fetched over a Unix socket, and so is their echo.
start echo_unix "$echo_server" --listen="unix:$folder/echo.sock"
start issuer python3 "$folder/issuer.py"
sed -i "s/PORT/$address/" "$folder/fetch.yaml"
start fetcher "$latchkeyd" --config="$folder/fetch.yaml"
start latchkeyd "$latchkeyd" --config="$folder/latchkey.yaml"
# take NAME METHOD ADDRESS: measures and keeps the result under NAME.
take() {
  local result
  result=$(measure "$2" "$3")
  echo "round $round: $1 $result"
  echo "$result" >>"$folder/$1"
}
for round in $(seq "$rounds"); do
  take echo echo "$echo_address"
  take verify verify "$address"
  take refresh refresh "$address"
  take echo_unix echo "unix:$folder/echo.sock"
  take fetch fetch "unix:$folder/outbound.sock"
done
loaded=$(rss_kib "$pid")

echo
for method in echo verify refresh echo_unix fetch; do
  printf '%s: %s calls/s, p50 %s us, p99 %s us (medians of %s)\n' "$method" \
    "$(cut -d' ' -f1 "$folder/$method" | median)" \
    "$(cut -d' ' -f2 "$folder/$method" | median)" \
    "$(cut -d' ' -f3 "$folder/$method" | median)" "$rounds"
done
# ratio A B: the median of each round's, so that both halves met the same
# neighbours.
ratio() {
  echo "$1 / $2: $(paste -d' ' "$folder/$1" "$folder/$2" |
    awk '{printf "%.3f\n", $1 / $4}' | median)"
}
ratio verify echo
ratio fetch echo_unix
echo "resident after one login: $rss KiB, $threads threads"
echo "resident after the load: $loaded KiB"
echo "start to SERVING: $(median <"$folder/start") ms"
