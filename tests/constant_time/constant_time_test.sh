#!/bin/bash
# No branch and no address of ours depends on a secret: probe.cc marks the
# bytes, valgrind watches.
set -euo pipefail

readonly probe=$1
readonly found=99 # valgrind's exit code when it has something to report

failed=0
check() {
  local piece=$1 expected=$2 code=0 output
  output=$(valgrind --quiet --error-exitcode=$found "$probe" "$piece" 2>&1) ||
    code=$?
  if ((code == expected)); then
    echo "ok: $piece"
  else
    echo "FAILED: $piece: exit code $code instead of $expected"
    echo "$output"
    failed=1
  fi
}

command -v valgrind >/dev/null || {
  echo "valgrind is missing (bazel/packages.txt)"
  exit 1
}
for piece in bytes secrets hs256 hs384 hs512 passwords; do
  check "$piece" 0
done
# A comparison that leaks is found out.
check leak $found
exit $failed
