"""Compares the machine code and the packed weights of checkpoints with those on record, so that a change of either is seen in review.

    objects.py BIN                 compares a part of the combinations with objects.txt, in 75 s on two cores
    objects.py BIN --all           compares all of them (seven minutes): before a change of structure lands
    objects.py BIN --update        computes all of them and writes objects.txt; the commit says why they are others

BIN is the folder of the programs. On record are the shipped checkpoint and those of transformers, for seven CPUs, three types of cache and both output
heads. Code is `ternc --emit=obj` without line tables and header, as three hashes: of the kernels of ternary products (gemm_...), of the other operators'
functions, and of the step functions that call them. A function's hash is that of its bytes and of what its relocations lead to: constants by their
bytes, functions by their names. Compared in each run: all weights; the code of the shipped checkpoint for every CPU with both heads and one cache, in turn, and
for AVX2 with all; that of each other one for every second CPU with one cache and head, in turn.
Exit status: 1 if something differs, 77 if code of this version of LLVM is not on record.
"""
import concurrent.futures
import hashlib
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORD = pathlib.Path(__file__).with_name("objects.txt")
TRANSFORMERS = "test/conformance/transformers"
CHECKPOINTS = ["examples/tiny-shakespeare"] + [f"{TRANSFORMERS}/{name}" for name in ("llama-auto", "llama-bias", "llama-headdim", "packed-odd")]
X86, ARM = "x86_64-linux-gnu", "aarch64-linux-gnu"
# Portable code; AVX2; AVX-VNNI; AVX-512 with VBMI, and what was measured on two CPUs; AMX; i8mm.
TARGETS = [("x86-64", X86), ("x86-64-v3", X86), ("alderlake", X86), ("znver4", X86), ("znver5", X86), ("sapphirerapids", X86), ("neoverse-v1", ARM)]
CACHES, HEADS = ["f32", "f16", "int8"], ["full", "screened"]
FUNCTION, SECTION, RELOCATIONS, SYMBOLS, X86_MACHINE = 2, 3, 4, 2, 62
SHORTEST_CONSTANT = 16  # bytes that a constant of a vector has at least


def text_at(data, at):
    return data[at : data.index(b"\0", at)].decode()


class Object:
    """An ELF64 relocatable file: names of functions, and for each what is in it."""

    def __init__(self, data):
        table, = struct.unpack_from("<Q", data, 40)
        count, = struct.unpack_from("<H", data, 60)
        # Of each: name, kind, flags, address, offset, size, link, info, alignment, size of an entry.
        self.sections = [struct.unpack_from("<IIQQQQIIQQ", data, table + 64 * i) for i in range(count)]
        self.data = data
        symbols = next(s for s in self.sections if s[1] == SYMBOLS)
        names = self.sections[symbols[6]][4]
        self.symbols = []  # name, kind, section, value, size
        for at in range(symbols[4], symbols[4] + symbols[5], 24):
            name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", data, at)
            self.symbols.append((text_at(data, names + name), info & 15, section, value, size))
        self.relocations = {}  # by section: offset, kind, symbol, addend
        for section in self.sections:
            if section[1] == RELOCATIONS:
                entries = struct.iter_unpack("<QQq", data[section[4] : section[4] + section[5]])
                self.relocations[section[7]] = sorted((at, info & 0xFFFFFFFF, info >> 32, addend) for at, info, addend in entries)

    def constant(self, symbol):
        """The bytes from a symbol of constants to the next one, or the end."""
        _, _, section, value, _ = symbol
        offset, size = self.sections[section][4:6]
        end = min([s[3] for s in self.symbols if s[2] == section and s[3] > value] + [size])
        return self.data[offset + value : offset + end]

    def in_section(self, section, addend):
        """The first bytes of a constant; x86 counts from the end of the 4 bytes that it patches."""
        offset, size = self.sections[section][4:6]
        begin = max(0, addend + 4 if self.data[18] == X86_MACHINE else addend)
        return self.data[offset + begin : offset + min(begin + SHORTEST_CONSTANT, size)]

    def functions(self):
        """(name, what it is made of), sorted."""
        for name, kind, section, value, size in sorted(self.symbols):
            if kind != FUNCTION:
                continue
            start = self.sections[section][4] + value
            parts = [name.encode(), self.data[start : start + size]]
            for at, how, number, addend in self.relocations.get(section, []):
                if value <= at < value + size:
                    symbol = self.symbols[number]
                    if symbol[1] == SECTION:  # the constant's own bytes, wherever it lies among those of other functions
                        addend, target = 0, self.in_section(symbol[2], addend)
                    else:
                        target = self.constant(symbol) if symbol[0].startswith(".LCPI") else symbol[0].encode()
                    parts += [struct.pack("<QIq", at - value, how, addend), target]
            yield name, b"".join(struct.pack("<I", len(part)) + part for part in parts)


def room_of(function):
    return "kernels" if function.startswith("gemm_") else "steps" if function.startswith("tern_") else "operators"


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"objects.py: {' '.join(command)}\n{done.stderr}")
    return done.stdout


def code_hashes(programs, checkpoint, cpu, triple, cache, head):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.o")
        run(programs / "ternc", ROOT / checkpoint, "--target-cpu=" + cpu, "--target-triple=" + triple, "--kv=" + cache, "--lm-head=" + head,
            "--emit=obj", "--quiet", "-o", path)
        hashes = {room: hashlib.sha256() for room in ("kernels", "operators", "steps")}
        for name, content in Object(pathlib.Path(path).read_bytes()).functions():
            hashes[room_of(name)].update(content)
    return " ".join(f"{room} {value.hexdigest()[:12]}" for room, value in hashes.items())


def combinations(everything):
    """(what it is called in the record, the function that computes it, its arguments)"""
    for number, checkpoint in enumerate(CHECKPOINTS):
        name = checkpoint.split("/")[-1]
        for turn, (cpu, triple) in enumerate(TARGETS):
            for head in HEADS:
                yield f"{name} {cpu} {head} weights", run_weights, (checkpoint, cpu, triple, head)
                for c, cache in enumerate(CACHES):
                    in_turn = number and (number + turn) % 2 == 0 and turn % 3 == c and (number + turn) // 2 % 2 == HEADS.index(head)
                    shipped = number == 0 and (cpu == "x86-64-v3" or (turn + HEADS.index(head)) % 3 == c)
                    if everything or in_turn or shipped:
                        yield f"{name} {cpu} {head} {cache}", code_hashes, (checkpoint, cpu, triple, cache, head)


def run_weights(programs, checkpoint, cpu, triple, head):
    return "packed " + run(programs / "weight_hashes", ROOT / checkpoint, cpu, triple, head).strip()


def main():
    programs = pathlib.Path(sys.argv[1]).resolve()
    update, everything = "--update" in sys.argv, "--all" in sys.argv or "--update" in sys.argv
    llvm = re.search(r"LLVM (\S+)", run(programs / "ternc", "--version")).group(1)
    recorded = dict(line.split(": ") for line in RECORD.read_text().splitlines() if ": " in line and line[0] != "#") if RECORD.exists() else {}
    same_llvm = update or recorded.get("LLVM") == llvm
    wanted = [c for c in combinations(everything) if same_llvm or c[1] is run_weights]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip([c[0] for c in wanted], pool.map(lambda c: c[1](programs, *c[2]), wanted)))
    if update:
        head = "# Hashes of machine code and packed weights (objects.py). A commit that changes a line says why.\n"
        RECORD.write_text(head + f"LLVM: {llvm}\n" + "".join(f"{name}: {value}\n" for name, value in found.items()))
        return 0
    different = 0
    for name, value in found.items():
        if recorded.get(name) != value:
            different += 1
            print(f"{name}: {value}, on record {recorded.get(name, 'nothing')}")
    unknown = [name for name in recorded if everything and name != "LLVM" and name not in found]
    for name in unknown if same_llvm else []:
        print(f"{name}: is on record, but not made any more")
        different += 1
    print(f"{len(found)} of {len(recorded) - 1} combinations compared, {different} differ")
    if different:
        print("If that was meant: test/conformance/objects.py BIN --update, and the commit says why.")
    elif not same_llvm:
        print(f"skipped: machine code of LLVM {llvm} is not on record in test/conformance/objects.txt, which is of {recorded.get('LLVM')}")
        return 77
    return 1 if different else 0


sys.exit(main())
