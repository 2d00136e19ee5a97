# shellcheck shell=bash
# Every lint, each counted as one test. Source it after bazel/scripts.sh.

# shellcheck source=bazel/lint/tidy.sh
source "$ROOT/bazel/lint/tidy.sh"

LINTS_PASSED=0
LINTS_FAILED=0

# The C++ files of latchkey, one a line.
cpp_files() {
  git -C "$ROOT" ls-files '*.cc' '*.h' | grep -v node_modules/
}

lint() {
  local name=$1 output
  shift
  if output=$(cd "$ROOT" && "$@" 2>&1); then
    note "ok      $name"
    LINTS_PASSED=$((LINTS_PASSED + 1))
  else
    note "FAILED  $name"
    head -n 60 <<<"$output"
    LINTS_FAILED=$((LINTS_FAILED + 1))
  fi
}

check_format() {
  cpp_files | xargs -r clang-format --dry-run --Werror
}

check_starlark() {
  git ls-files WORKSPACE '*.bzl' '*BUILD.bazel' |
    xargs -r buildifier -mode=check -lint=warn \
      -warnings=load,unused-variable,duplicated-name,function-docstring-args
}

check_shell() {
  local scripts
  mapfile -t scripts < <(git ls-files run test .ci/run tests/fuzz/run '*.sh')
  shellcheck -x "${scripts[@]}"
}

check_spelling() {
  git ls-files '*.md' '*.h' '*.cc' '*.proto' '*.py' '*.bzl' '*.yaml' |
    grep -vE '^(tests/(vectors|fuzz|conformance)/|.*\.lock)' |
    xargs -r codespell --ignore-words-list=crypted,fo,te,ans,nd,ue,positionof,hastable
}

run_lints() {
  step "Lints"
  lint "dependency directions" python3 bazel/lint/dependencies.py
  lint "banned patterns" python3 bazel/lint/banned.py
  lint "tests that documents name" \
    python3 bazel/lint/named_tests.py docs/jwks-contract.md
  lint "clang-format" check_format
  lint "buildifier" check_starlark
  lint "buf lint" buf lint
  lint "buf format" buf format --exit-code --diff
  lint "shellcheck" check_shell
  lint "codespell" check_spelling
}

print_figures() {
  step "House figures (they never fail)"
  python3 "$ROOT/bazel/lint/figures.py" "$ROOT" | sed 's/^/    /' || true
}
