"""Counts test cases of a `bazel test` from its build event file.

Usage: test_counts.py EVENTS.json   prints "PASSED FAILED"

A test target that reports cases (GoogleTest does) counts with those; one that
did not build, crashed or timed out counts as one failed.
"""

import json
import sys
import urllib.parse
import xml.etree.ElementTree


def _cases(outputs):
    """Passed and failed cases of one test.xml, or None without a usable one."""
    for output in outputs:
        if output.get("name") != "test.xml":
            continue
        path = urllib.parse.unquote(urllib.parse.urlparse(output["uri"]).path)
        try:
            root = xml.etree.ElementTree.parse(path).getroot()
        except (OSError, xml.etree.ElementTree.ParseError):
            return None
        passed = failed = 0
        for case in root.iter("testcase"):
            if case.get("status") == "notrun":
                continue
            if case.find("failure") is None and case.find("error") is None:
                passed += 1
            else:
                failed += 1
        return passed, failed
    return None


def count(lines):
    results = {}
    expected = set()
    for line in lines:
        event = json.loads(line)
        kind = event.get("id", {})
        if "targetConfigured" in kind:
            # "cc_test rule", "sh_test rule"
            target_kind = event.get("configured", {}).get("targetKind", "")
            if target_kind.endswith("_test rule"):
                expected.add(kind["targetConfigured"]["label"])
        elif "testResult" in kind and "testResult" in event:
            label = kind["testResult"]["label"]
            results.setdefault(label, []).append(event["testResult"])
    passed = failed = 0
    for label in sorted(expected | set(results)):
        if label not in results:
            failed += 1
        for result in results.get(label, []):
            ok = result["status"] in ("PASSED", "FLAKY")
            good, bad = _cases(result.get("testActionOutput", [])) or (int(ok), 0)
            if not ok and bad == 0:
                bad = 1
            passed += good
            failed += bad
    return passed, failed


def main():
    with open(sys.argv[1], encoding="utf-8") as events:
        print(*count(events))


if __name__ == "__main__":
    main()
