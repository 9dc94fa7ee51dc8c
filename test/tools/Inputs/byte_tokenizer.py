"""Writes a tokenizer.json of the smallest byte-level BPE: bytes as their own ids, no merges. Usage: byte_tokenizer.py > FILE"""
import json

# Printable bytes spell themselves; the others have the characters from U+0100 on, in their order (GPT-2's bytes_to_unicode).
printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
others = [byte for byte in range(256) if byte not in printable]
spelling = {byte: chr(byte) for byte in printable} | {byte: chr(0x100 + n) for n, byte in enumerate(others)}
byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
model = {"type": "BPE", "vocab": {spelling[byte]: byte for byte in range(256)}, "merges": []}
print(json.dumps({"version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": byte_level, "post_processor": None, "decoder": byte_level, "model": model}))
