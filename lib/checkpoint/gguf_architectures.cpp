//===- gguf_architectures.cpp - What GGUF's architectures are in the hub's format --===//
#include "lib/checkpoint/gguf_architectures.h"

#include <algorithm>

namespace tern {
namespace {

/// Those whose model type a family reads.
constexpr GgufArchitecture kArchitectures[] = {
    {"llama", "llama", "LlamaForCausalLM", "silu", "", "", /*interleaved=*/true, /*codesOfActivations=*/false},
    {"qwen3", "qwen3", "Qwen3ForCausalLM", "silu", "", "", false, false},
    {"bitnet", "llama", "BitnetForCausalLM", "silu", "inner_attn_ln", "ffn_layernorm", false, true},
    {"bitnet-25", "bitnet", "BitNetForCausalLM", "relu2", "attn_sub_norm", "ffn_sub_norm", false, true},
    {"bitnet-b1.58", "bitnet", "BitNetForCausalLM", "relu2", "attn_sub_norm", "ffn_sub_norm", false, true},
};

struct NamePair {
  std::string_view gguf, hub;
};
/// Of the whole model, with their suffix.
constexpr NamePair kOfModel[] = {
    {"token_embd.weight", "model.embed_tokens.weight"},
    {"output_norm.weight", "model.norm.weight"},
    {"output.weight", "lm_head.weight"},
};
/// Between "blk.N." and the suffix; between "model.layers.N." and the suffix.
constexpr NamePair kOfLayer[] = {
    {"attn_norm", "input_layernorm"},    {"attn_q", "self_attn.q_proj"},      {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},      {"attn_output", "self_attn.o_proj"}, {"ffn_norm", "post_attention_layernorm"},
    {"attn_q_norm", "self_attn.q_norm"}, {"attn_k_norm", "self_attn.k_norm"}, {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},           {"ffn_down", "mlp.down_proj"},
};

} // namespace

const GgufArchitecture *findGgufArchitecture(std::string_view name) {
  auto found = std::ranges::find(kArchitectures, name, &GgufArchitecture::name);
  return found == std::end(kArchitectures) ? nullptr : found;
}

std::string ggufArchitectureNames() {
  std::string names;
  for (const GgufArchitecture &architecture : kArchitectures)
    names += (names.empty() ? "" : ", ") + std::string(architecture.name);
  return names;
}

std::optional<std::string> hubTensorName(const GgufArchitecture &architecture, std::string_view name) {
  for (const NamePair &pair : kOfModel)
    if (name == pair.gguf)
      return std::string(pair.hub);
  constexpr std::string_view kLayer = "blk.";
  if (!name.starts_with(kLayer))
    return std::nullopt;
  name.remove_prefix(kLayer.size());
  size_t dot = name.find('.'), last = name.rfind('.');
  std::string_view number = name.substr(0, std::min(dot, name.size()));
  bool isNumber = !number.empty() && number.find_first_not_of("0123456789") == number.npos &&
                  (number == "0" || number.front() != '0');
  if (!isNumber || last == dot || last == name.npos)
    return std::nullopt;
  std::string_view middle = name.substr(dot + 1, last - dot - 1), suffix = name.substr(last);
  if (suffix != ".weight" && suffix != ".bias")
    return std::nullopt;
  std::string layer = "model.layers." + std::string(number) + ".";
  if (middle == "attn_sub_norm" && !architecture.attentionNorm.empty())
    return layer + "self_attn." + std::string(architecture.attentionNorm) + std::string(suffix);
  if (middle == "ffn_sub_norm" && !architecture.feedForwardNorm.empty())
    return layer + "mlp." + std::string(architecture.feedForwardNorm) + std::string(suffix);
  for (const NamePair &pair : kOfLayer)
    if (middle == pair.gguf)
      return layer + std::string(pair.hub) + std::string(suffix);
  return std::nullopt;
}

} // namespace tern
