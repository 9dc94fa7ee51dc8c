"""Says what test runs passed, failed and skipped, and why; the last line is the sum.

    summary.py BUILD_FOLDER... [--none-skipped]

Reads test-results.xml of each folder, which `ctest --preset` writes (CMakePresets.json). A test of many counts as many: those of a GoogleTest binary by
what it printed, those of lit by lit.xml beside. Exit status 1 if a test failed, none passed, or a folder has no results; with --none-skipped also
if a test was skipped.
"""
import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


class Count(collections.Counter):
    def __str__(self):
        return f"{self['passed']} passed, {self['failed']} failed, {self['skipped']} skipped"


def count_gtest(text, total, reasons):
    """What a GoogleTest binary printed; a test that began and did not end has failed, too."""
    running, reason = False, None
    for line in text.splitlines():
        if line.startswith("[ RUN      ]"):
            total["failed"] += running
            running, reason = True, ""
        elif re.match(r".*: Skipped$", line) and running:
            reason = None  # the next line has it
        elif reason is None and running:
            reason = line
        elif match := re.match(r"\[ *(OK|FAILED|SKIPPED) *\] .* \(\d+ ms\)$", line):
            result = {"OK": "passed", "FAILED": "failed", "SKIPPED": "skipped"}[match.group(1)]
            total[result] += 1
            if result == "skipped":
                reasons[reason or "no reason given"] += 1
            running = False
    total["failed"] += running


def count_lit(path, total, reasons):
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None:
            total["failed"] += 1
        elif skipped is not None:
            total["skipped"] += 1
            reasons[skipped.get("message")] += 1
        else:
            total["passed"] += 1


def count_case(case, folder, total, reasons):
    text, status = case.findtext("system-out") or "", case.get("status")
    if case.get("name") == "lit" and (folder / "test/lit.xml").exists():
        count_lit(folder / "test/lit.xml", total, reasons)
        return
    inside = Count()
    count_gtest(text, inside, reasons)
    if status == "fail" and not inside["failed"]:
        inside["failed"] = 1
    elif status == "notrun" and not inside.total():
        inside["skipped"] = 1
        reason = re.search(r"^skipped: (.*)$", text, re.MULTILINE)
        reasons[reason.group(1) if reason else "no reason given"] += 1
    elif status == "run" and not inside.total():
        inside["passed"] = 1
    total.update(inside)


total, reasons, broken = Count(), Count(), False
none_skipped = "--none-skipped" in sys.argv
for folder in (pathlib.Path(argument) for argument in sys.argv[1:] if argument != "--none-skipped"):
    results, of_folder = folder / "test-results.xml", Count()
    if not results.exists():
        print(f"{folder}: has no {results.name}: its tests were not run")
        broken = True
        continue
    for case in ElementTree.parse(results).getroot().iter("testcase"):
        count_case(case, folder, of_folder, reasons)
    print(f"{folder.name}: {of_folder}")
    total.update(of_folder)
if reasons:
    print("skipped:")
    for reason, count in reasons.most_common():
        print(f"  {count:4} {reason}")
print(total)
sys.exit(1 if broken or total["failed"] or not total["passed"] or none_skipped and total["skipped"] else 0)
