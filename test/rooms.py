"""The table of rooms in docs/design.md: who may include whom, and what the runtime's binaries link.

Usage: rooms.py SOURCE [BINARY...]; exit status 1 when a file includes what its room may not, or a BINARY needs LLVM, MLIR or Halide.

Inside a room, and inside each folder of it that has folders of its own (an inner room), a folder includes those before it in the CMakeLists.txt: there the order
stands, and nowhere else. CPUs have their names in one table.
"""
import functools
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
CPU_TABLE = "compiler/target/cpu_facts.cpp"


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if match := re.match(r'\s*#?\s*include\s*["<]([^">]+)[">]', line):
            yield number, match.group(1)


@functools.cache
def order(room):
    """The folders of a room, or of a folder of one, in the order of its CMakeLists.txt."""
    listing = source / room / "CMakeLists.txt"
    return re.findall(r"^add_subdirectory\((\w+)\)", listing.read_text(), re.M) if listing.exists() else []


def backwards(file, included):
    """What is wrong when `file` includes `included`: where their paths part, the folder of the latter stands behind that of the former."""
    for level, (mine, other) in enumerate(zip(file.split("/"), included.split("/"))):
        if mine == other:
            continue
        room = "/".join(file.split("/")[:level])
        folders = order(room) if room else []
        if mine in folders and other in folders and folders.index(other) > folders.index(mine):
            return f"{room}/{mine} is before {room}/{other} in {room}/CMakeLists.txt and may not include {included}"
        break
    return None


source, binaries = pathlib.Path(sys.argv[1]), sys.argv[2:]
cpus = re.findall(r'^    \{"([^"]+)", \{', (source / CPU_TABLE).read_text(), re.M)
problems, files = [], 0
for room, forbidden in FORBIDDEN.items():
    for path in sorted((source / room).rglob("*")):
        if path.suffix not in (".h", ".cpp", ".c", ".td"):
            continue
        files += 1
        name_here = str(path.relative_to(source))
        for number, name in includes(path):
            if any(name.startswith(prefix) for prefix in forbidden):
                problems.append(f"{name_here}:{number}: {room}/ may not include {name}")
            if problem := backwards(name_here, name):
                problems.append(f"{name_here}:{number}: {problem}")
        if room == "compiler" and not {"dense", "operators"} & set(path.parts) and any(name == "Halide.h" for _, name in includes(path)):
            problems.append(f"{name_here}: Halide is for compiler/dense and compiler/operators only")
        if name_here != CPU_TABLE:
            problems += [f"{name_here}: names the CPU {cpu}; what was measured on a CPU stands in {CPU_TABLE}" for cpu in cpus if cpu in path.read_text()]
for binary in binaries:
    needed = subprocess.run(["readelf", "-d", binary], capture_output=True, text=True, check=True).stdout
    if match := re.search(r"\[(lib(LLVM|MLIR|Halide)[^\]]*)\]", needed):
        problems.append(f"{binary}: links {match.group(1)}")
if not cpus:
    problems.append(f"{CPU_TABLE}: no CPUs were found in its table")
for problem in problems:
    print(problem)
print(f"{files} files and {len(binaries)} binaries checked")
sys.exit(1 if problems or files < 50 else 0)
