"""Writes GGUF files of checkpoint folders: the same weights in ggml's types.

    make_gguf.py MADE EXAMPLES

writes each entry of FILES into MADE, where make_checkpoints.py made the folders that it names; the trained one is in EXAMPLES. Codes and scales are the folders'
own (their scales are exact in float16), norms become float32, embeddings stay bfloat16: what is compiled of file and folder computes the same, but where FILES says otherwise. Layouts are those of
ggml's ggml-common.h and, for I2_S, bitnet.cpp; where the encoders round, they do as ggml's.
"""
import json
import os
import struct
import sys

FILES = {
    "bitnet-blocks.i2_s.gguf": ("bitnet-blocks", "I2_S"),
    "bitnet-blocks.i2_s-aarch64.gguf": ("bitnet-blocks", "I2_S of aarch64"),
    "bitnet-blocks.tq1_0.gguf": ("bitnet-blocks", "TQ1_0"),
    "bitnet-blocks.tq2_0.gguf": ("bitnet-blocks", "TQ2_0"),
    "llama-blocks.f16.gguf": ("llama-blocks", "F16"),
    "llama-blocks.tq1_0.gguf": ("llama-blocks", "TQ1_0"),
    "llama-blocks.tq2_0.gguf": ("llama-blocks", "TQ2_0"),
    # Of these only the signs or trits are the folder's: each group of columns has a scale of its own.
    "llama-blocks.q2_0.gguf": ("llama-blocks", "Q2_0"),
    "llama-blocks.pq2_0.gguf": ("llama-blocks", "PQ2_0"),
    "llama-blocks.q1_0.gguf": ("llama-blocks", "Q1_0"),
    # Here the groups and their scales are the folder's own, those of the embedding too.
    "qwen3-groups.q2_0.gguf": ("qwen3-groups", "Q2_0"),
    "tiny-shakespeare.i2_s-aarch64.gguf": ("tiny-shakespeare", "I2_S of aarch64"),
}
TYPES = {"F32": 0, "F16": 1, "BF16": 30, "TQ1_0": 34, "TQ2_0": 35, "I2_S": 36, "I2_S of aarch64": 36, "Q1_0": 41, "Q2_0": 42, "PQ2_0": 142}
LAYER_NAMES = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "self_attn.attn_sub_norm": "attn_sub_norm", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "mlp.ffn_sub_norm": "ffn_sub_norm", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm"}
MODEL_NAMES = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight"}
ALIGNMENT = 32


def load(folder):
    """{name: (dtype, shape, bytes)}"""
    data = open(os.path.join(folder, "model.safetensors"), "rb").read()
    length, = struct.unpack_from("<Q", data)
    header, base = json.loads(data[8:8 + length]), 8 + length
    return {name: (entry["dtype"], entry["shape"], data[base + entry["data_offsets"][0]:base + entry["data_offsets"][1]])
            for name, entry in header.items() if name != "__metadata__"}


def bfloat16s(data):
    return [struct.unpack("<f", b"\0\0" + data[i:i + 2])[0] for i in range(0, len(data), 2)]


def gguf_name(name):
    if name in MODEL_NAMES:
        return MODEL_NAMES[name]
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{LAYER_NAMES[rest.removesuffix('.weight')]}.weight"


def pair_rows(rows, head_rows):
    """LLaMA's q and k: halves of each head, row by row in turns."""
    half = head_rows // 2
    return [rows[head + i * half + j] for head in range(0, len(rows), head_rows) for j in range(half) for i in range(2)]


def ternary_rows(tensors, name):
    """Rows of (codes 0 to 2, scale of each column)."""
    dtype, shape, data = tensors[name]
    columns = shape[1]
    if dtype == "U8":  # transformers' pack_weights, whose quarters are of the rows
        codes = b"".join(data.translate(bytes(byte >> 2 * quarter & 3 for byte in range(256))) for quarter in range(4))
        scale, = bfloat16s(tensors[name.removesuffix("weight") + "weight_scale"][2])
        return [(codes[i:i + columns], [scale] * columns) for i in range(0, len(codes), columns)]
    values, rows = struct.unpack(f"<{len(data) // 2}e", data), []
    for i in range(0, len(values), columns):
        row = values[i:i + columns]
        rows.append((bytes((value > 0) - (value < 0) + 1 for value in row), [abs(value) for value in row]))
    return rows


def block_scale(scales, codes):
    """The one scale of the codes that are not zeros; 0 where all are."""
    found = {scale for scale, code in zip(scales, codes) if code != 1}
    assert len(found) <= 1, found
    return found.pop() if found else 0.0


def tq1_0(codes, scales):
    def byte(digits):
        value = 0
        for digit in digits + bytes(5 - len(digits)):
            value = value * 3 + digit
        return (value * 256 + 242) // 243
    scale = block_scale(scales, codes)
    codes = codes if scale else b"\1" * 256
    out = bytes(byte(codes[m:160:32]) for m in range(32)) + bytes(byte(codes[160 + m:240:16]) for m in range(16))
    return out + bytes(byte(codes[240 + j:256:4]) for j in range(4)) + struct.pack("<e", scale)


def tq2_0(codes, scales):
    fields = (codes[128 * g + m:128 * g + 128:32] for g in range(2) for m in range(32))
    return bytes(a | b << 2 | c << 4 | d << 6 for a, b, c, d in fields) + struct.pack("<e", block_scale(scales, codes))


def group_scale(row, group):
    """0.0625 times 1, 1.25 or 1.5: neighbours differ."""
    return 0.0625 * (1 + (row + group) % 3 / 4)


def q2_0(codes, scale):
    return struct.pack("<e", scale) + bytes(a | b << 2 | c << 4 | d << 6 for a, b, c, d in zip(*(codes[i::4] for i in range(4))))


def q1_0(codes, scale):
    """Zeros become +1."""
    return struct.pack("<e", scale) + bytes(sum((codes[i + k] > 0) << k for k in range(8)) for i in range(0, len(codes), 8))


def groups(rows, size, encode, own):
    def scale(r, at, codes, scales):
        return block_scale(scales[at:at + size], codes[at:at + size]) if own else group_scale(r, at // size)
    return b"".join(encode(codes[at:at + size], scale(r, at, codes, scales)) for r, (codes, scales) in enumerate(rows) for at in range(0, len(codes), size))


def i2_s(rows, block):
    """Four quarters of each block in the bits of its bytes, the first on top; the scale behind all, and what nobody reads."""
    quarter, out = block // 4, bytearray()
    for codes, _ in rows:
        for at in range(0, len(codes), block):
            parts = (codes[at + n * quarter:at + (n + 1) * quarter] for n in range(4))
            out += bytes(a << 6 | b << 4 | c << 2 | d for a, b, c, d in zip(*parts))
    return bytes(out) + struct.pack("<f", rows[0][1][0]) + b"\xa5" * 28


def linear(rows, kind, own_groups=False):
    if kind == "F16":
        return b"".join(struct.pack(f"<{len(codes)}e", *((code - 1) * scale for code, scale in zip(codes, scales))) for codes, scales in rows)
    if kind.startswith("I2_S"):
        return i2_s(rows, 128 if kind == "I2_S" else 64)
    if kind in ("Q1_0", "Q2_0", "PQ2_0"):
        return groups(rows, 64 if kind == "Q2_0" else 128, q1_0 if kind == "Q1_0" else q2_0, own_groups)
    encode = {"TQ1_0": tq1_0, "TQ2_0": tq2_0}[kind]
    return b"".join(encode(codes[at:at + 256], scales[at:at + 256]) for codes, scales in rows for at in range(0, len(codes), 256))


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def value(thing):
    """A key's type and value: u32, f32, bool, string, or an array of strings or i32."""
    if isinstance(thing, bool):
        return struct.pack("<I?", 7, thing)
    if isinstance(thing, int):
        return struct.pack("<II", 4, thing)
    if isinstance(thing, float):
        return struct.pack("<If", 6, thing)
    if isinstance(thing, str):
        return struct.pack("<I", 8) + string(thing)
    texts = isinstance(thing[0], str)
    items = b"".join(string(item) if texts else struct.pack("<i", item) for item in thing)
    return struct.pack("<IIQ", 9, 8 if texts else 5, len(thing)) + items


def save(path, keys, tensors):
    """`tensors`: (name, shape as PyTorch has it, type, bytes)."""
    head, data = bytearray(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))), bytearray()
    for key, thing in keys.items():
        head += string(key) + value(thing)
    for name, shape, kind, content in tensors:
        head += string(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *reversed(shape)) + struct.pack("<IQ", TYPES[kind], len(data))
        data += content + bytes(-len(content) % ALIGNMENT)
    with open(path, "wb") as file:
        file.write(head + bytes(-len(head) % ALIGNMENT) + data)


def keys_of(config, name):
    a = {"bitnet": "bitnet-b1.58"}.get(config["model_type"], config["model_type"])
    heads = config["num_attention_heads"]
    head_rows = config.get("head_dim", config["hidden_size"] // heads)
    return {"general.architecture": a, "general.type": "model", "general.name": name, "general.alignment": ALIGNMENT,
            f"{a}.vocab_size": config["vocab_size"], f"{a}.context_length": config["max_position_embeddings"], f"{a}.embedding_length": config["hidden_size"],
            f"{a}.block_count": config["num_hidden_layers"], f"{a}.feed_forward_length": config["intermediate_size"], f"{a}.attention.head_count": heads,
            f"{a}.attention.head_count_kv": config["num_key_value_heads"], f"{a}.attention.key_length": head_rows, f"{a}.attention.value_length": head_rows,
            f"{a}.attention.layer_norm_rms_epsilon": config["rms_norm_eps"], f"{a}.rope.freq_base": config["rope_theta"], f"{a}.rope.dimension_count": head_rows,
            "tokenizer.ggml.bos_token_id": config["bos_token_id"], "tokenizer.ggml.eos_token_id": config["eos_token_id"]}, head_rows


def tokenizer_keys(path):
    """The keys of a byte-level tokenizer.json like Llama 3's."""
    tokenizer = json.load(open(path))
    added = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    ids = tokenizer["model"]["vocab"] | added
    vocabulary = sorted(ids, key=ids.get)
    return {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "llama-bpe", "tokenizer.ggml.tokens": vocabulary,
            "tokenizer.ggml.token_type": [3 if token in added else 1 for token in vocabulary],
            "tokenizer.ggml.merges": [" ".join(pair) for pair in tokenizer["model"]["merges"]], "tokenizer.ggml.add_bos_token": True}


def convert(folder, path, kind):
    config, tensors, out = json.load(open(os.path.join(folder, "config.json"))), load(folder), []
    keys, head_rows = keys_of(config, os.path.basename(folder))
    for name, (dtype, shape, data) in tensors.items():
        if name.endswith("weight_scale"):
            continue
        is_packed = "_proj." in name or config["model_type"] == "qwen3" and len(shape) == 2
        if is_packed:
            rows = ternary_rows(tensors, name)
            if config["model_type"] == "llama" and ("q_proj" in name or "k_proj" in name):
                rows = pair_rows(rows, head_rows)
            out.append((gguf_name(name), [len(rows), shape[1]], kind, linear(rows, kind, config["model_type"] == "qwen3")))
        elif len(shape) == 1:
            out.append((gguf_name(name), shape, "F32", struct.pack(f"<{shape[0]}f", *bfloat16s(data))))
        else:
            out.append((gguf_name(name), shape, "BF16", data))
    tokenizer = os.path.join(folder, "tokenizer.json")
    save(path, keys | (tokenizer_keys(tokenizer) if os.path.exists(tokenizer) else {}), out)


if __name__ == "__main__":
    made, examples = sys.argv[1:]
    for name, (folder, kind) in FILES.items():
        source = os.path.join(made, folder)
        convert(source if os.path.exists(source) else os.path.join(examples, folder), os.path.join(made, name), kind)
