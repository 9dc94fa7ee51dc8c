"""The sections of a model object, and hashes that match after a change."""
import ctypes
import struct


def of(data):
    """{name: (offset, size)} of the sections that have bytes in the file."""
    table, = struct.unpack_from("<Q", data, 40)
    count, names_index = struct.unpack_from("<HH", data, 60)
    entries = [struct.unpack_from("<IIQQQQ", data, table + 64 * i) for i in range(count)]
    names = entries[names_index][4]
    return {
        data[names + name : data.index(b"\0", names + name)].decode(): (offset, size)
        for name, kind, _, _, offset, size in entries
        if kind not in (0, 8)
    }


def resealed(data, weights):
    """The same with the trailer's hash of all but the weights made right (docs/model-object.md, rule 3)."""
    xxh3 = ctypes.CDLL("libxxhash.so.0").XXH3_64bits
    xxh3.restype, xxh3.argtypes = ctypes.c_uint64, [ctypes.c_char_p, ctypes.c_size_t]
    at, size = weights
    rest = data[:at] + data[at + size : -8]
    return data[:-8] + struct.pack("<Q", xxh3(rest, len(rest)))
