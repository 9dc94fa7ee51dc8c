//===- harmless_keys.cpp - Keys of config.json that change no arithmetic -----===//
#include "lib/checkpoint/harmless_keys.h"

#include "lib/base/text.h"

#include <algorithm>
#include <string_view>

namespace tern {
namespace {

/// Training, files, and what transformers' PretrainedConfig writes into every config.json.
constexpr std::string_view kHarmless[] = {
    "_name_or_path",
    "_attn_implementation_autoset",
    "add_cross_attention",
    "architectures", // compared with model_type
    "attention_dropout",
    "attn_pdrop",
    "auto_map",
    "chunk_size_feed_forward",
    "classifier_dropout",
    "cross_attention_hidden_size",
    "decoder_start_token_id",
    "dtype",
    "embd_pdrop",
    "finetuning_task",
    "hidden_dropout",
    "id2label",
    "initializer_range",
    "is_decoder",
    "is_encoder_decoder",
    "label2id",
    "max_window_layers", // of sliding windows, which are refused
    "output_attentions",
    "output_hidden_states",
    "pad_token_id",
    "prefix",
    "problem_type",
    "pruned_heads",
    "resid_pdrop",
    "return_dict",
    "sep_token_id",
    "task_specific_params",
    "tf_legacy_loss",
    "tokenizer_class",
    "torch_dtype", // tensors say it themselves
    "torchscript",
    "transformers_version",
    "unsloth_fixed",
    "unsloth_version",
    "use_bfloat16",
    "use_cache",
};

/// Keys that change nothing with this value, or with none.
const std::pair<std::string_view, Json> kOnly[] = {
    {"attention_multiplier", nullptr},
    {"attn_logit_softcapping", nullptr},
    {"clip_qkv", nullptr},
    {"embedding_multiplier", 1.0},
    {"final_logit_softcapping", nullptr},
    {"is_causal", true},
    {"layer_types", nullptr}, // full_attention everywhere is looked at below
    {"logit_scale", 1.0},
    {"logits_scaling", 1.0},
    {"num_local_experts", nullptr},
    {"partial_rotary_factor", 1.0},
    {"pretraining_tp", 1}, // more parts of a matrix add their products in another order
    {"qk_norm", false},
    {"residual_multiplier", 1.0},
    {"rope_interleaved", false},
    {"scale_embeddings", false},
    {"sliding_window", nullptr},
    {"use_qk_norm", false},
    {"use_sliding_window", false},
};

bool isHarmless(const std::string &key, const Json &value, const Json &config) {
  if (value.is_null() || std::ranges::find(kHarmless, key) != std::end(kHarmless))
    return true;
  if (key == "sliding_window" && config.value("use_sliding_window", Json(true)) == Json(false))
    return true;
  if (key == "layer_types")
    return value.is_array() && std::ranges::all_of(value, [](const Json &type) { return type == "full_attention"; });
  return std::ranges::any_of(kOnly, [&](const auto &only) { return key == only.first && value == only.second; });
}

} // namespace

void refuseUnknownKeys(JsonFields &fields, const Json &config) {
  for (const std::string &key : fields.unread())
    if (!isHarmless(key, config.at(key), config))
      return fields.fail("the field " + quote(key) + " is " + printable(jsonText(config.at(key))) +
                         ", which is not supported: it may change what the model computes");
}

} // namespace tern
