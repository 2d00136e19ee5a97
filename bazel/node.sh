# shellcheck shell=bash
# Node.js and the npm packages of package.json, for tests and lints. Source it
# after bazel/scripts.sh.

# The peers of the tests need this major version; Debian 12 has 18.
NODE_MAJOR=20

node_is_new_enough() {
  local version
  version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  ((${version%%.*} >= NODE_MAJOR))
}

# npm_install FOLDER: as its lock file says; nothing when already so.
npm_install() {
  local folder=$1 stamp
  stamp=$folder/node_modules/.latchkey-lock
  if cmp -s "$folder/package-lock.json" "$stamp"; then
    note "nothing to do, the packages of the lock file are there"
    return
  fi
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) || die \
    "npm could not install what $folder/package-lock.json lists." \
    "Is the npm registry reachable (npm config get registry; npm ping)?"
  cp "$folder/package-lock.json" "$stamp"
}

# Puts a Node.js from the npm registry first in PATH.
use_registry_node() {
  local bin
  note "node $(node --version 2>/dev/null) is older than $NODE_MAJOR:" \
    "using one from the npm registry"
  npm_install "$ROOT/bazel/node"
  for bin in "$ROOT"/bazel/node/node_modules/node-linux-*/bin; do
    PATH=$bin:$PATH
  done
  node_is_new_enough || die "no Node.js >= $NODE_MAJOR to be had." \
    "Install one (https://nodejs.org), put it in PATH, start this again."
}

# Puts a new enough node and the tools of package.json first in PATH.
ensure_node() {
  step "Node.js and npm packages"
  # By the machine's own npm and node, which belong together.
  npm_install "$ROOT"
  node_is_new_enough || use_registry_node
  PATH=$ROOT/node_modules/.bin:$PATH
  export PATH
}
