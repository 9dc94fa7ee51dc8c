"""Rows of floats as NPY files, without NumPy.

    npy.py make FILE ROWS COLUMNS [CHANGE=VALUE...]   some numbers; a CHANGE replaces a text of the header (descr, order, shape) or cuts bytes
    npy.py same A B                                    exit status 1 unless both hold the same numbers
    npy.py show FILE                                   shape, and the first number of each row
"""
import array
import sys


def header(descr, order, shape):
    text = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def load(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[8:10], "little")
    fields = eval(data[10 : 10 + length])  # a dictionary of literals that this script or tern-run wrote
    return fields["shape"], array.array("f", data[10 + length :])


if sys.argv[1] == "make":
    rows, columns = int(sys.argv[3]), int(sys.argv[4])
    changes = dict(change.split("=") for change in sys.argv[5:])
    numbers = array.array("f", ((i * 7919 % 2003 - 1001) / 300 for i in range(rows * columns))).tobytes()
    numbers = numbers[: len(numbers) - int(changes.get("cut", 0))]
    shape = changes.get("shape", f"({rows}, {columns})")
    open(sys.argv[2], "wb").write(header(changes.get("descr", "<f4"), changes.get("order", "False"), shape) + numbers)
elif sys.argv[1] == "same":
    a, b = load(sys.argv[2]), load(sys.argv[3])
    assert a[0] == b[0] and a[1].tobytes() == b[1].tobytes(), (a[0], b[0])
else:
    shape, numbers = load(sys.argv[2])
    print(shape, *(f"{numbers[i]:.6g}" for i in range(0, len(numbers), shape[1])))
