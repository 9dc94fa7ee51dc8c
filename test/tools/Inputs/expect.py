"""Runs commands that must fail well: one line on stderr that names culprit and reason, the right exit status, and no file left."""
import os
import re
import subprocess
import sys


class Expectations:
    def __init__(self):
        self.count, self.failures = 0, []

    def fails(self, name, command, pattern, status=1, folder=None, **options):
        """`folder`, if given, must hold the same files afterwards."""
        self.count += 1
        before = listing(folder)
        done = subprocess.run(command, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 120, **options})
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        tool = os.path.basename(command[0])
        problems = []
        if done.returncode != status:
            problems.append(f"exit status {done.returncode}, not {status}")
        if len(lines) != 1:
            problems.append(f"{len(lines)} lines on stderr")
        if not lines or not lines[-1].startswith(tool + ": "):
            problems.append("the message does not begin with the tool's name")
        if not re.search(pattern, lines[-1] if lines else ""):
            problems.append(f"no match for {pattern!r}")
        if done.stdout:
            problems.append("something on stdout")
        if listing(folder) != before:
            problems.append(f"files left: {sorted(set(listing(folder)) - set(before))}")
        if problems:
            shown = "\n    ".join(lines[:6])
            self.failures.append(f"{name}: {'; '.join(problems)}\n  {' '.join(map(str, command))}\n    {shown}")

    def finish(self, at_least):
        """Ends the program; `at_least` guards against a table that lost its rows."""
        for failure in self.failures:
            print("FAILED", failure)
        print(f"{self.count} bad inputs, {len(self.failures)} not refused as they should be")
        sys.exit(1 if self.failures or self.count < at_least else 0)


def listing(folder):
    if folder is None:
        return []
    return sorted(os.path.join(at, f) for at, _, files in os.walk(folder) for f in files)
