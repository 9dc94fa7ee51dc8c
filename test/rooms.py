"""The table of rooms in docs/design.md: who may include whom, and what the runtime's binaries link.

Usage: rooms.py SOURCE [BINARY...]; exit status 1 when a file includes what its room may not, or a BINARY needs LLVM, MLIR or Halide.
"""
import pathlib
import re
import subprocess
import sys

COMPILER_LIBRARIES = ["mlir/", "llvm/", "llvm-c/", "clang/", "lld/", "Halide"]
FORBIDDEN = {
    "lib": ["dialects/", "compiler/", "runtime/", "tools/", "test/"] + COMPILER_LIBRARIES,
    "dialects": ["compiler/", "runtime/", "tools/", "test/", "Halide"],
    "compiler": ["runtime/", "tools/", "test/"],
    "runtime": ["dialects/", "compiler/", "tools/", "test/"] + COMPILER_LIBRARIES,
    "tools": ["test/"],
}


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if match := re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', line):
            yield number, match.group(1)


source, binaries = pathlib.Path(sys.argv[1]), sys.argv[2:]
problems, files = [], 0
for room, forbidden in FORBIDDEN.items():
    for path in sorted((source / room).rglob("*")):
        if path.suffix not in (".h", ".cpp", ".c", ".td"):
            continue
        files += 1
        for number, name in includes(path):
            if any(name.startswith(prefix) for prefix in forbidden):
                problems.append(f"{path.relative_to(source)}:{number}: {room}/ may not include {name}")
        if room == "compiler" and "dense" not in path.parts and any(name == "Halide.h" for _, name in includes(path)):
            problems.append(f"{path.relative_to(source)}: Halide is for compiler/dense only")
for binary in binaries:
    needed = subprocess.run(["readelf", "-d", binary], capture_output=True, text=True, check=True).stdout
    if match := re.search(r"\[(lib(LLVM|MLIR|Halide)[^\]]*)\]", needed):
        problems.append(f"{binary}: links {match.group(1)}")
for problem in problems:
    print(problem)
print(f"{files} files and {len(binaries)} binaries checked")
sys.exit(1 if problems or files < 50 else 0)
