"""Makes every packed trit of row 0 of a tensor another one. Usage: change_trit.py CHECKPOINT TENSOR"""
import sys

import safetensors_file as st

path = sys.argv[1] + "/model.safetensors"
tensors = st.load(path)
dtype, shape, data = tensors[sys.argv[2]]
NEXT = (1, 2, 0)  # codes 0, 1, 2
row = bytes((byte & ~3) | NEXT[byte & 3] for byte in data[: shape[1]])
tensors[sys.argv[2]] = (dtype, shape, row + data[shape[1] :])
st.save(path, tensors)
