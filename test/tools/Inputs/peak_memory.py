"""Peak memory of ternc and tern-run. Usage: peak_memory.py SMALL LARGE SCRATCH

SMALL and LARGE are checkpoints; LARGE holds many times its largest tensor. ternc may take 1.5 x the largest tensor + 300 MB, and from SMALL to
LARGE it may grow by no more than that and what the code takes. tern-run has the weights once, as pages of the file, and never copies them.
"""
import os
import subprocess
import sys

import elf_sections
import safetensors_file as st

small, checkpoint, scratch = sys.argv[1:4]
model = scratch + "/model.tern"
MB = 1 << 20
CODE = 48 * MB  # what the code of more and larger layers may take


def peak_bytes(command):
    """Of one child; Linux keeps the largest of all children, so each is measured in a process of its own."""
    code = (
        "import resource, subprocess, sys; "
        "status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode; "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(status)"
    )
    return 1024 * int(subprocess.run([sys.executable, "-c", code] + command, capture_output=True, check=True).stdout)


def compile_bytes(folder):
    return peak_bytes(["ternc", folder, "--quiet", "--target-cpu=x86-64", "-o", model])


largest = max(len(data) for _, _, data in st.load(checkpoint + "/model.safetensors").values())
size = os.path.getsize(checkpoint + "/model.safetensors")
base, compiling = compile_bytes(small), compile_bytes(checkpoint)
weights = elf_sections.of(open(model, "rb").read())[".tern.weights"][1]
running = peak_bytes(["tern-run", model, "--ids", "1,2,3", "-n", "4", "--greedy", "--ignore-eos", "-t", "1", "-q", "--print-ids"])
print(f"checkpoint {size // MB} MB, largest tensor {largest // MB} MB; ternc {compiling // MB} MB, for a small checkpoint {base // MB} MB; weights {weights // MB} MB, tern-run {running // MB} MB")
assert size > 1.5 * largest + CODE, "the checkpoint is too small for the bounds to mean something"
assert compiling < 1.5 * largest + 300 * MB
assert compiling < base + 1.5 * largest + CODE
assert running < 1.1 * weights + 24 * MB, "the weights are in memory twice"
