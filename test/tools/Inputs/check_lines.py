"""Checks that the source lines in a listing of tern-inspect --asm are the lines of that number in the text of phase tiled."""
import re
import sys

listing, tiled = (open(name).read().split("\n") for name in sys.argv[1:3])
found = 0
for line in listing:
    match = re.match(r"; tiled\.mlir:(\d+)  (.*)$", line)
    if match:
        found += 1
        assert tiled[int(match[1]) - 1].strip() == match[2], (line, tiled[int(match[1]) - 1])
assert found >= 3, "the listing names no lines"
