# shellcheck shell=bash
# clang-tidy on the files that changed. lints.sh sources it.

# A file takes up to half a minute on two cores, so that no more are looked at,
# and none is begun later than this. What is left out is said.
TIDY_FILES=20
TIDY_SECONDS=180
# How many commits count as changes where nothing says more.
TIDY_COMMITS=20
TIDY_PATHS=('core/*.cc' 'server/*.cc' 'clients/*.cc')

# Whence changes count: LATCHKEY_BASE, else where this branch left origin/main,
# else TIDY_COMMITS back. The empty tree where history is shorter, but the oldest
# commit of a shallow clone.
tidy_base() {
  local base
  if [[ -n ${LATCHKEY_BASE-} ]]; then
    git rev-parse -q --verify "$LATCHKEY_BASE^{commit}" && return
    echo "LATCHKEY_BASE is no commit here: $LATCHKEY_BASE" >&2
    return 1
  fi
  if base=$(git merge-base HEAD origin/main 2>/dev/null) &&
    [[ $base != "$(git rev-parse HEAD)" ]]; then
    echo "$base"
  elif git rev-parse -q --verify "HEAD~$TIDY_COMMITS^{commit}"; then
    return
  elif [[ $(git rev-parse --is-shallow-repository) == true ]]; then
    git rev-list HEAD | tail -n 1
  else
    git rev-parse -q --verify HEAD >/dev/null &&
      git hash-object -t tree /dev/null
  fi
}

# Files that changed since the base, those in the working tree too, what changed
# last first.
tidy_files() {
  local base=$1 changed
  changed=$({
    git diff --name-only --diff-filter=d "$base" -- "${TIDY_PATHS[@]}"
    git ls-files --others --exclude-standard -- "${TIDY_PATHS[@]}"
  } | grep -vE '(_test|_conformance|_benchmark)\.cc$' | sort -u)
  {
    git diff --name-only HEAD
    git ls-files --others --exclude-standard
    git log -n 100 --name-only --format=
    echo "$changed"
  } | awk 'NR == FNR { wanted[$0]; next }
      $0 != "" && ($0 in wanted) && !seen[$0]++' <(echo "$changed") -
}

# Flags for generated headers, where the last build has left them.
generated_includes() {
  local bin folder
  bin=$(lk_bazel info bazel-bin 2>/dev/null)
  for folder in "$bin"/proto/*/{,*/,*/*/}_generated/*_{cc_proto,grpc}; do
    [[ ! -d $folder ]] || printf '%s\n' -isystem "$folder"
  done
}

# tidy_file DEADLINE TALLY FILE FLAGS...: writes to TALLY what became of it. One
# that takes too long on a busy machine is no finding.
tidy_file() {
  local left=$(($1 - $(date +%s))) tally=$2 file=$3 code=0
  shift 3
  if ((left <= 0)); then
    echo left-out >>"$tally"
    return
  fi
  timeout "$left" clang-tidy --quiet "$file" -- -std=c++20 -I. "$@" || code=$?
  case $code in
    0) echo looked-at >>"$tally" ;;
    124) echo timed-out >>"$tally" ;;
    *) echo found >>"$tally" && return 1 ;;
  esac
}

# tidy_all TALLY FILES...
tidy_all() {
  local tally=$1 deadline includes
  shift
  deadline=$(($(date +%s) + TIDY_SECONDS))
  mapfile -t includes < <(generated_includes)
  printf '%s\n' "$@" |
    xargs -P "$(nproc)" -I{} bash -c "$(declare -f tidy_file); tidy_file \"\$@\"" \
      _ "$deadline" "$tally" {} "${includes[@]}"
}

# count WORD TALLY
count() {
  grep -cx "$1" "$2" || true
}

check_tidy() {
  local base tally files code=0
  base=$(tidy_base) || {
    echo "There is no commit to compare with; set LATCHKEY_BASE to one."
    return 1
  }
  mapfile -t files < <(tidy_files "$base")
  tally=$(mktemp)
  ((${#files[@]} == 0)) ||
    tidy_all "$tally" "${files[@]:0:TIDY_FILES}" || code=1
  local looked found late
  looked=$(count looked-at "$tally") found=$(count found "$tally")
  late=$(count timed-out "$tally")
  rm -f "$tally"
  echo "since ${base:0:12}: $((looked + found)) of ${#files[@]} changed files" \
    "looked at, $late timed out, $((${#files[@]} - looked - found - late)) left out"
  # Nothing looked at is nothing known.
  ((code == 0 && (${#files[@]} == 0 || looked > 0)))
}

# The last line of check_tidy, of a good run too.
run_tidy() {
  step "clang-tidy on changed files"
  local log
  log=$(mktemp)
  if (cd "$ROOT" && check_tidy) >"$log" 2>&1; then
    note "ok      clang-tidy, $(tail -n 1 "$log")"
    LINTS_PASSED=$((LINTS_PASSED + 1))
  else
    note "FAILED  clang-tidy, $(tail -n 1 "$log")"
    head -n 60 "$log"
    LINTS_FAILED=$((LINTS_FAILED + 1))
  fi
  rm -f "$log"
}
