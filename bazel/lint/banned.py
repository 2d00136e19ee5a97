"""Refuses patterns that latchkey does without, each with its reason.

Usage: banned.py [ROOT]. Prints FILE:LINE: REASON and exits 1 when any is found.
Comments are not looked at.
"""

import pathlib
import re
import sys

_CRYPTO_FILES = (
    "core/crypto/",
    "core/base/secret.cc",
    "core/base/random.cc",
    "core/base/constant_time.cc",
)

# (pattern, folders it is banned in, files or folders that may, reason)
BANNED = [
    (r'#\s*include\s*[<"]grpc', ("core/",), (),
     "core knows no gRPC: handlers decode, call, encode"),
    (r"#\s*include\s*<openssl/", ("",), _CRYPTO_FILES + ("tests/load/",),
     "OpenSSL lives in core/crypto, so that it can be replaced"),
    (r"#\s*include\s*<curl/", ("core/", "server/"),
     ("core/jwks/curl_", "core/mail/", "core/outbound/curl_"),
     "one fetcher holds all limits of outgoing HTTP"),
    (r"#\s*include\s*<simdjson", ("",), ("core/json/",),
     "untrusted JSON goes through the bounded reader of core/json"),
    (r"\babsl::Now\(|\bsystem_clock::now\(|\bgettimeofday\(",
     ("core/", "server/", "clients/cpp/"), ("core/base/clock",),
     "time comes from a Clock, so that tests need not sleep"),
    (r"\bstd::string_view\b", ("core/", "server/", "clients/", "tests/"), (),
     "Debian's absl::string_view does not convert to or from it"),
    (r"\bmemcmp\(", ("core/", "server/", "clients/"),
     ("core/base/constant_time",),
     "comparing secrets takes ConstantTimeEquals; other bytes take =="),
    (r"\bstd::j?thread\b(?!::)", ("core/", "server/"),
     ("core/base/background_task", "core/base/work_queue",
      "core/base/named_thread"),
     "a thread has one owner and a name: BackgroundTask or WorkQueue"),
    (r"\b(std::this_thread::sleep_|absl::SleepFor\(|usleep\()",
     ("core/", "server/"), ("core/base/clock", "core/base/simulated_clock"),
     "nothing sleeps: wait on a condition with a deadline of the Clock"),
    (r"\bgetenv\(", ("core/", "server/"),
     ("core/config/", "server/main.cc"),
     "no environment below main: settings come from the configuration"),
    (r"\b(s?rand|random)\(\)|\bstd::(mt19937|random_device)\b",
     ("core/", "server/", "clients/"), ("core/base/random.cc",),
     "randomness comes from Random"),
]

# Tests drive threads and real time where that is what they test.
_NOT_IN_TESTS = {"absl::Now", "std::j?thread", "sleep_", "getenv", "rand"}
_COMMENT = re.compile(r"//.*$")


def _is_test(path):
    # hostile_*: peers that misbehave, for tests alone.
    return ("_test" in path or "/hostile_" in path
            or path.endswith(("_conformance.cc", "_benchmark.cc"))
            or path.startswith(("tests/", "core/testing/"))
            or "/testing/" in path)


def _applies(path, folders, allowed, pattern):
    if not path.startswith(folders) or path.startswith(allowed or ("\0",)):
        return False
    lenient = any(word in pattern for word in _NOT_IN_TESTS)
    return not (lenient and _is_test(path))


def check(root):
    rules = [(re.compile(p), p, f, a, r) for p, f, a, r in BANNED]
    problems = []
    for top in ("core", "server", "clients", "tests"):
        for file in sorted((root / top).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix not in (".h", ".cc") or "node_modules/" in path:
                continue
            active = [
                (regex, reason)
                for regex, text, folders, allowed, reason in rules
                if _applies(path, folders, allowed, text)
            ]
            for number, line in enumerate(file.open(encoding="utf-8"), 1):
                line = _COMMENT.sub("", line)
                problems += [
                    f"{path}:{number}: {reason}"
                    for regex, reason in active
                    if regex.search(line)
                ]
    return problems


def main():
    problems = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
