#!/usr/bin/env python3
"""Makes the checkpoints of this folder and what transformers computes from them.

    make_references.py OUT        needs torch, transformers (here 5.17, float32 on the CPU) and safetensors

Random weights with shapes that no trained checkpoint has: head counts that are no power of two, rows and columns that are no multiple of a tile, an output
head of its own, rope_parameters, head_dim, biases.
"""
import json
import math
import os
import sys

import torch
import transformers
from safetensors.torch import save_file

BF16 = torch.bfloat16
COMMON = dict(attention_bias=False, attention_dropout=0.0, bos_token_id=0, eos_token_id=4, initializer_range=0.02, max_position_embeddings=512,
              use_cache=True, torch_dtype="bfloat16")
BITNET = dict(COMMON, model_type="bitnet", architectures=["BitNetForCausalLM"], hidden_act="relu2")
LLAMA = dict(COMMON, model_type="llama", architectures=["LlamaForCausalLM"], hidden_act="silu")


def quantization(linear_class=None, mode=None):
    config = {"quant_method": "bitnet", "modules_to_not_convert": None}
    if linear_class:
        config["linear_class"] = linear_class
    if mode:
        config["quantization_mode"] = mode
    return config


MODELS = {
    "packed-odd": dict(BITNET, hidden_size=200, intermediate_size=588, num_hidden_layers=3, num_attention_heads=10, num_key_value_heads=5,
                       rms_norm_eps=1e-6, tie_word_embeddings=False, vocab_size=777,
                       rope_parameters={"rope_type": "default", "rope_theta": 70000.0},
                       quantization_config=quantization("autobitlinear", "offline")),
    "llama-headdim": dict(LLAMA, hidden_size=128, intermediate_size=344, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=48,
                          rms_norm_eps=1e-6, tie_word_embeddings=True, vocab_size=640, rope_theta=250000.0,
                          quantization_config=quantization("bitlinear", "offline")),
    "llama-auto": dict(LLAMA, hidden_size=144, intermediate_size=400, num_hidden_layers=2, num_attention_heads=6, num_key_value_heads=2,
                       rms_norm_eps=1e-5, tie_word_embeddings=True, vocab_size=900, rope_theta=10000.0,
                       quantization_config=quantization("autobitlinear", "offline")),
    "llama-bias": dict(LLAMA, attention_bias=True, hidden_size=128, intermediate_size=300, num_hidden_layers=2, num_attention_heads=4,
                       num_key_value_heads=4, rms_norm_eps=1e-5, tie_word_embeddings=True, vocab_size=512, rope_theta=10000.0,
                       quantization_config=quantization()),
}


def pack(trits):
    """Four rows to a byte, as transformers' pack_weights does: row i of the quarters in bits 2i and 2i + 1."""
    rows = trits.shape[0] // 4
    packed = torch.zeros(rows, trits.shape[1], dtype=torch.uint8)
    for i in range(4):
        packed |= (trits[i * rows:(i + 1) * rows] + 1).to(torch.uint8) << (2 * i)
    return packed


def random_weights(config):
    weights = {}
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    head_dim = config.get("head_dim", hidden // config["num_attention_heads"])
    query, key = config["num_attention_heads"] * head_dim, config["num_key_value_heads"] * head_dim
    multiplies = config["quantization_config"].get("linear_class") == "autobitlinear"

    def linear(name, rows, columns, bias=False):
        matrix = torch.randn(rows, columns) * 0.03
        scale = matrix.abs().mean()
        weights[name + ".weight"] = pack((matrix / scale).round().clamp(-1, 1).to(torch.int8))
        weights[name + ".weight_scale"] = torch.tensor([scale if multiplies else 1 / scale], dtype=BF16)
        if bias:
            weights[name + ".bias"] = (torch.randn(rows) * 0.1).to(BF16)

    def norm(name, size):
        weights[name + ".weight"] = (1 + 0.1 * torch.randn(size)).to(BF16)

    weights["model.embed_tokens.weight"] = torch.randn(config["vocab_size"], hidden).to(BF16)
    if not config["tie_word_embeddings"]:
        weights["lm_head.weight"] = (torch.randn(config["vocab_size"], hidden) * 0.05).to(BF16)
    for layer in range(config["num_hidden_layers"]):
        prefix, bias = f"model.layers.{layer}.", config["attention_bias"]
        for name, rows, columns in [("q", query, hidden), ("k", key, hidden), ("v", key, hidden), ("o", hidden, query)]:
            linear(f"{prefix}self_attn.{name}_proj", rows, columns, bias)
        for name, rows, columns in [("gate", inner, hidden), ("up", inner, hidden), ("down", hidden, inner)]:
            linear(f"{prefix}mlp.{name}_proj", rows, columns)
        norm(prefix + "input_layernorm", hidden)
        norm(prefix + "post_attention_layernorm", hidden)
        if config["model_type"] == "bitnet":
            norm(prefix + "self_attn.attn_sub_norm", hidden)
            norm(prefix + "mlp.ffn_sub_norm", inner)
    norm("model.norm", hidden)
    return weights


@torch.no_grad()
def references(model, vocabulary):
    """reference.json and the logits of every prompt position, in the form that tern-eval reads."""
    random = torch.Generator().manual_seed(1)
    prompts, logits = [], {}
    for number, length in enumerate([3, 20, 11]):
        ids = torch.randint(0, vocabulary, (1, length), generator=random)
        logits[f"logits_{number}"] = model(ids).logits[0].float().contiguous()
        text, greedy, margins = ids, [], []
        for _ in range(24):
            top = model(text).logits[0, -1].float().topk(2)
            greedy.append(int(top.indices[0]))
            margins.append(float(top.values[0] - top.values[1]))
            text = torch.cat([text, top.indices[:1][None]], 1)
        prompts.append({"ids": ids[0].tolist(), "greedy": greedy, "greedy_margin": margins})
    window, tokens, nll = 256, 1024, 0.0
    ids = torch.randint(0, vocabulary, (tokens + 1,), generator=random)
    for start in range(0, tokens, window):
        scores = model(ids[None, start:start + window]).logits[0].double()
        nll += float(torch.nn.functional.cross_entropy(scores, ids[start + 1:start + window + 1], reduction="sum")) / tokens
    perplexity = {"window": window, "tokens": tokens, "ids": ids.tolist(), "nll_mean": nll, "ppl": math.exp(nll)}
    return {"prompts": prompts, "oracle": "transformers " + transformers.__version__, "perplexity": perplexity}, logits


def main(out):
    torch.manual_seed(0)
    for name, config in MODELS.items():
        folder = os.path.join(out, name)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(config, file, indent=1)
        save_file(random_weights(config), os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        reference, logits = references(model, config["vocab_size"])
        with open(os.path.join(folder, "reference.json"), "w") as file:
            json.dump(reference, file)
        save_file(logits, os.path.join(folder, "reference.safetensors"))


if __name__ == "__main__":
    main(sys.argv[1])
