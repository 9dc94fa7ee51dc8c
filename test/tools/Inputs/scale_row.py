"""Halves a row of a float16 matrix of a checkpoint, or sets one value of it to 1: scale_row.py FOLDER TENSOR ROW [COLUMN]"""
import json
import struct
import sys

path, name, row = sys.argv[1] + "/model.safetensors", sys.argv[2], int(sys.argv[3])
with open(path, "r+b") as file:
    size, = struct.unpack("<Q", file.read(8))
    entry = json.loads(file.read(size))[name]
    columns = entry["shape"][1]
    first = 8 + size + entry["data_offsets"][0] + 2 * row * columns
    file.seek(first)
    values = list(struct.unpack(f"<{columns}e", file.read(2 * columns)))
    if len(sys.argv) > 4:
        values[int(sys.argv[4])] = 1
    else:
        values = [value / 2 for value in values]
    file.seek(first)
    file.write(struct.pack(f"<{columns}e", *values))
