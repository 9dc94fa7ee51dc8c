"""Outputs that cannot be written: nothing is left of them. Usage: bad_output.py CHECKPOINT SCRATCH"""
import os
import resource
import signal
import subprocess
import sys
import time

from expect import Expectations, listing

checkpoint, scratch = sys.argv[1:3]
out = scratch + "/out"
os.makedirs(out, exist_ok=True)
expect = Expectations()
TERNC = ["ternc", checkpoint, "--quiet", "--target-cpu=x86-64"]


def small_files():
    """Files may have 1 kB: writing more fails as on a full disk, with EFBIG for ENOSPC."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))


for phase in ("graph", "ternary", "tiled", "vector", "model"):
    expect.fails(f"--emit={phase} where files must be small", TERNC + [f"--emit={phase}", "-o", f"{out}/f"], r"out/f: cannot write: File too large; .*\(ulimit -f\) is 1024 bytes", folder=out, preexec_fn=small_files)
for phase in ("graph", "asm", "obj", "model"):
    expect.fails(f"--emit={phase} on a full device", TERNC + [f"--emit={phase}", "-o", "/dev/full"], r"/dev/full: cannot write: No space left on device")
expect.fails("full standard output", TERNC + ["--emit=graph", "-o", "-"], r"cannot write to standard output: No space left", stdout=open("/dev/full", "w"))
expect.fails("no such folder", TERNC + ["--emit=graph", "-o", f"{scratch}/no/f"], r"no/f: cannot create: No such file or directory", folder=scratch)
expect.fails("a folder as output", TERNC + ["--emit=graph", "-o", out], r"out: cannot create: Is a directory", folder=out)
expect.fails("a model object on standard output", TERNC + ["-o", "-"], r"a model object cannot go to standard output.*see ternc --help", 2)
expect.fails("tern-gen where files must be small", ["tern-gen", "--config", f"{checkpoint}/config.json", "-o", f"{out}/made"], r"out/made/model\.safetensors: cannot write: File too large", folder=out, preexec_fn=small_files)
expect.fails("tern-gen below a file", ["tern-gen", "--config", f"{checkpoint}/config.json", "-o", f"{checkpoint}/config.json/made"], r"config\.json/made: cannot be made: Not a directory", folder=checkpoint)
expect.fails("tern-gen without a config", ["tern-gen", "--config", f"{checkpoint}/none.json", "-o", f"{out}/made"], r"none\.json: cannot open", folder=out)
expect.fails("tern-gen without options", ["tern-gen"], r"--config is required; see tern-gen --help", 2)

# A compiler that is killed while it writes leaves nothing, and an old output stays as it was.
old = out + "/old.tern"
open(old, "w").write("old")
for delay in (0.05, 0.2):
    process = subprocess.Popen(TERNC + ["-o", old])
    time.sleep(delay)
    process.kill()
    if process.wait() == 0:
        break  # too late to kill it
    if listing(out) != [old] or open(old).read() != "old":
        expect.failures.append(f"killed after {delay} s: {listing(out)}")
expect.finish(at_least=16)
