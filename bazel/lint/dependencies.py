"""Checks the direction of dependencies between latchkey's modules.

Usage: dependencies.py [ROOT]. Reads `#include "..."` lines; prints each that
points the wrong way as FILE:LINE and exits 1. Tests may also use core/testing.
"""

import pathlib
import re
import sys

# Module -> modules of ours it may include, besides itself. A module that is
# not listed here may not exist: give it a line and think about its place.
_BASIC = {"core/base"}
_SINKS = _BASIC | {"core/policy", "core/audit", "core/metrics"}
_TOKENS = _SINKS | {"core/crypto", "core/json", "core/jwt"}
_PROVIDER = _TOKENS | {"core/jwks", "core/store", "core/mail"}
_SESSION = _TOKENS | {"core/store"}
_LOGIN = _PROVIDER | _SESSION | {
    "core/app",
    "core/provider",
    "core/session",
}
_CORE = _LOGIN | {"core/config", "core/events", "core/login", "core/outbound"}
_PROTO = {"latchkey", "google/rpc", "grpc"}

ALLOWED = {
    "core/base": set(),
    "core/crypto": _BASIC,
    "core/json": _BASIC,
    "core/policy": _BASIC,
    "core/audit": _BASIC,
    "core/metrics": _BASIC,
    # Of core/jwks the loader of libcurl.
    "core/mail": _SINKS | {"core/jwks"},
    "core/jwt": _BASIC | {"core/crypto", "core/json"},
    "core/jwks": _TOKENS,
    # Storage knows ids, times and bytes, and nothing of tokens.
    "core/store": _BASIC | {"core/metrics"},
    "core/provider": _PROVIDER,
    # What happened, kept and told to others; names things as App Services did.
    "core/events": _PROVIDER | {"core/session"},
    "core/session": _SESSION,
    "core/outbound": _TOKENS | {"core/jwks"},
    # Settings of an app: its providers.
    "core/app": _PROVIDER | {"core/provider"},
    "core/login": _LOGIN,
    # Fills in the settings that the modules declare.
    "core/config": _LOGIN | {"core/events", "core/outbound", "latchkey"},
    "core/testing": _CORE,
    "server": _CORE | _PROTO,
    # Clients see the wire; the command line's offline verbs see the verifier,
    # and its logins of people ask issuers as the service does.
    "clients/cpp": _BASIC | _PROTO | {"core/jwt", "core/crypto", "core/json"},
    "clients/cli": _TOKENS | _PROTO
    | {"core/config", "core/jwks", "core/provider", "clients/cpp"},
    "clients/demo": _TOKENS | _PROTO | {"clients/cli"},
    "tests": _CORE | _PROTO | {"server", "clients/cpp"},
    "bazel": set(),
}

_OURS = ("core/", "server/", "clients/", "tests/", "latchkey/", "google/rpc/",
         "grpc/")
# Which build this is, is for every program to say.
_ANYBODYS = {"server/version.h"}
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
_PROVIDER_FILE = "core/provider/providers/"


def _module(path):
    """The module of a path from the root: the longest listed prefix."""
    best = ""
    for name in list(ALLOWED) + sorted(_PROTO):
        if path.startswith(name + "/") and len(name) > len(best):
            best = name
    return best


def _problem(root, path, included):
    """Why `path` may not include `included`, or None."""
    source, target = _module(path), _module(included)
    if not source:
        return "its module has no line in bazel/lint/dependencies.py"
    if path.startswith(_PROVIDER_FILE) and included.startswith(_PROVIDER_FILE):
        mine = pathlib.Path(path).stem.removesuffix("_test")
        other = pathlib.Path(included)
        if other.stem != mine and (root / other.with_suffix(".cc")).exists():
            return "one provider never includes another"
    if source == target or not target or included in _ANYBODYS:
        return None
    if target == "core/testing" and (
        "_test" in path or "/testing/" in path or "_fake" in path
        or "conformance" in path or source == "tests"
    ):
        return None
    if target not in ALLOWED[source]:
        return f"{source} may not use {target}"
    return None


def check(root):
    problems = []
    for top in ("core", "server", "clients", "tests"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cc", ".def"):
                continue
            path = file.relative_to(root).as_posix()
            if "node_modules/" in path:
                continue
            for number, line in enumerate(file.open(encoding="utf-8"), 1):
                match = _INCLUDE.match(line)
                if not match or not match.group(1).startswith(_OURS):
                    continue
                problem = _problem(root, path, match.group(1))
                if problem:
                    problems.append(f"{path}:{number}: {match.group(1)}: {problem}")
    return problems


def main():
    problems = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
