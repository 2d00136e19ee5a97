"""Checks that the tests which a document names exist.

Usage: named_tests.py DOCUMENT... (from the root). In a document, `Suite.Test`
and, behind it, `.Test` of the same suite name GoogleTest cases; `Suite.*` a
whole suite; "`tests/attacks` B44, E098 to E108" cases by their number. Prints
what is missing and exits 1.
"""

import pathlib
import re
import sys

_CASE = re.compile(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)")
_NAME = re.compile(r"`(\w+Test)?\.(\w+|\*)`")
_ATTACK = re.compile(r"\b([A-G]\d+)\b(?: to ([A-G]\d+)\b)?")


def _cases(root):
    """All (suite, test) of the tree, and the attacks' numbers."""
    cases = set()
    for path in root.glob("**/*_test.cc"):
        cases.update(_CASE.findall(path.read_text(encoding="utf-8")))
    numbers = {name.split("_")[0] for _, name in cases}
    return cases, numbers


def _missing(text, cases, numbers):
    suites = {suite for suite, _ in cases}
    suite = None
    for match in _NAME.finditer(text):
        suite = match[1] or suite
        name = match[2]
        if name == "*":
            if suite not in suites:
                yield f"{suite}.*"
        elif (suite, name) not in cases:
            yield f"{suite}.{name}"
    for line in re.findall(r"`tests/attacks` ([^|`]*)", text):
        for first, last in _ATTACK.findall(line):
            for number in {first, last or first}:
                if number not in numbers:
                    yield f"tests/attacks {number}"


def main(arguments):
    root = pathlib.Path(".")
    cases, numbers = _cases(root)
    failed = False
    for document in arguments:
        text = (root / document).read_text(encoding="utf-8")
        for name in _missing(text, cases, numbers):
            print(f"{document}: no test {name}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
