"""Reads and writes safetensors files, wrong ones too."""
import json
import struct


def load(path):
    """{name: (dtype, shape, bytes)}"""
    data = open(path, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    header, base = json.loads(data[8 : 8 + length]), 8 + length
    return {
        name: (entry["dtype"], entry["shape"], data[base + entry["data_offsets"][0] : base + entry["data_offsets"][1]])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def header_of(tensors):
    header, at = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    return header


def save(path, tensors, header=None, length=None):
    """`header` (an object or bytes) and its `length` may lie about the tensors."""
    text = header_of(tensors) if header is None else header
    if not isinstance(text, bytes):
        text = json.dumps(text).encode()
    data = b"".join(data for _, _, data in tensors.values())
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text) if length is None else length) + text + data)
