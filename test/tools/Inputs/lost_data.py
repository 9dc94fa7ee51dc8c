"""Commands whose outputs would take the place of something: refused in one line, and every file is as it was. Usage: lost_data.py CHECKPOINT MODEL SCRATCH

CHECKPOINT has no tokenizer and was made by tern-gen; MODEL is compiled from it.
"""
import hashlib
import os
import shutil
import subprocess
import sys

from expect import Expectations

checkpoint, model, scratch = sys.argv[1:4]
expect = Expectations()
here = scratch + "/here"
shutil.rmtree(here, ignore_errors=True)
os.makedirs(here)
os.chdir(here)
shutil.copytree(checkpoint, "ck")
shutil.copy(model, "m.tern")
shutil.copy(model, "m.html")  # where tern-bench's report would go by default
TERNC = ["ternc", "--quiet", "--target-cpu=x86-64-v3"]
subprocess.run(TERNC + ["ck", "--emit=graph", "-o", "g.mlir"], check=True)
subprocess.run(TERNC + ["ck", "--emit=ternary", "--dump-schedule=s.json", "-o", "t.mlir"], check=True)
subprocess.run(TERNC + ["ck", "--emit=ternary", "--dump-phases=ph", "-o", "/dev/null"], check=True)
for text, name in (("mine\n", "notes.txt"), ("# Tern\n", "README.md"), ("{}\n", "other.json"), ("<!doctype html>\n", "page.html")):
    open(name, "w").write(text)
os.symlink("ck/model.safetensors", "soft")
os.link("ck/model.safetensors", "hard")
os.symlink("ck", "folder")


def state():
    found = {}
    for at, _, files in os.walk(here):
        for name in files:
            path = os.path.join(at, name)
            found[path] = os.readlink(path) if os.path.islink(path) else hashlib.sha256(open(path, "rb").read()).hexdigest()
    return found


before = state()


def refused(command, pattern):
    expect.fails(" ".join(command), command, pattern, folder=here)
    if state() != before:
        expect.failures.append(f"{command}: files changed")


# Outputs of ternc over its inputs, whatever the name.
for place in ("ck/model.safetensors", "ck/config.json", "soft", "hard", "folder/config.json", "./ck/../ck/config.json"):
    for output in (["-o", place, "--emit=graph"], ["-o", place], ["-o", "new", "--emit=ternary", f"--dump-schedule={place}"]):
        refused(TERNC + ["ck"] + output, r"ternc: (-o|--dump-schedule): .* would replace what the checkpoint reads, .*; name another file, or add --force$")
refused(["ternc", "--from=g.mlir", "--emit=ternary", "-o", "g.mlir"], r"-o: g\.mlir would replace what --from reads, g\.mlir")
refused(TERNC + ["ck", "--schedule=s.json", "--emit=ternary", "-o", "s.json"], r"-o: s\.json would replace what --schedule reads")
refused(TERNC + ["ck", "--emit=ternary", "--dump-schedule=x", "-o", "x"], r"-o and --dump-schedule would both write x; ")
refused(TERNC + ["ck", "--emit=ternary", "--dump-phases=.", "-o", "1-ternary.mlir"], r"-o and --dump-phases would both write \./1-ternary\.mlir; ")
# Files of other kinds, and dumps that somebody may have edited.
for emit, place, kind in (("graph", "notes.txt", "MLIR text"), ("graph", "README.md", "MLIR text"), ("graph", "m.tern", "MLIR text"), ("llvm", "g.mlir", "LLVM IR"), ("asm", "notes.txt", "assembly"), ("obj", "m.tern", "object file"), ("model", "notes.txt", "model object")):
    refused(TERNC + ["ck", f"--emit={emit}", "-o", place], rf"-o: {place} is there already, and is no {kind}; name another file, or add --force to replace it$")
refused(TERNC + ["ck", "--emit=ternary", "--dump-schedule=s.json", "-o", "new"], r"--dump-schedule: s\.json is there already, and somebody may have edited it")
refused(TERNC + ["ck", "--emit=ternary", "--dump-phases=ph", "-o", "new"], r"--dump-phases: ph/0-graph\.mlir is there already")
# tern-gen.
refused(["tern-gen", "--config", "ck/config.json", "-o", "ck"], r"-o: ck/config\.json would replace what --config reads")
shutil.copytree("ck", "trained")
data = bytearray(open("trained/model.safetensors", "rb").read())
open("trained/model.safetensors", "wb").write(data.replace(b"tern-gen", b"trainer."))
shutil.copy("ck/config.json", "config.json")
before = state()
refused(["tern-gen", "--config", "config.json", "-o", "trained"], r"-o: trained/model\.safetensors is there already, and is no checkpoint of tern-gen")
# tern-run and tern-bench.
run = ["tern-run", "m.tern", "--ids", "1", "-n", "2", "--print-ids", "--ignore-eos"]
refused(run + ["--profile=./m.tern"], r"--profile: \./m\.tern would replace what MODEL reads")
refused(run + ["--profile=ck/config.json"], r"--profile: ck/config\.json is there already, and is no trace of tern-run")
bench = ["tern-bench", "m.tern", "-p", "2", "-n", "2", "-t", "1", "-r", "1"]
refused(bench + ["--report=html:m.tern"], r"--report: m\.tern would replace what MODEL reads")
refused(bench + ["--report=html:ck/model.safetensors"], r"--report: .* is no page of Tern's")
refused(bench + ["--report=html:page.html"], r"--report: .* is no page of Tern's")
refused(["tern-bench", "m.html"] + bench[2:] + ["--report=html"], r"--report: m\.html would replace what MODEL reads")
# tern-tune.
refused(["tern-tune", "ck", "-o", "t.json", "--report=html:t.json"], r"-o and --report would both write t\.json")
refused(["tern-tune", "ck", "-o", "t.html", "--report=html"], r"-o and --report would both write t\.html")
refused(["tern-tune", "ck", "-o", "t.json", "--report=html:ck/config.json"], r"--report: .* would replace what MODEL reads")
refused(["tern-tune", "ck", "-o", "s.json"], r"-o: s\.json is there already, and is no tuning file of tern-tune")
refused(["tern-tune", "--merge", "s.json", "-o", "new.json"], r"s\.json: is a schedule of ternc --dump-schedule, and no tuning file")
# tern-opt and tern-reduce.
test = ["-reduction-tree=traversal-mode=0 test=/bin/false"]
for tool, more in (("tern-opt", []), ("tern-reduce", test)):
    refused([tool, "g.mlir", "-o", "g.mlir"] + more, r"-o: g\.mlir would replace what the input reads")
    refused([tool, "g.mlir", "-o", "ck/config.json"] + more, r"-o: ck/config\.json is there already, and is no MLIR text")
refused(["tern-opt", "g.mlir", "-o", "/dev/full"], r"/dev/full: cannot write: No space left")
done = subprocess.run(["tern-opt", "notes.txt", "-o", "g.mlir"], capture_output=True)
if done.returncode != 1 or state() != before:
    expect.failures.append("tern-opt: a text that does not parse took an older output away")

# What may be replaced: a file of the kind, and everything by force.
for command in (TERNC + ["ck", "--emit=graph", "-o", "t.mlir"], ["tern-opt", "g.mlir", "-o", "t.mlir"], ["tern-opt", "g.mlir", "-o", "g.mlir", "--force"], TERNC + ["ck", "--emit=graph", "-o", "notes.txt", "--force"], TERNC + ["ck", "--emit=ternary", "--dump-phases=ph", "-o", "t.mlir", "--force"], ["tern-gen", "--config", "config.json", "-o", "ck", "--force"], ["tern-gen", "--config", "config.json", "-o", "trained", "--force"]):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        expect.failures.append(f"{command}: {done.stderr}")
if open("notes.txt").read() != open("g.mlir").read() or b"tern-gen" not in open("trained/model.safetensors", "rb").read(200):
    expect.failures.append("--force replaced nothing")

# Standard output that cannot be written, or is closed, is exit status 1; closed descriptors are no hang.
for command in (["tern-inspect", "m.tern"], ["tern-inspect", "m.tern", "--json"], ["tern-eval", "m.tern", "--layers"], run, bench, ["tern-opt", "g.mlir"], TERNC + ["ck", "--emit=graph", "-o", "-"]):
    for how in ("> /dev/full", ">&-"):
        done = subprocess.run(f"exec {' '.join(command)} {how}", shell=True, executable="/bin/bash", stderr=subprocess.PIPE, text=True, timeout=120)
        if done.returncode != 1 or not done.stderr.startswith(command[0] + ": cannot write to standard output"):
            expect.failures.append(f"{command} {how}: {done.returncode}, {done.stderr}")
for tool in ("ternc", "tern-run", "tern-eval", "tern-bench", "tern-inspect", "tern-tune", "tern-gen", "tern-opt", "tern-reduce", "tern-lsp-server"):
    for option in ("--help", "--version"):
        done = subprocess.run([tool, option], stdout=open("/dev/full", "w"), stderr=subprocess.PIPE, text=True)
        if done.returncode != 1 or not done.stderr.startswith(tool + ": "):
            expect.failures.append(f"{tool} {option} > /dev/full: {done.returncode}, {done.stderr}")
for command in (TERNC + ["ck", "-o", "closed.tern"], run[:1] + ["closed.tern"] + run[2:]):
    done = subprocess.run(f"exec {' '.join(command)} <&- >&- 2>&-", shell=True, executable="/bin/bash", timeout=120)
    if done.returncode != (0 if command[0] == "ternc" else 1):
        expect.failures.append(f"{command} with closed descriptors: {done.returncode}")
subprocess.run(TERNC + ["ck", "-o", "open.tern"], check=True)
if open("closed.tern", "rb").read() != open("open.tern", "rb").read():
    expect.failures.append("ternc with closed descriptors wrote another model")
expect.finish(at_least=45)
