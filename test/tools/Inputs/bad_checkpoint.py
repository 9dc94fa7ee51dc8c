"""Damaged checkpoints for ternc. Usage: bad_checkpoint.py CHECKPOINT SCRATCH"""
import copy
import json
import os
import shutil
import struct
import sys

import safetensors_file as st
from expect import Expectations

good, scratch = sys.argv[1:3]
expect = Expectations()
config = json.load(open(good + "/config.json"))
tensors = st.load(good + "/model.safetensors")
folder, out = scratch + "/model", scratch + "/out"
os.makedirs(out, exist_ok=True)
Q, SCALE = "model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.q_proj.weight_scale"
NORM, EMBED = "model.layers.0.input_layernorm.weight", "model.embed_tokens.weight"


def fresh():
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(good, folder)


def refused(name, pattern, emit="graph"):
    """Most damage is found on opening or importing; what lies in the data, when it is packed."""
    command = ["ternc", folder, "--quiet", "--target-cpu=x86-64", "--emit=" + emit, "-o", out + "/model"]
    expect.fails(name, command, pattern, folder=out)


def with_file(name, file, content, pattern, emit="graph"):
    fresh()
    path = os.path.join(folder, file)
    if content is None:
        os.remove(path)
    else:
        open(path, "wb").write(content if isinstance(content, bytes) else content.encode())
    refused(name, pattern, emit)


def with_tensors(name, change, pattern, emit="graph"):
    fresh()
    changed = dict(tensors)
    change(changed)
    st.save(folder + "/model.safetensors", changed)
    refused(name, pattern, emit)


def with_header(name, change, pattern):
    fresh()
    header = st.header_of(tensors)
    header = change(header) or header
    st.save(folder + "/model.safetensors", tensors, header)
    refused(name, pattern)


def with_config(name, change, pattern):
    fresh()
    changed = copy.deepcopy(config)
    change(changed)
    json.dump(changed, open(folder + "/config.json", "w"))
    refused(name, pattern)


# The file.
whole = open(good + "/model.safetensors", "rb").read()
with_file("no safetensors", "model.safetensors", None, r"model/model\.safetensors: cannot open: No such file")
with_file("empty safetensors", "model.safetensors", b"", r"model\.safetensors: is truncated")
with_file("five bytes", "model.safetensors", whole[:5], r"model\.safetensors: is truncated: 5 bytes")
with_file("truncated header", "model.safetensors", whole[:100], r"model\.safetensors: has a header of \d+ bytes, longer than the file")
with_file("truncated data", "model.safetensors", whole[:-100], r"model\.safetensors: tensor .*outside the \d+ data bytes of the file; it may be truncated")
with_file("bytes behind the data", "model.safetensors", whole + b"tail", r"has 4 bytes after its last tensor")
with_file("header longer than the file", "model.safetensors", struct.pack("<Q", 1 << 62) + whole[8:], r"has a header of 4611686018427387904 bytes, longer than the file")
with_file("header of no JSON", "model.safetensors", struct.pack("<Q", 8) + b"{\"a\": ][" + whole, r"model\.safetensors: is no valid JSON at byte")
with_file("deep header", "model.safetensors", struct.pack("<Q", 100000) + b"[" * 100000, r"nests deeper than 64 levels")
with_file("a list as header", "model.safetensors", struct.pack("<Q", 2) + b"[]", r"header that is no JSON object")
with_file("no config", "config.json", None, r"model/config\.json: cannot open")
with_file("broken config", "config.json", "{\"model_type\": ", r"model/config\.json: is no valid JSON")
with_file("config in Latin-1", "config.json", b"{\"model_type\": \"\xe9\"}", r"config\.json: is no valid JSON")
with_file("broken tokenizer", "tokenizer.json", "{", r"model/tokenizer\.json: is no valid JSON")
tokenizer = json.load(open(good + "/tokenizer.json"))

def with_tokenizer(name, change, pattern):
    changed = copy.deepcopy(tokenizer)
    change(changed)
    with_file(name, "tokenizer.json", json.dumps(changed), r"model/tokenizer\.json: " + pattern + r".*; --no-tokenizer compiles without it", "model")

with_tokenizer("tokenizer without a model", lambda t: t.pop("model"), "has no field \"model\"")
with_tokenizer("tokenizer of another kind", lambda t: t["model"].update(type="WordPiece"), r"model: the type \"WordPiece\" is not supported; Tern reads BPE")
with_tokenizer("tokenizer with byte fallback", lambda t: t["model"].update(byte_fallback=True), r"model: \"byte_fallback\" is not supported: Tern reads byte-level BPE")
with_tokenizer("merge of tokens that are not there", lambda t: t["model"].update(merges=["a bc"]), r"model: merge 0 needs the token \"bc\"")
with_tokenizer("pattern that does not compile", lambda t: t.update(pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated", "invert": False}, t["pre_tokenizer"]]}), r"pre_tokenizer: the regular expression")
# The header.
def offsets(header, name, begin, end):
    header[name]["data_offsets"] = [begin, end]

with_header("overlap", lambda h: offsets(h, NORM, *[o - 2 for o in h[NORM]["data_offsets"]]), r"overlaps the tensor before it")
with_header("out of range", lambda h: offsets(h, NORM, 1 << 40, (1 << 40) + 64), r"tensor .*input_layernorm.*outside the")
with_header("backwards", lambda h: offsets(h, NORM, 64, 0), r"input_layernorm.*data_offsets \[64, 0\] outside")
with_header("negative offset", lambda h: offsets(h, NORM, -64, 0), r"input_layernorm.*no data_offsets of two numbers")
with_header("size that overflows", lambda h: h[NORM].update(shape=[1 << 62, 1 << 62]), r"input_layernorm.*negative or too large")
with_header("negative dimension", lambda h: h[NORM].update(shape=[-1]), r"input_layernorm.*negative or too large")
with_header("unknown dtype", lambda h: h[NORM].update(dtype="F4"), r"input_layernorm.*unknown dtype \"F4\"")
with_header("bytes that do not match", lambda h: h[NORM].update(shape=[7]), r"input_layernorm.*bytes, but its dtype and shape need")
with_header("hole", lambda h: {k: v for k, v in h.items() if k != NORM}, r"leaves a hole of \d+ bytes")
with_header("same name twice", lambda h: json.dumps(h).replace(NORM, EMBED).encode(), r"repeats the key \"model.embed_tokens.weight\"")

# The tensors.
def retype(name, dtype, size):
    def change(t):
        shape = t[name][1]
        count = 1
        for dim in shape:
            count *= dim
        t[name] = (dtype, shape, bytes(count * size))
    return change

def reshape(name, shape):
    def change(t):
        t[name] = (t[name][0], shape, t[name][2])
    return change

def bytes_at(name, at, data):
    def change(t):
        dtype, shape, old = t[name]
        t[name] = (dtype, shape, old[:at] + data + old[at + len(data) :])
    return change

with_tensors("missing tensor", lambda t: t.pop(Q), r"has no tensor model\.layers\.0\.self_attn\.q_proj\.weight")
with_tensors("missing scale", lambda t: t.pop(SCALE), r"has no tensor model\.layers\.0\.self_attn\.q_proj\.weight_scale")
with_tensors("missing norm", lambda t: t.pop(NORM), r"has no tensor model\.layers\.0\.input_layernorm\.weight")
with_tensors("float weights in the shape of packed ones", retype(Q, "F32", 4), r"q_proj\.weight: has shape 8x32, but config\.json asks for 32x32")
with_tensors("float weights that are no trits", lambda t: t.update({Q: ("F32", [32, 32], struct.pack("<1024f", *[1, -1, 0, 0.25] * 256))}), r"model\.safetensors: tensor .*q_proj\.weight: weight \[0, 3\] is 0\.25, but floats with a weight_scale must be -1, 0 or 1", "model")
with_tensors("integer norm", retype(NORM, "I32", 4), r"input_layernorm\.weight: has dtype I32")
with_tensors("integer scale", retype(SCALE, "U16", 2), r"q_proj\.weight_scale: has dtype U16")
with_tensors("float8 embedding", retype(EMBED, "F8_E4M3", 1), r"embed_tokens\.weight: has dtype F8_E4M3")
with_tensors("transposed weights", lambda t: reshape(Q, t[Q][1][::-1])(t), r"q_proj\.weight: has shape \d+x\d+, but config\.json asks for")
with_tensors("flat weights", lambda t: reshape(Q, [len(t[Q][2])])(t), r"q_proj\.weight: has shape \d+, but config\.json asks for")
with_tensors("norm of another width", lambda t: t.update({NORM: ("BF16", [31], bytes(62))}), r"input_layernorm\.weight: has shape 31, but config\.json asks for 32")
with_tensors("a scale for each row", lambda t: t.update({SCALE: ("BF16", [32], b"\x80\x3f" * 32)}), r"q_proj\.weight_scale: has 32 numbers, but one scale")
with_tensors("packed code 3", bytes_at(Q, 5, b"\x55\xd5"), r"model\.safetensors: tensor .*q_proj\.weight: has the packed code 3 for weight \[24, 6\]", "model")
with_tensors("NaN scale", bytes_at(SCALE, 0, b"\xc0\x7f"), r"q_proj\.weight_scale: is nan; a scale must be finite", "model")
with_tensors("infinite scale", bytes_at(SCALE, 0, b"\x80\x7f"), r"q_proj\.weight_scale: is inf", "model")
with_tensors("scale of zero", bytes_at(SCALE, 0, b"\x00\x00"), r"q_proj\.weight_scale: is 0", "model")
with_tensors("NaN in a norm", bytes_at(NORM, 2, b"\xc0\x7f"), r"input_layernorm\.weight: .*NaN", "model")

# The config.
def field(name, value):
    return lambda c: c.update({name: value})

def quantization(name, value):
    return lambda c: c["quantization_config"].update({name: value})

with_config("unknown architecture", field("model_type", "mamba"), r"config\.json: the field \"model_type\" is \"mamba\"; supported: bitnet, llama")
with_config("no architecture", lambda c: c.pop("model_type"), r"config\.json: the field \"model_type\" must be a string")
with_config("unknown activation", field("hidden_act", "gelu"), r"\"hidden_act\" is \"gelu\"; supported: relu2, silu")
with_config("no quantization", lambda c: c.pop("quantization_config"), r"config\.json: has no quantization_config")
with_config("another quantization", quantization("quant_method", "gptq"), r"quant_method \"gptq\" is not supported; supported: bitnet")
with_config("another linear class", quantization("linear_class", "foo"), r"\"linear_class\" is \"foo\"; supported: bitlinear, autobitlinear")
with_config("another mode", quantization("quantization_mode", "never"), r"\"quantization_mode\" is \"never\"; supported: offline, online")
with_config("no size", lambda c: c.pop("hidden_size"), r"config\.json: has no field \"hidden_size\"")
with_config("huge size", field("intermediate_size", 1 << 40), r"\"intermediate_size\" must be an integer from 1 to")
with_config("a size in quotes", field("hidden_size", "32"), r"\"hidden_size\" must be an integer")
with_config("heads that do not divide", field("num_key_value_heads", 3), r"num_attention_heads \(4\) must be a multiple of num_key_value_heads \(3\)")
with_config("unknown rope", field("rope_scaling", {"rope_type": "yarn", "factor": 2}), r"rope_scaling: the rope_type \"yarn\" is not supported")
with_config("partial rope", field("rope_parameters", {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}), r"partial_rotary_factor must be 1")
with_config("eos of no token", field("eos_token_id", 4.5), r"\"eos_token_id\" must be a token id")
with_config("more layers than tensors", field("num_hidden_layers", 2), r"has no tensor model\.layers\.1\.")
with_config("vocabulary of another size", field("vocab_size", 65), r"embed_tokens\.weight: has shape 64x32, but config\.json asks for 65x32")

# Shards.
index = {"weight_map": {name: "a.safetensors" if i % 2 else "b.safetensors" for i, name in enumerate(tensors)}}

def with_shards(name, change, pattern):
    fresh()
    os.remove(folder + "/model.safetensors")
    for shard in ("a.safetensors", "b.safetensors"):
        st.save(f"{folder}/{shard}", {k: v for k, v in tensors.items() if index["weight_map"][k] == shard})
    changed = copy.deepcopy(index)
    change(changed)
    json.dump(changed, open(folder + "/model.safetensors.index.json", "w"))
    refused(name, pattern)

with_shards("index without a map", lambda i: i.pop("weight_map"), r"index\.json: has no weight_map")
with_shards("missing shard", lambda i: i["weight_map"].update({NORM: "c.safetensors"}), r"c\.safetensors: cannot open")
with_shards("shard outside the folder", lambda i: i["weight_map"].update({NORM: "../../etc/passwd"}), r"no file name in this folder")
with_shards("tensor in the wrong shard", lambda i: i["weight_map"].update({NORM: "a.safetensors" if index["weight_map"][NORM][0] == "b" else "b.safetensors"}), r"places tensor .*input_layernorm.* which does not hold it")

# What was asked for.
fresh()
def asked(name, options, pattern, status=1):
    expect.fails(name, ["ternc", folder, "--quiet", "-o", out + "/model"] + options, pattern, status, folder=out)

asked("unknown CPU", ["--target-cpu=znver44"], r"unknown target CPU 'znver44'; near names: .*znver4")
asked("nonsense CPU", ["--target-cpu="], r"CPU")
asked("unknown triple", ["--target-triple=toaster-linux-gnu"], r"toaster")
asked("a CPU of another architecture", ["--target-cpu=znver4", "--target-triple=aarch64-linux-gnu"], r"unknown target CPU 'znver4'")
asked("more context than the model has", ["--context=65", "--emit=graph"], r"config\.json: the model has 64 positions, fewer than the context of 65")
asked("no such kernel", ["--kernel=warp", "--emit=ternary"], r"there is no kernel family 'warp'; there are: .*dot2")
asked("no such phase", ["--emit=soup"], r"no phase 'soup'; there are: graph, .*see ternc --help", 2)
asked("no number", ["--context=many"], r"--context: \"many\" is no whole number", 2)
asked("unknown option", ["--fast"], r"--fast.*see ternc --help", 2)
expect.fails("two checkpoints", ["ternc", folder, folder], r"see ternc --help", 2)
expect.fails("no checkpoint", ["ternc"], r"no checkpoint given; see ternc --help", 2)
expect.fails("a file as checkpoint", ["ternc", "--quiet", folder + "/config.json"], r"config\.json: is no folder", folder=folder)
expect.finish(at_least=70)
