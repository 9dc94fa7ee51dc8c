"""Damaged model objects and impossible wishes, for the tools that read them. Usage: bad_model.py MODEL SCRATCH [TOOL...]

MODEL has a context of 64, a vocabulary of 64, no tokenizer and fewer than 1 MB. TOOL... are commands that read a model besides tern-run.
"""
import json
import os
import struct
import subprocess
import sys

import elf_sections
from expect import Expectations

good, scratch = sys.argv[1:3]
readers = [tool.split(",") for tool in sys.argv[3:]]
expect = Expectations()
bad = scratch + "/bad.tern"
data = open(good, "rb").read()
sections = elf_sections.of(data)


def damaged(name, content, pattern):
    open(bad, "wb").write(content)
    expect.fails(name, ["tern-run", bad, "--ids", "1,2", "-n", "2"], r"bad\.tern: " + pattern)
    os.remove(bad)


def flipped(at, bit=0):
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]


def overwritten(at, new):
    return data[:at] + new + data[at + len(new) :]


# Files that end too soon, are something else, or nothing.
for cut in (1, 3, 63, 64, 4096, len(data) // 2, len(data) - 40, len(data) - 1):
    damaged(f"cut to {cut} bytes", data[:cut], r"is (truncated|no model object|damaged)")
damaged("empty", b"", r"is empty")
damaged("a text", b"not a model\n" * 100, r"is no model object")
damaged("bytes behind the end", data + b"x" * 64, r"is truncated: it does not end as a model object does")

# One bit in every section, in the ELF header, in the section table and in each field of the trailer.
for name, (offset, size) in sorted(sections.items()):
    if size:
        for at in {offset, offset + size // 2, offset + size - 1}:
            damaged(f"bit in section {name}", flipped(at, 5), r"is ")
for at in range(0, 64, 4):
    damaged(f"bit {at} of the ELF header", flipped(at, 1), r"is |was ")
table = struct.unpack_from("<Q", data, 40)[0]
for at in range(table, len(data) - 40, 37):
    damaged(f"bit in the section table at {at}", flipped(at, 2), r"is ")
for field in range(5):
    damaged(f"trailer field {field}", flipped(len(data) - 40 + 8 * field, 3), r"is (truncated|damaged)")

# Other versions and other machines: their hashes are right.
header = sections[".tern.header"][0]


def resealed(content):
    return elf_sections.resealed(content, sections[".tern.weights"])


damaged("another version", overwritten(header + 8, struct.pack("<I", 999)), r"has model version 999.*this runtime reads version \d+.*compile the checkpoint again")
features = header + 8 + 8 + 32 + 24 + 8  # magic, version and size, four sizes, six counts, an offset
damaged("a feature that no CPU has", resealed(overwritten(features, b"avx2048\0")), r"was compiled for .* and needs avx2048, which this CPU does not have")
damaged("another architecture", resealed(overwritten(18, struct.pack("<H", 22))), r"was compiled for ELF machine 22, but this machine is ")

# Wishes that the model cannot fulfil.
def wished(name, options, pattern, status=1, **more):
    expect.fails(name, ["tern-run", good] + options, pattern, status, **more)

wished("prompt longer than the context", ["--ids", ",".join(["3"] * 65), "--print-ids"], r"\.tern: the prompt has 65 tokens, more than the context of 64 positions")
wished("prompt longer than the chosen context", ["--ids", "1,2,3", "--print-ids", "--context", "2"], r"the prompt has 3 tokens, more than the context of 2 positions")
wished("more context than the model has", ["--ids", "1", "--print-ids", "--context", "65"], r"\.tern: was compiled for a context of at most 64 positions, not 65")
wished("id outside the vocabulary", ["--ids", "1,64", "--print-ids"], r"\.tern: token id 64 is outside the vocabulary of 64")
wished("negative id", ["--ids", "-1", "--print-ids"], r"\.tern: token id -1 is outside the vocabulary of 64")
wished("text without a tokenizer", ["-p", "hello"], r"\.tern: has no tokenizer.*give token ids instead of text")
wished("neither text nor ids", [], r"no prompt is given: .*-p.*--ids.*; see tern-run --help", 2, stdin=subprocess.DEVNULL)
wished("full standard output", ["--ids", "1,2", "-n", "4", "--print-ids"], r"cannot write to standard output", stdout=open("/dev/full", "w"))
wished("negative temperature", ["--ids", "1", "--temperature", "-1"], r"--temperature: \"-1\" is no number of at least 0; see tern-run --help", 2)
wished("top-p of two", ["--ids", "1", "--top-p", "2"], r"--top-p: \"2\" is no number from 0 to 1; see tern-run --help", 2)
wished("top-p of zero", ["--ids", "1", "--top-p", "0"], r"top-p.*; see tern-run --help", 2)
for text in ("nan", "inf", "0x1p3", "1,5", ""):
    wished(f"temperature {text!r}", ["--ids", "1", f"--temperature={text}"], r"--temperature.*; see tern-run --help", 2)
wished("unknown option", ["--ids", "1", "--fast"], r"there is no option --fast.*; see tern-run --help", 2)
wished("misspelt option", ["--ids", "1", "--temprature=1"], r"there is no option --temprature; near names: --temperature, .*; see tern-run --help", 2)
wished("letters of another program", ["--ids", "1", "-ngl", "1"], r"there is no option -ngl; near names: .*; see tern-run --help", 2)
wished("words too many", ["--ids", "1", "one", "two"], r"these words were not expected: one two; see tern-run --help", 2)
wished("no number", ["--ids", "1", "-n", "many"], r"-n: \"many\" is no whole number of at least -1; see tern-run --help", 2)
for text in ("0x10", "1e3", "+5", "1.5", " 4", ""):
    wished(f"-n {text!r}", ["--ids", "1", "-n", text], r"-n.*; see tern-run --help", 2)
wished("too many threads", ["--ids", "1", "-t", "5000"], r"--threads: .*5000.*; see tern-run --help", 2)
wished("negative context", ["--ids", "1", "-c", "-1"], r"--context: \"-1\" is no whole number from 0 to 2147483647; see", 2)
for text in ("", "1,,2", "1,", ",1", "1;2", "0x1", "1 2", "99999999999", "1.0"):
    wished(f"--ids {text!r}", ["--print-ids", f"--ids={text}"], r"--ids.*; see tern-run --help", 2)
wished("no ids", ["--print-ids", "--ids", ""], r"--ids: \"\" is no token id; decimal numbers with commas between them are; see", 2)
for text in ("-2", "18446744073709551616", "0x1", "one"):
    wished(f"--seed {text}", ["--ids", "1", "--seed", text], r"--seed: .* is no whole number from 0 to 18446744073709551615, nor -1; see", 2)
for cut in (["--temperature", "0.8"], ["--top-k", "4"], ["--top-p", "0.5"], ["--min-p", "0.1"]):
    wished(f"--greedy {cut[0]}", ["--ids", "1", "--greedy"] + cut, r"--greedy.* excludes |excludes --greedy", 2)
for form in ("chrom", "tables", "json", "layer"):
    wished(f"--profile={form}", ["--ids", "1", "--print-ids", f"--profile={form}"], rf"there is no form \"{form}\"; there are: table, layers, chrome, or a file's name", 2)
wished("missing prompt file", ["-f", scratch + "/none.txt"], r"none\.txt: cannot open: No such file")
wished("text and file", ["-p", "x", "-f", "y"], r"--file excludes --prompt|--prompt excludes --file", 2)
wished("text and ids", ["--ids", "1", "-p", "x"], r"--prompt excludes --ids; see tern-run --help", 2)
expect.fails("no model", ["tern-run"], r"MODEL is required; see tern-run --help", 2)
expect.fails("missing model", ["tern-run", scratch + "/none.tern", "--ids", "1"], r"none\.tern: cannot open: No such file")
expect.fails("misspelt option without a model", ["tern-run", "--nosuch"], r"there is no option --nosuch", 2)
expect.fails("folder as model", ["tern-run", scratch, "--ids", "1"], r"is a folder; a checkpoint is compiled with ternc first")
expect.fails("checkpoint as model", ["tern-eval", scratch, "--layers"], r"is a folder; a checkpoint is compiled with ternc first", 3)

# tern-eval and its references.
def reference(name, text, pattern, tensors=b"\x02\0\0\0\0\0\0\0{}"):
    open(scratch + "/reference.json", "w").write(text if isinstance(text, str) else json.dumps(text))
    open(scratch + "/reference.safetensors", "wb").write(tensors)
    expect.fails(name, ["tern-eval", good, "--reference", scratch], pattern, 3)

def logits(rows, vocabulary):
    header = json.dumps({"logits_0": {"dtype": "F32", "shape": [rows, vocabulary], "data_offsets": [0, 4 * rows * vocabulary]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4 * rows * vocabulary)

prompt = {"ids": [1, 2], "greedy": [3], "greedy_margin": [0.5]}
reference("broken reference", "{", r"reference\.json: is no valid JSON")
reference("reference without prompts", {}, r"reference\.json: has no list of prompts")
reference("nothing to compare", {"prompts": []}, r"reference\.json: has neither prompts nor a perplexity")
reference("prompt without ids", {"prompts": [{}]}, r"reference\.json: prompts\[0\]: .*\"ids\"")
reference("ids that are no ids", {"prompts": [dict(prompt, ids=[1e300])]}, r"prompts\[0\]: .*\"ids\" must be a list of numbers that fit in 32 bits")
reference("no logits", {"prompts": [prompt]}, r"reference\.safetensors: has no tensor logits_0")
reference("logits of another vocabulary", {"prompts": [prompt]}, r"reference\.json: prompts\[0\]: has logits for a vocabulary of 63", logits(2, 63))
reference("more rows than tokens", {"prompts": [prompt]}, r"tensor logits_0: has more rows than the prompt has tokens", logits(3, 64))
reference("ids outside the vocabulary", {"prompts": [dict(prompt, ids=[1, 99])]}, r"reference\.json: prompts\[0\]: .*token id 99 is outside the vocabulary", logits(2, 64))
reference("truncated logits", {"prompts": [prompt]}, r"reference\.safetensors: tensor logits_0: .*truncated", logits(2, 64)[:-4])
expect.fails("missing reference", ["tern-eval", good, "--reference", scratch + "/nowhere"], r"nowhere: cannot open", 3)
expect.fails("no reference", ["tern-eval", good], r"--reference is required, unless --layers or --perplexity is given; see tern-eval --help", 2)
expect.fails("missing model for tern-eval", ["tern-eval", scratch + "/none.tern", "--reference", scratch], r"none\.tern: cannot open", 3)
for option in (["-t", "2"], ["--margin", "1"], ["--logits-tolerance", "1"], ["--perplexity-tolerance", "1"], ["--rules", "codes"]):
    expect.fails(f"--layers {option[0]}", ["tern-eval", good, "--layers"] + option, r"excludes", 2)
expect.fails("--checkpoint alone", ["tern-eval", good, "--reference", scratch, "--checkpoint", scratch], r"--checkpoint requires --layers", 2)

# Every other reader refuses the same damage.
open(bad, "wb").write(flipped(sections[".text"][0] + 3))
for command in readers:
    expect.fails("damage", [command[0], bad] + command[1:], r"bad\.tern: is damaged")
expect.finish(at_least=150)
