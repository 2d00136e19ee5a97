"""Prints the house figures: how long files and functions are.

Usage: figures.py [ROOT]. Never fails; it is there so that drift shows.
"""

import pathlib
import re
import statistics
import sys

_VIRTUAL = re.compile(r"\bvirtual\b[^;{}]*=\s*0;")
_CLASS = re.compile(r"^class (\w+)[^;]*\{", re.MULTILINE)
_BANNED_FOLDERS = {"util", "utils", "common", "helpers"}


def _files(root):
    for top in ("core", "server", "clients"):
        for file in sorted((root / top).rglob("*")):
            if "node_modules" not in file.parts and file.suffix in (".h", ".cc"):
                yield file


def _functions(lines):
    """(length, parameters) of definitions that begin in the first column."""
    start, head = None, ""
    for number, line in enumerate(lines):
        if start is None:
            is_head = re.match(r"^[A-Za-z].*\(", line)
            if is_head and not line.startswith(("namespace", "class", "struct")):
                start, head = number, ""
        if start is not None:
            head += line if "{" not in head else ""
            if line.rstrip().endswith(";") and "{" not in head:
                start = None
            elif line.startswith("}") or (
                start == number and line.rstrip().endswith("}")
            ):
                yield number - start + 1, _parameters(head)
                start = None


def _parameters(head):
    text = head[head.find("(") + 1:head.rfind(")")]
    for pattern in (r"<[^<>]*>", r"\([^()]*\)"):
        while re.search(pattern, text):
            text = re.sub(pattern, "", text)
    return len([p for p in text.split(",") if p.strip()])


def _percentile(values, part):
    ordered = sorted(values)
    return ordered[int(part * (len(ordered) - 1))] if ordered else 0


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    lengths, functions, wide, folders = [], [], [], set()
    tests = 0
    for file in _files(root):
        lines = file.read_text(encoding="utf-8").splitlines()
        name = file.relative_to(root).as_posix()
        folders |= _BANNED_FOLDERS & set(file.parts)
        if file.name.endswith("_test.cc"):
            tests += len(lines)
            continue
        lengths.append((len(lines), name))
        for class_text in _CLASS.split("\n".join(lines))[2::2]:
            pure = len(_VIRTUAL.findall(class_text.split("\n};")[0]))
            if pure > 5:
                wide.append(f"{name} ({pure})")
        functions += [(size, count, name) for size, count in _functions(lines)]
    if not lengths:
        print("no files yet")
        return
    sizes = [size for size, _ in lengths]
    print(f"production files: {len(sizes)}, {sum(sizes)} lines "
          f"(tests: {tests}); median {statistics.median(sizes):.0f} (aim 110)")
    print("files over 400 lines:",
          ", ".join(f"{n} ({s})" for s, n in sorted(lengths) if s > 400) or "none")
    print(f"functions: {len(functions)}, p95 "
          f"{_percentile([f[0] for f in functions], 0.95)} lines (aim 38), "
          f"over 4 parameters: {sum(f[1] > 4 for f in functions)}")
    print("interfaces over 5 pure virtuals:", ", ".join(wide) or "none")
    print("folders to rename:", ", ".join(sorted(folders)) or "none")


if __name__ == "__main__":
    main()
