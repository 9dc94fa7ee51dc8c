"""Computes what a Qwen3 checkpoint should: references in the form that tern-eval reads, by plain loops in double precision.

    make_references.py FOLDER

reads FOLDER's config.json and model.safetensors as the floats that they are, without looking for trits or scales, and writes beside them

    reference.json, reference.safetensors   prompts with the logits of all positions and greedy tokens, and the mean loss of windows
    lockstep.safetensors                    what enters each decoder layer on one prompt, and what the layer alone makes of it

The graph is Qwen3's (2505.09388, section 2; transformers' modeling_qwen3.py): RMS norms, one of each query and key head too, rotary embedding of halves,
grouped-query attention, SwiGLU, a tied head.
"""
import array
import json
import math
import os
import struct
import sys
from operator import mul

PROMPTS, GREEDY, LOCKSTEP_PROMPT = [3, 20, 11], 16, 1
WINDOW, TOKENS = 32, 64


def load(path):
    """{name: (shape, numbers)}"""
    data = open(path, "rb").read()
    length, = struct.unpack_from("<Q", data)
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + at for at in entry["data_offsets"])
        if entry["dtype"] == "BF16":
            numbers = [struct.unpack("<f", b"\0\0" + data[at:at + 2])[0] for at in range(begin, end, 2)]
        else:
            size, letter = {"F16": (2, "e"), "F32": (4, "f")}[entry["dtype"]]
            numbers = list(struct.unpack(f"<{(end - begin) // size}{letter}", data[begin:end]))
        tensors[name] = (entry["shape"], numbers)
    return tensors


def save(path, tensors):
    """Rows of numbers, as float32."""
    header, at, parts = {}, 0, []
    for name, rows in tensors.items():
        part = array.array("f", (value for row in rows for value in row)).tobytes()
        header[name] = {"dtype": "F32", "shape": [len(rows), len(rows[0])], "data_offsets": [at, at + len(part)]}
        at += len(part)
        parts.append(part)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def dot(a, b):
    return sum(map(mul, a, b))


def rounded(row):
    return list(array.array("f", row))


class Model:
    def __init__(self, folder):
        self.config = json.load(open(os.path.join(folder, "config.json")))
        tensors = load(os.path.join(folder, "model.safetensors"))
        self.vectors = {name: numbers for name, (shape, numbers) in tensors.items() if len(shape) == 1}
        self.matrices = {name: [numbers[row * shape[1]:(row + 1) * shape[1]] for row in range(shape[0])]
                         for name, (shape, numbers) in tensors.items() if len(shape) == 2}
        self.layers, self.dim = self.config["num_hidden_layers"], self.config["head_dim"]
        self.shared = self.config["num_attention_heads"] // self.config["num_key_value_heads"]
        assert self.config["tie_word_embeddings"] and self.config["hidden_act"] == "silu"

    def linear(self, name, x):
        return [dot(row, x) for row in self.matrices[name + ".weight"]]

    def norm(self, name, x):
        factor = 1 / math.sqrt(dot(x, x) / len(x) + self.config["rms_norm_eps"])
        return [value * factor * weight for value, weight in zip(x, self.vectors[name + ".weight"])]

    def heads(self, x):
        return [x[first:first + self.dim] for first in range(0, len(x), self.dim)]

    def rotated(self, x, position):
        half, y = self.dim // 2, [0.0] * self.dim
        for i in range(half):
            angle = position * self.config["rope_theta"] ** (-2 * i / self.dim)
            cosine, sine = math.cos(angle), math.sin(angle)
            y[i] = x[i] * cosine - x[i + half] * sine
            y[i + half] = x[i + half] * cosine + x[i] * sine
        return y

    def layer(self, number, x, cache):
        """What a layer makes of the next row, whose keys and values join those of the rows before it."""
        prefix = f"model.layers.{number}."
        h = self.norm(prefix + "input_layernorm", x)
        position, attention = len(cache), prefix + "self_attn."
        query, key = ([self.rotated(self.norm(attention + which + "_norm", head), position)
                       for head in self.heads(self.linear(attention + which + "_proj", h))] for which in "qk")
        cache.append((key, self.heads(self.linear(attention + "v_proj", h))))
        mixed = []
        for j, head in enumerate(query):
            at = j // self.shared
            scores = [dot(head, keys[at]) * self.dim**-0.5 for keys, _ in cache]
            weights = [math.exp(score - max(scores)) for score in scores]
            total = sum(weights)
            mixed += [sum(weight * values[at][i] for weight, (_, values) in zip(weights, cache)) / total for i in range(self.dim)]
        x = [a + b for a, b in zip(x, self.linear(attention + "o_proj", mixed))]
        h = self.norm(prefix + "post_attention_layernorm", x)
        gate, up = self.linear(prefix + "mlp.gate_proj", h), self.linear(prefix + "mlp.up_proj", h)
        return [a + b for a, b in zip(x, self.linear(prefix + "mlp.down_proj", [g / (1 + math.exp(-g)) * u for g, u in zip(gate, up)]))]

    def start(self):
        return [[] for _ in range(self.layers)]

    def logits(self, token, caches, seen=None):
        """Of the token that follows those in the caches; `seen` receives what entered each layer."""
        x = self.matrices["model.embed_tokens.weight"][token]
        for number in range(self.layers):
            if seen is not None:
                seen[number].append(rounded(x))
            x = self.layer(number, x, caches[number])
        x = self.norm("model.norm", x)
        return [dot(row, x) for row in self.matrices["model.embed_tokens.weight"]]


def main(folder):
    model = Model(folder)
    vocabulary, state, tensors, prompts, lockstep = model.config["vocab_size"], 1, {}, [], {}

    def token():
        nonlocal state
        state = state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        return (state >> 33) % vocabulary

    for number, length in enumerate(PROMPTS):
        ids, caches, seen = [token() for _ in range(length)], model.start(), model.start()
        rows = [model.logits(each, caches, seen) for each in ids]
        tensors[f"logits_{number}"] = rows
        logits, greedy, margins = rows[-1], [], []
        for _ in range(GREEDY):
            second, first = sorted(logits)[-2:]
            greedy.append(logits.index(first))
            margins.append(first - second)
            logits = model.logits(greedy[-1], caches)
        prompts.append({"ids": ids, "greedy": greedy, "greedy_margin": margins})
        if number == LOCKSTEP_PROMPT:
            for layer, inputs in enumerate(seen):
                cache = []
                lockstep[f"prompt_{number}.layer_{layer}.input"] = inputs
                lockstep[f"prompt_{number}.layer_{layer}.output"] = [model.layer(layer, x, cache) for x in inputs]
    ids, loss = [token() for _ in range(TOKENS + 1)], 0.0
    for start in range(0, TOKENS, WINDOW):
        caches = model.start()
        for at in range(start, start + WINDOW):
            logits = model.logits(ids[at], caches)
            most = max(logits)
            loss += most + math.log(sum(math.exp(each - most) for each in logits)) - logits[ids[at + 1]]
    perplexity = {"window": WINDOW, "tokens": TOKENS, "ids": ids, "nll_mean": loss / TOKENS, "ppl": math.exp(loss / TOKENS)}
    save(os.path.join(folder, "reference.safetensors"), tensors)
    save(os.path.join(folder, "lockstep.safetensors"), lockstep)
    with open(os.path.join(folder, "reference.json"), "w") as file:
        json.dump({"prompts": prompts, "oracle": "test/checkpoints/make_references.py, float64", "perplexity": perplexity}, file)


if __name__ == "__main__":
    main(sys.argv[1])
