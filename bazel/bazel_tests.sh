# shellcheck shell=bash
# Runs and counts Bazel's tests. Source it after bazel/scripts.sh.

# Totals over all runs of this script.
PASSED=0
FAILED=0

# Seconds for small, medium, large and enormous tests: a machine that does
# other things besides is no failure.
TEST_TIMEOUT=240,600,900,900

# run_bazel_tests TITLE OPTION... -- TARGET...
run_bazel_tests() {
  local title=$1 events code=0 counts
  shift
  step "$title"
  events=$(mktemp)
  lk_bazel test --keep_going --test_output=errors --test_summary=terse \
    "--test_timeout=$TEST_TIMEOUT" "--build_event_json_file=$events" "$@" || code=$?
  counts=$(python3 "$ROOT/bazel/test_counts.py" "$events") || counts="0 1"
  rm -f "$events"
  local passed=${counts% *} failed=${counts#* }
  # 4: no tests found. Anything else that is bad must show in the figures.
  if ((code != 0 && code != 4 && failed == 0)); then
    failed=1
  fi
  note "$title: $passed passed, $failed failed"
  PASSED=$((PASSED + passed))
  FAILED=$((FAILED + failed))
}
