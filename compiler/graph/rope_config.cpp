//===- rope_config.cpp - What config.json says of rotary embeddings -----------===//
#include "compiler/graph/rope_config.h"

#include "lib/base/text.h"

namespace tern {

/// As transformers 5 does (modeling_rope_utils.py, convert_rope_params_to_dict): rope_scaling, where it says anything,
/// stands for rope_parameters, and what neither says of theta stands in the configuration itself.
RopeConfig readRope(ConfigReader &config, int64_t maxPositions, double theta) {
  RopeConfig rope;
  rope.theta = config.number("rope_theta", 1, 1e12, theta);
  const Json *scaled = config.find("rope_scaling");
  config.find("rope_parameters"); // the other of the two says the same or is not looked at, as in transformers
  config.find("original_max_position_embeddings");
  const char *key = scaled && !scaled->empty() ? "rope_scaling" : "rope_parameters";
  const Json *value = config.find(key);
  if (!value)
    return rope;
  JsonFields scaling(*value, config.nameOf(key));
  rope.theta = scaling.number("rope_theta", 1, 1e12, rope.theta);
  rope.type = scaling.string("rope_type", scaling.string("type", std::string("default")));
  if (scaling.has("rope_type") && scaling.has("type") && scaling.string("type") != rope.type)
    scaling.fail("type and rope_type are different");
  if (rope.type != "default" && rope.type != "linear" && rope.type != "llama3")
    scaling.fail("the rope_type " + quote(rope.type) + " is not supported; supported: default, linear, llama3");
  if (scaling.number("partial_rotary_factor", 0, 1, 1) != 1)
    scaling.fail("the partial_rotary_factor must be 1: embeddings that turn a part of each head "
                 "are not supported");
  if (rope.type != "default")
    rope.factor = scaling.number("factor", 1, 1e6);
  if (rope.type == "llama3") {
    rope.lowFreqFactor = scaling.number("low_freq_factor", 1e-3, 1e6);
    rope.highFreqFactor = scaling.number("high_freq_factor", 1e-3, 1e6);
    const char *original = "original_max_position_embeddings";
    rope.originalMaxPosition = scaling.number(original, 1, double(1 << 24), double(maxPositions));
    // Beside the sizes it wins over the one in here (standardize_rope_params).
    rope.originalMaxPosition = config.number(original, 1, double(1 << 24), rope.originalMaxPosition);
    if (rope.highFreqFactor <= rope.lowFreqFactor)
      scaling.fail("high_freq_factor must be above low_freq_factor");
  }
  for (const std::string &key : scaling.unread())
    if (!value->at(key).is_null())
      scaling.fail("the field " + quote(key) + " is not known for rope_type " + quote(rope.type));
  config.keep(scaling.status());
  return rope;
}

} // namespace tern
