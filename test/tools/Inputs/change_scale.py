"""Makes a number in bfloat16 half as large. Usage: change_scale.py CHECKPOINT TENSOR"""
import sys

import safetensors_file as st

path = sys.argv[1] + "/model.safetensors"
tensors = st.load(path)
dtype, shape, data = tensors[sys.argv[2]]
assert dtype == "BF16" and len(data) == 2
bits = int.from_bytes(data, "little") - 0x80  # one less in the exponent
tensors[sys.argv[2]] = (dtype, shape, bits.to_bytes(2, "little"))
st.save(path, tensors)
