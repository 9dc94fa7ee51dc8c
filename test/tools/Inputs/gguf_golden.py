"""Compares the encoders of make_gguf.py with what ggml's and bitnet.cpp's make of a pattern. Usage: gguf_golden.py FOLDER-OF-make_gguf.py"""
import struct
import sys

sys.path.insert(0, sys.argv[1])
import make_gguf


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & (1 << 64) - 1
    return value


codes = bytes((i * i + 3 * i) % 7 % 3 for i in range(256))
ones = [1.0] * 256
# 28 bytes behind I2_S's scale are unused: ours are rubbish, these are zeros.
zeros = lambda data: data[:68] + bytes(28)
for name, data, expected in [("TQ1_0", make_gguf.tq1_0(codes, ones), 0xC39FB67A86E75D61), ("TQ2_0", make_gguf.tq2_0(codes, ones), 0xA8F80B8266884D2C),
                             ("I2_S", zeros(make_gguf.i2_s([(codes, ones)], 128)), 0xBD28197AEE09DDF7),
                             ("I2_S of aarch64", zeros(make_gguf.i2_s([(codes, ones)], 64)), 0x3309DB33F17E4587)]:
    assert fnv(data) == expected, (name, data.hex())
parts = lambda size: (codes[at:at + size] for at in range(0, 256, size))
assert fnv(b"".join(make_gguf.q2_0(part, 1.0) for part in parts(64))) == 0xCFDC3B49758503B1
assert fnv(b"".join(make_gguf.q2_0(part, 1.0) for part in parts(128))) == 0x954A6AA63744CAF9
signs = bytes(2 * (code == 2) for code in codes)
assert fnv(b"".join(make_gguf.q1_0(signs[at:at + 128], 1.0) for at in (0, 128))) == 0x54A6C477D09A3299
assert make_gguf.tq1_0(codes, ones)[:4] == bytes.fromhex("1096435b") and struct.unpack("<e", make_gguf.tq2_0(codes, ones)[64:]) == (1.0,)
