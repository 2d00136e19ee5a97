# shellcheck shell=bash
# What ./run, ./test and .ci/run share. Source it; needs ROOT, the top folder.

: "${ROOT:?}"

# Some containers start without one, and Bazel insists on it.
if [[ -z ${HOME:-} ]]; then
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  export HOME
fi

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  BOLD=$'\e[1m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
  BOLD='' RED='' PLAIN=''
fi

step() { printf '%s==> %s%s\n' "$BOLD" "$*" "$PLAIN"; }
note() { printf '    %s\n' "$*"; }

# Says what is wrong and what to do, one argument a line, and stops.
die() {
  printf '%s==> Cannot go on: %s%s\n' "$RED" "$1" "$PLAIN" >&2
  shift
  (($# == 0)) || printf '    %s\n' "$@" >&2
  exit 1
}

# The packages of the groups named, from the one list.
packages_of() {
  local group
  for group in "$@"; do
    awk -v group="$group" '$1 == group { print $2 }' \
      "$ROOT/bazel/packages.txt"
  done
}

# Reads package names; prints those that are not installed.
missing_of() {
  local package
  while read -r package; do
    # Node.js may come from elsewhere, with its own npm.
    case $package in
      nodejs | npm)
        command -v "${package%js}" >/dev/null && continue
        ;;
    esac
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null |
      grep -qx installed || printf '%s\n' "$package"
  done
}

# install_packages GROUP...: installs what is missing with apt-get.
install_packages() {
  step "Debian packages ($*)"
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this is not Debian (no apt-get)." \
      "latchkey builds on Debian 12 (bookworm) or in a container of it:" \
      "  docker run -it -v \"\$PWD:/src\" -w /src debian:12 ./run"
  fi
  local missing
  mapfile -t missing < <(packages_of "$@" | missing_of)
  if ((${#missing[@]} == 0)); then
    note "nothing to do, all are installed"
    return
  fi
  note "missing: ${missing[*]}"
  local become=()
  if (($(id -u) != 0)); then
    command -v sudo >/dev/null || die "packages are missing and only root may install them." \
      "As root, run: apt-get install ${missing[*]}" \
      "and start this again."
    if ! sudo -n true 2>/dev/null && [[ ! -t 0 ]]; then
      die "sudo wants a password and there is no terminal to ask at." \
        "Run: sudo apt-get install ${missing[*]}" \
        "and start this again."
    fi
    become=(sudo)
  fi
  local apt=("${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q)
  "${apt[@]}" update ||
    note "apt-get update failed; trying with the lists at hand"
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" || die \
    "apt-get could not install the packages above." \
    "Is this Debian 12 (cat /etc/os-release), with the main component in" \
    "/etc/apt/sources.list and a way to its mirror? Then start this again."
  # A running server remembers the libraries that were there before.
  lk_bazel shutdown >/dev/null 2>&1 || true
}

# A cache that outlives `bazel clean` and is shared by clones. Never needed.
disk_cache() {
  printf '%s\n' \
    "${LATCHKEY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/latchkey/bazel-disk}"
}

# lk_bazel COMMAND ARGS...: Bazel in this tree, leaving no links in it.
# LATCHKEY_BAZEL_LIMIT=30m ends it after that time; nothing limits it otherwise.
lk_bazel() {
  local command=$1
  shift
  local options=()
  case $command in
    build | test | run)
      options+=("--disk_cache=$(disk_cache)")
      options+=(--experimental_convenience_symlinks=ignore)
      options+=(--show_progress)
      # In a log, a line now and then is progress enough.
      [[ -t 2 ]] || options+=(--show_progress_rate_limit=20)
      ;;
  esac
  (cd "$ROOT" &&
    timeout --foreground --kill-after=1m "${LATCHKEY_BAZEL_LIMIT:-0}" \
      bazel "$command" "${options[@]}" "$@")
}

# The file a cc_binary was built to: binary_of CONFIG FOLDER/NAME
binary_of() {
  printf '%s/%s\n' "$(lk_bazel info "--config=$1" bazel-bin 2>/dev/null)" "$2"
}

# `bazel` may be another one, or a launcher that downloads its own.
check_bazel() {
  local version
  version=$(cd / && bazel --version 2>/dev/null) || version="no answer"
  case $version in
    'bazel no_version' | 'bazel 4.'*) ;;
    *)
      die "$(command -v bazel) is not Debian's Bazel 4.2 but: $version" \
        "Put /usr/bin first in PATH and start this again."
      ;;
  esac
}
