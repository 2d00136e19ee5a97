#!/bin/bash
# Measures how fast users are imported into SQLite (durability: full), and how
# long a login takes before and after.
#
# usage: import_figures.sh LATCHKEYD LATCHKEY
#
# Environment: ROWS (100000), LOGINS (200), TMPDIR (whose disk is measured).
set -euo pipefail

if [[ $# -ne 2 ]]; then
  sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
latchkeyd=$(realpath "$1")
latchkey=$(realpath "$2")
rows=${ROWS:-100000}
logins=${LOGINS:-200}

folder=$(mktemp -d)
pid=
finish() {
  [[ -z $pid ]] || kill "$pid" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

cat >"$folder/latchkey.yaml" <<YAML
issuer: http://127.0.0.1:8080
listeners:
  - {address: "unix://$folder/all.sock", services: [auth, admin]}
store: {sqlite: {path: "$folder/latchkey.db", durability: full}}
limits: {login_attempts_per_minute: 0}
apps:
  - id: load
    providers: [{email_password: {auto_confirm: true}}, {google: {client_ids: [x]}}]
YAML

# As the Admin API gives them: an address and a Google identity each.
awk -v rows="$rows" 'BEGIN {
  for (i = 0; i < rows; i++) {
    id = sprintf("%08x%016x", 1600000000 + i, (i * 2654435761) % 4294967296)
    subject = sprintf("%08x%016x", 1600000000 + i, (i * 40503 + 7) % 4294967296)
    printf "{\"_id\":\"%s\",\"type\":\"normal\",\"creation_date\":%d," \
      "\"disabled\":false,\"identities\":[{\"id\":\"%s\"," \
      "\"provider_type\":\"local-userpass\",\"provider_data\":" \
      "{\"email\":\"user%d@example.com\"}},{\"id\":\"1%09d\"," \
      "\"provider_type\":\"oauth2-google\",\"provider_data\":" \
      "{\"name\":\"User %d\"}}],\"data\":{\"email\":\"user%d@example.com\"," \
      "\"name\":\"User %d\"}}\n", id, 1600000000 + i, subject, i, i, i, i, i
  }
}' >"$folder/users.json"

"$latchkeyd" --config="$folder/latchkey.yaml" >"$folder/out" 2>"$folder/err" &
pid=$!
for _ in $(seq 500); do
  grep -q '^latchkeyd ready' "$folder/out" && break
  sleep 0.01
done

command=("$latchkey" "--server=unix:$folder/all.sock"
  "--admin=unix:$folder/all.sock" --app=load --timeout=60s)
echo "correct horse" >"$folder/password"
"${command[@]}" register --email=ann@example.com \
  --password-file="$folder/password" >/dev/null

# login_ms: the time of a login, process included, at the median.
login_ms() {
  for _ in $(seq "$logins"); do
    local begin end
    begin=$(date +%s%N)
    "${command[@]}" login --provider=email_password --email=ann@example.com \
      --password-file="$folder/password" \
      --session-file="$folder/session.json" >/dev/null
    end=$(date +%s%N)
    echo $(((end - begin) / 1000))
  done | sort -n | sed -n "$((logins / 2 + 1))p"
}

before=$(login_ms)
begin=$(date +%s%N)
"${command[@]}" import users "$folder/users.json" --format=app-services \
  --outcomes="$folder/outcomes.json" --output=json
end=$(date +%s%N)
after=$(login_ms)
echo "rows_per_second=$((rows * 1000000000 / (end - begin)))" \
  "login_p50_us_before=$before login_p50_us_after=$after" \
  "database_mib=$(($(stat -c %s "$folder/latchkey.db") / 1048576))"
