"""Makes the small checkpoints that tests compile when any weights will do: two layers, under 2 MB each.

    make_checkpoints.py OUT

writes a folder of OUT for each entry of CONFIGS, with config.json and model.safetensors. The build does so, into
test/checkpoints of the build folder. Every value is a function of (tensor name, index), by the formulas of lib/weights/generate.h with seed 0, computed
here a second time: u(i) are 24 bits of splitmix64, started at the FNV-1a hash of the name, and v = 2 u / 2^24 - 1 is uniform in [-1, 1).

    ternary weight   floor(3 u / 2^24) - 1           weight_scale   sqrt(1.5 / columns), or its inverse where a family divides
    embedding        0.05 v                          norm weight    1 + 0.1 v
    master weight    sqrt(3 / columns) v: the outputs of a layer are as large as its inputs
    scaled weight    a ternary weight times sqrt(1.5 / columns), and 1.5 times that in the second half of the rows; of the columns in o_proj and down_proj
    grouped weight   (qwen3) a ternary weight times s (12 + (5 row + 3 g) mod 8) / 16 for the g-th 64 columns of a row, s = sqrt(1.5 / columns); of the
                     embedding, which is the head too, s = 0.25. Every other zero is a -0

Each is rounded to float32, then to bfloat16 (scaled and grouped weights to float16). Checkpoints that transformers made references for are in test/conformance/transformers, trained ones in
examples and in ../shared/zoo.
"""
import json
import math
import os
import struct
import sys

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
COMMON = {"num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 512, "rms_norm_eps": 1e-05, "rope_theta": 500000.0,
          "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": 4, "torch_dtype": "bfloat16"}
BITNET = {"model_type": "bitnet", "architectures": ["BitNetForCausalLM"], "hidden_act": "relu2"}
LLAMA = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_act": "silu"}
ROLES = ["q", "k", "v", "o", "gate", "up", "down"]


def rules(codes, weights="absmean", **more):
    """The key "tern" of models that have no published form (lib/checkpoint/linear_rules.h)."""
    return {"weight_quant": weights, "activation_quant": {role: codes for role in ROLES}} | more


CONFIGS = {
    "bitnet-packed": BITNET | COMMON | {"hidden_size": 128, "intermediate_size": 192, "num_key_value_heads": 2, "vocab_size": 512,
        "quantization_config": {"quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": "offline"}},
    "bitnet-master": BITNET | COMMON | {"hidden_size": 96, "intermediate_size": 160, "num_key_value_heads": 2, "vocab_size": 256,
        "quantization_config": {"quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": "online"}},
    "llama-packed": LLAMA | COMMON | {"hidden_size": 128, "intermediate_size": 320, "num_key_value_heads": 4, "vocab_size": 512,
        "quantization_config": {"quant_method": "bitnet", "modules_to_not_convert": None}},
    "bitnet-era": LLAMA | COMMON | {"architectures": ["BitnetForCausalLM"], "hidden_size": 96, "intermediate_size": 160, "num_key_value_heads": 4,
        "vocab_size": 256, "weight_bits": 1, "input_bits": 8},
    # Heads, sizes and rules are others than those of the trained checkpoints of these families.
    "bitnet-v2": BITNET | COMMON | {"hidden_act": "silu", "hidden_size": 96, "intermediate_size": 160, "num_key_value_heads": 1, "vocab_size": 256,
        "tern": rules("int4-absmean", hadamard=["o", "down"])},
    "qsparse": BITNET | COMMON | {"hidden_size": 96, "intermediate_size": 160, "num_key_value_heads": 2, "vocab_size": 256,
        "tern": rules("int8-absmax", keep={role: 0.7 for role in ROLES})},
    "qsparse-block": BITNET | COMMON | {"hidden_size": 96, "intermediate_size": 160, "num_key_value_heads": 4, "vocab_size": 256,
        "tern": rules("int8-absmax", keep={role: 0.25 for role in ROLES}, keep_block=16)},
    "reloaded": LLAMA | COMMON | {"hidden_size": 96, "intermediate_size": 160, "num_key_value_heads": 2, "vocab_size": 256,
        "tern": rules("int8-absmax128", weights="absmedian", inner_norm="layer_norm")},
    # Rows that GGUF's blocks of 256 divide; heads wider than hidden_size says. Scales are exact in float16.
    "bitnet-blocks": BITNET | COMMON | {"hidden_size": 256, "intermediate_size": 256, "num_key_value_heads": 2, "vocab_size": 256,
        "quantization_config": {"quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": "offline"}},
    "llama-blocks": LLAMA | COMMON | {"num_hidden_layers": 1, "hidden_size": 256, "head_dim": 128, "intermediate_size": 512, "num_key_value_heads": 2,
        "vocab_size": 256},
    # Heads wider than hidden_size says, two for each head of the cache; rows of 3, 5 and 7 groups, and a vocabulary that no tile divides.
    "qwen3-groups": COMMON | {"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"], "hidden_act": "silu", "hidden_size": 192, "head_dim": 80,
        "intermediate_size": 448, "num_key_value_heads": 2, "vocab_size": 264, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0},
    "llama-scaled": LLAMA | COMMON | {"hidden_size": 96, "intermediate_size": 160, "num_key_value_heads": 4, "vocab_size": 256},
}


def numbers(name, count):
    """u(0), u(1), ... u(count - 1) of one tensor."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 & MASK
    for _ in range(count):
        state = state + GOLDEN & MASK
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        yield (z ^ z >> 31) >> 40


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def bfloat16(value):
    """The bits of the nearest bfloat16, ties to even."""
    bits, = struct.unpack("<I", struct.pack("<f", value))
    return bits + 0x7FFF + (bits >> 16 & 1) >> 16


def halves(values):
    return b"".join(struct.pack("<H", bfloat16(value)) for value in values)


def dense(tensors, name, shape, value):
    """`value` of v for each number, rounded to float32 as it is computed."""
    uniform = (2 * u / (1 << 24) - 1 for u in numbers(name, math.prod(shape)))
    tensors[name] = ("BF16", shape, halves(value(v) for v in uniform))


def norm(tensors, name, size):
    dense(tensors, name, [size], lambda v: float32(float32(float32(0.1) * v) + 1))


def grouped(tensors, name, rows, columns, scale, group=64):
    values = []
    for i, u in enumerate(numbers(name, rows * columns)):
        row, column = divmod(i, columns)
        factor = scale * (12 + (5 * row + 3 * (column // group)) % 8) / 16
        values.append(((3 * u >> 24) - 1) * (factor if u % 2 else -factor))
    tensors[name] = ("F16", [rows, columns], struct.pack(f"<{len(values)}e", *values))


def linear(tensors, module, rows, columns, config):
    if config["model_type"] == "qwen3":
        grouped(tensors, module + ".weight", rows, columns, math.sqrt(1.5 / columns))
        return
    name, quantization = module + ".weight", config.get("quantization_config")
    if config.get("weight_bits") == 1 or "tern" in config:
        quantization = {"quantization_mode": "online"}
    if quantization is None:
        of_columns, values = module.endswith(("o_proj", "down_proj")), []
        for i, u in enumerate(numbers(name, rows * columns)):
            is_late = 2 * (i % columns) >= columns if of_columns else 2 * (i // columns) >= rows
            values.append(((3 * u >> 24) - 1) * math.sqrt(1.5 / columns) * (1.5 if is_late else 1))
        tensors[name] = ("F16", [rows, columns], struct.pack(f"<{len(values)}e", *values))
        return
    if quantization.get("quantization_mode") == "online":
        dense(tensors, name, [rows, columns], lambda v: float32(float32(math.sqrt(3 / columns)) * v))
        return
    # transformers' pack_weights: row r of each quarter of the rows in bits 2q and 2q + 1 of byte r.
    codes, packed = [3 * u >> 24 for u in numbers(name, rows * columns)], bytearray(rows // 4 * columns)
    for i, code in enumerate(codes):
        packed[i % len(packed)] |= code << 2 * (i // len(packed))
    scale = math.sqrt(1.5 / columns)
    tensors[name] = ("U8", [rows // 4, columns], bytes(packed))
    tensors[module + ".weight_scale"] = ("BF16", [1], halves([scale if quantization.get("linear_class") == "autobitlinear" else 1 / scale]))


def tensors_of(config):
    tensors, hidden, inner = {}, config["hidden_size"], config["intermediate_size"]
    head = config.get("head_dim", hidden // config["num_attention_heads"])
    queries, keys = head * config["num_attention_heads"], head * config["num_key_value_heads"]
    if config["model_type"] == "qwen3":
        grouped(tensors, "model.embed_tokens.weight", config["vocab_size"], hidden, 0.25)
    else:
        dense(tensors, "model.embed_tokens.weight", [config["vocab_size"], hidden], lambda v: float32(float32(0.05) * v))
    norm(tensors, "model.norm.weight", hidden)
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        norm(tensors, prefix + "input_layernorm.weight", hidden)
        norm(tensors, prefix + "post_attention_layernorm.weight", hidden)
        for name, rows, columns in [("self_attn.q_proj", queries, hidden), ("self_attn.k_proj", keys, hidden), ("self_attn.v_proj", keys, hidden),
                                    ("self_attn.o_proj", hidden, queries), ("mlp.gate_proj", inner, hidden), ("mlp.up_proj", inner, hidden),
                                    ("mlp.down_proj", hidden, inner)]:
            linear(tensors, prefix + name, rows, columns, config)
        if config.get("weight_bits") == 1:
            norm(tensors, prefix + "self_attn.inner_attn_ln.weight", hidden)
            norm(tensors, prefix + "mlp.ffn_layernorm.weight", inner)
        if config["model_type"] == "qwen3":
            norm(tensors, prefix + "self_attn.q_norm.weight", head)
            norm(tensors, prefix + "self_attn.k_norm.weight", head)
        if config["model_type"] == "bitnet":
            norm(tensors, prefix + "self_attn.attn_sub_norm.weight", hidden)
            norm(tensors, prefix + "mlp.ffn_sub_norm.weight", inner)
    return tensors


def save(path, tensors):
    header, at = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values()))


for name, config in CONFIGS.items():
    folder = os.path.join(sys.argv[1], name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=1)
    save(os.path.join(folder, "model.safetensors"), tensors_of(config))
