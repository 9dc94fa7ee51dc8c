"""Whether two safetensors files have the same tensors, in whatever order. Usage: same_tensors.py FILE FILE; exit status 1 and a line for each that differs."""
import sys

import safetensors_file

one, other = map(safetensors_file.load, sys.argv[1:])
different = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
for name in different:
    print(f"{name} differs")
if not different:
    print(f"{len(one)} tensors are the same")
sys.exit(bool(different))
