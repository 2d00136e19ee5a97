# shellcheck shell=bash
# Every lint, each counted as one test. Source it after bazel/scripts.sh.

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

# Files of core that changed since BASE (default: the last commit), with those
# in the working tree. clang-tidy takes seconds a file, so that it looks at no
# more than twenty.
changed_core_files() {
  local base=${LATCHKEY_BASE:-HEAD~1}
  git rev-parse -q --verify "$base^{commit}" >/dev/null || base=HEAD
  {
    git diff --name-only --diff-filter=d "$base" -- 'core/*.cc'
    git ls-files --others --exclude-standard -- 'core/*.cc'
  } | grep -vE '(_test|_conformance|_benchmark)\.cc$' | sort -u | head -n 20
}

# Flags for generated headers, where the last build has left them.
generated_includes() {
  local bin folder
  bin=$(lk_bazel info bazel-bin 2>/dev/null)
  for folder in "$bin"/proto/*/{,*/,*/*/}_generated/*_cc_proto; do
    [[ ! -d $folder ]] || printf '%s\n' -isystem "$folder"
  done
}

# A file that takes too long on a busy machine is no finding.
tidy_file() {
  local file=$1 code=0
  shift
  timeout 240 clang-tidy --quiet "$file" -- -std=c++20 -I. "$@" || code=$?
  ((code != 124)) || code=0
  return "$code"
}

check_tidy() {
  local files includes
  mapfile -t files < <(changed_core_files)
  ((${#files[@]} > 0)) || return 0
  mapfile -t includes < <(generated_includes)
  printf '%s\n' "${files[@]}" |
    xargs -P "$(nproc)" -I{} \
      bash -c "$(declare -f tidy_file); tidy_file \"\$@\"" _ {} "${includes[@]}"
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

run_tidy() {
  step "clang-tidy on changed files of core"
  lint "clang-tidy" check_tidy
}

print_figures() {
  step "House figures (they never fail)"
  python3 "$ROOT/bazel/lint/figures.py" "$ROOT" | sed 's/^/    /' || true
}
