"""lockstep.py FOLDER INPUT.npy OUTPUT.npy [ROW=FACTOR | TENSOR]...: lockstep.safetensors of layer 1 of prompt 0, all of whose rows are clear.

A row's output is multiplied by its factor; a TENSOR is added, of one number.
"""
import array
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
import safetensors_file


def load(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[8:10], "little")
    return eval(data[10 : 10 + length])["shape"], array.array("f", data[10 + length :])  # a dictionary that tern-run wrote


folder, inputs, outputs = sys.argv[1], load(sys.argv[2]), load(sys.argv[3])
tensors = {}
for change in sys.argv[4:]:
    if "=" not in change:
        tensors[change] = ("F32", [1], struct.pack("<f", 1))
        continue
    row, factor = change.split("=")
    columns = outputs[0][1]
    for i in range(int(row) * columns, (int(row) + 1) * columns):
        outputs[1][i] *= float(factor)
for name, (shape, numbers) in (("input", inputs), ("output", outputs)):
    tensors["prompt_0.layer_1." + name] = ("F32", list(shape), numbers.tobytes())
tensors["prompt_0.layer_1.code_margin"] = ("F32", [inputs[0][0]], struct.pack("<f", 1) * inputs[0][0])
safetensors_file.save(folder + "/lockstep.safetensors", tensors)
