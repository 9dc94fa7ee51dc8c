"""Damaged GGUF files for ternc, and what it says of them. Usage: bad_gguf.py FOLDER-OF-make_gguf.py CHECKPOINTS SCRATCH"""
import json
import os
import struct
import subprocess
import sys

from expect import Expectations

sys.path.insert(0, sys.argv[1])
import make_gguf

checkpoints, scratch = sys.argv[2:]
expect = Expectations()
good = open(os.path.join(checkpoints, "bitnet-blocks.i2_s.gguf"), "rb").read()
path, out = scratch + "/model.gguf", scratch + "/out"
os.makedirs(out, exist_ok=True)


def refused(name, data, pattern, emit="graph", *more):
    with open(path, "wb") as file:
        file.write(data)
    expect.fails(name, ["ternc", path, "--quiet", "--target-cpu=x86-64", "--emit=" + emit, "-o", out + "/model", *more], pattern, folder=out)


def replaced(old, new, which=0):
    """The good file with one text for another of its length."""
    at = -1
    for _ in range(which + 1):
        at = good.index(old, at + 1)
    assert len(old) == len(new)
    return good[:at] + new + good[at + len(old):]


def tensor_field(name, field, value):
    """The good file with another type (0) or offset (1) of a matrix."""
    at = good.index(name.encode()) + len(name) + 4 + 16
    return good[:at] + struct.pack("<I", value) + good[at + 4:] if field == 0 else good[:at + 4] + struct.pack("<Q", value) + good[at + 12:]


# The file.
refused("no GGUF", b"GGUX" + good[4:], r"model\.gguf: is no folder")
refused("empty", b"", r"model\.gguf: is no folder")
for size in (8, 30, 200, 1500, len(good) - 1000):
    refused(f"cut at {size}", good[:size], r"model\.gguf: .*(bytes, but|more than|truncated|ends at byte)")
refused("more behind it", good + bytes(1000), r"has 1000 bytes after its last tensor")
refused("version 1", good[:4] + struct.pack("<I", 1) + good[8:], r"has GGUF version 1")
refused("big-endian", good[:4] + struct.pack(">I", 3) + good[8:], r"is big-endian")
refused("too many keys", good[:16] + struct.pack("<Q", 1 << 62) + good[24:], r"has 4611686018427387904 keys, more than it can hold")
refused("too many tensors", good[:8] + struct.pack("<Q", 1 << 62) + good[16:], r"has 4611686018427387904 tensors, more than it can hold")
refused("alignment 3", replaced(b"general.alignment\x04\0\0\0\x20", b"general.alignment\x04\0\0\0\x03"), r"general\.alignment is 3, but must be a power of two")

# Keys.
refused("another architecture", replaced(b"\x0c\0\0\0\0\0\0\0bitnet-b1.58", b"\x0c\0\0\0\0\0\0\0bitnet-b1.59"), r"general\.architecture is \"bitnet-b1\.59\", which is not supported")
refused("an unknown key", replaced(b"bitnet-b1.58.vocab_size", b"bitnet-b1.58.vocal_size"), r"the key \"bitnet-b1\.58\.vocal_size\" is 256, which is not supported")
refused("no layers", replaced(b"bitnet-b1.58.block_count", b"bitnet-b1.58.block_clown"), r"has no key bitnet-b1\.58\.block_count")
refused("an adapter", replaced(b"\x05\0\0\0\0\0\0\0model", b"\x05\0\0\0\0\0\0\0motor"), r"general\.type is \"motor\"")

# Tensors.
refused("an unknown tensor", replaced(b"blk.0.attn_q.weight", b"blk.0.attn_x.weight"), r"tensor blk\.0\.attn_x\.weight is none that architecture")
refused("a missing tensor", replaced(b"blk.1.attn_q.weight", b"blk.9.attn_q.weight"), r"has no tensor model\.layers\.1\.self_attn\.q_proj\.weight")
refused("twice", replaced(b"blk.1.attn_q.weight", b"blk.0.attn_q.weight"), r"tensor blk\.0\.attn_q\.weight: is there twice")
refused("an unknown type", tensor_field("blk.0.attn_q.weight", 0, 77), r"tensor blk\.0\.attn_q\.weight: has the unknown type 77")
refused("a type that is not read", tensor_field("blk.0.attn_q.weight", 0, 37), r"has type I8_S \(37\), which is not read")
refused("a type of another size", tensor_field("blk.0.attn_q.weight", 0, 35), r"has offset \d+, but the tensors before it end at \d+")
refused("an offset", tensor_field("blk.0.attn_q.weight", 1, 8), r"has offset 8, which is no multiple of the alignment 32")
refused("an overlap", tensor_field("blk.0.attn_q.weight", 1, 0), r"has offset 0, but the tensors before it end at")

# Data. A byte of ones is the code 3 four times; 28 bytes of rubbish mark where a tensor ends, its scale before them.
end = good.index(b"\xa5" * 28)
refused("code 3", good[:end - 4 - 256] + b"\xff" + good[end - 3 - 256:], r"has the code 3 for weight", "model", "--no-tokenizer")
for scale in (float("nan"), float("inf"), -1.0):
    refused(f"scale {scale}", good[:end - 4] + struct.pack("<f", scale) + good[end:], r"the scale of row 0, block 0 is")

# Rows of 704 columns are no blocks of 128: there the wrong order shows.
with open(path, "wb") as file:
    file.write(open(os.path.join(checkpoints, "tiny-shakespeare.i2_s-aarch64.gguf"), "rb").read())
expect.fails("the order of I2_S", ["ternc", path, "--quiet"], r"has rows of 704 numbers, but its type I2_S has blocks of 128")

# The tokenizer, whose absence is no error. The file of the shipped model has one.
good = open(os.path.join(checkpoints, "tiny-shakespeare.i2_s-aarch64.gguf"), "rb").read()
order = "--gguf-i2s=aarch64"
refused("another kind of tokenizer", replaced(b"\x04\0\0\0\0\0\0\0gpt2", b"\x04\0\0\0\0\0\0\0bert"), r"tokenizer\.ggml\.model is \"bert\", .*; --no-tokenizer compiles without it", "model", order)
refused("an unknown pattern", replaced(b"llama-bpe", b"llama-xyz"), r"tokenizer\.ggml\.pre is \"llama-xyz\"", "model", order)

# All reasons in one list.
with open(path, "wb") as file:
    file.write(replaced(b"bitnet-b1.58.vocab_size", b"bitnet-b1.58.vocal_size").replace(b"blk.0.attn_q.weight", b"blk.0.attn_x.weight").replace(b"llama-bpe", b"llama-xyz"))
told = json.loads(subprocess.run(["tern-inspect", path, "--json", order], capture_output=True, check=True).stdout)
assert not told["can_run"] and len(told["reasons"]) == 2 and "attn_x" in told["reasons"][0] and "vocal_size" in told["reasons"][1] and len(told["without"]) == 1, told
expect.finish(at_least=30)
