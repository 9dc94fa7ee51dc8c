//===- random_model_forward.cpp - A plain forward pass ------------------------===//
#include "lib/trit/reference.h"
#include "test/conformance/random_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tern::test {

using nlohmann::json;

RandomModel::Vector RandomModel::norm(const Vector &x, const std::string &weight, double eps) const {
  double squares = 0;
  for (double value : x)
    squares += value * value;
  Vector y;
  for (size_t i = 0; i < x.size(); ++i)
    y.push_back(x[i] / std::sqrt(squares / double(x.size()) + eps) * values(weight)[i]);
  return y;
}

/// scale(W) * (W q(x)) of transformers' BitLinear, or AutoBitLinear, whose online weights are
/// quantised by absmean.
RandomModel::Vector RandomModel::ternaryProduct(const Vector &x, const std::string &module) const {
  std::vector<float> input(x.begin(), x.end());
  std::vector<int8_t> codes(x.size());
  int32_t codeSum = 0;
  double step = referenceQuantize(input, codes, codeSum);

  std::vector<float> weights = values(module + ".weight");
  double weightScale;
  if (!isPacked()) {
    double sum = 0;
    for (float weight : weights)
      sum += std::fabs(double(weight));
    float mean = std::max(float(sum / double(weights.size())), 1e-5f);
    for (float &weight : weights)
      weight = std::clamp(std::nearbyint(weight * (1.0f / mean)), -1.0f, 1.0f);
    weightScale = mean;
  } else {
    weightScale = values(module + ".weight_scale")[0];
    if (!isMultiplied())
      weightScale = 1 / weightScale;
  }
  Vector y(weights.size() / x.size());
  for (size_t row = 0; row < y.size(); ++row) {
    int64_t sum = 0;
    for (size_t i = 0; i < x.size(); ++i)
      sum += int64_t(weights[row * x.size() + i]) * codes[i];
    y[row] = double(sum) / step * weightScale;
  }
  return y;
}

RandomModel::Vector RandomModel::denseProduct(const Vector &x, const std::vector<float> &weights) {
  Vector y(weights.size() / x.size());
  for (size_t i = 0; i < weights.size(); ++i)
    y[i / x.size()] += weights[i] * x[i % x.size()];
  return y;
}

RandomModel::Vector RandomModel::linear(const Vector &x, const std::string &module) const {
  Vector y;
  if (isConverted(module)) {
    Vector input = x;
    if (flag(quantization(), "use_rms_norm"))
      input = norm(x, module + ".rms_norm.weight", quantization().value("rms_norm_eps", 1e-6));
    y = ternaryProduct(input, module);
  } else {
    y = denseProduct(x, values(module + ".weight"));
  }
  // AutoBitLinear adds the bias before it multiplies by the scale of packed weights, BitLinear after it has divided.
  double factor = isConverted(module) && isPacked() && isMultiplied() ? values(module + ".weight_scale")[0] : 1;
  if (auto bias = tensors.find(module + ".bias"); bias != tensors.end())
    for (size_t i = 0; i < y.size(); ++i)
      y[i] += factor * bias->second.values[i];
  return y;
}

/// transformers' rotate_half with the frequencies of its rope_type; angles are float32 there.
void RandomModel::rotate(Vector &heads, int64_t position) const {
  size_t size = size_t(headDim()), half = size / 2;
  // transformers 5 has both in rope_parameters.
  const json &config = recipe.config;
  json scaling = config.value("rope_parameters", config.value("rope_scaling", json::object()));
  double theta = scaling.value("rope_theta", config.value("rope_theta", 10000.0));
  std::string type = scaling.value("rope_type", "default");
  for (size_t i = 0; i < half; ++i) {
    double frequency = std::pow(theta, -2.0 * double(i) / double(size));
    if (type == "linear")
      frequency /= double(scaling.at("factor"));
    if (type == "llama3") {
      double low = scaling.at("low_freq_factor"), high = scaling.at("high_freq_factor");
      double turns = double(scaling.at("original_max_position_embeddings")) * frequency / (2 * std::numbers::pi);
      double keep = std::clamp((turns - low) / (high - low), 0.0, 1.0);
      frequency *= keep + (1 - keep) / double(scaling.at("factor"));
    }
    double angle = float(frequency) * float(position);
    for (size_t first = 0; first < heads.size(); first += size) {
      double a = heads[first + i], b = heads[first + half + i];
      heads[first + i] = a * std::cos(angle) - b * std::sin(angle);
      heads[first + half + i] = b * std::cos(angle) + a * std::sin(angle);
    }
  }
}

RandomModel::Vector RandomModel::stored(const Vector &heads, Cache cache) const {
  Vector result = heads;
  size_t size = size_t(headDim());
  for (size_t first = 0; first < heads.size(); first += size) {
    float most = 0;
    for (size_t i = 0; i < size; ++i)
      most = std::max(most, std::fabs(float(heads[first + i])));
    float scale = most / 127;
    for (size_t i = first; i < first + size; ++i) {
      if (cache == Cache::Float16)
        result[i] = double(_Float16(float(heads[i])));
      if (cache == Cache::Codes)
        result[i] = scale > 0 ? std::nearbyint(heads[i] / scale) * scale : 0;
    }
  }
  return result;
}

RandomModel::Vector RandomModel::attend(const Vector &query, const std::vector<Vector> &keys,
                                        const std::vector<Vector> &values) const {
  size_t size = size_t(headDim()), group = query.size() / keys[0].size();
  Vector out(query.size());
  for (size_t head = 0; head < query.size() / size; ++head) {
    size_t at = head * size, shared = head / group * size;
    Vector weights;
    for (const Vector &key : keys) {
      double score = 0;
      for (size_t i = 0; i < size; ++i)
        score += query[at + i] * key[shared + i];
      weights.push_back(score / std::sqrt(double(size)));
    }
    double top = *std::ranges::max_element(weights), sum = 0;
    for (double &weight : weights)
      sum += weight = std::exp(weight - top);
    for (size_t p = 0; p < weights.size(); ++p)
      for (size_t i = 0; i < size; ++i)
        out[at + i] += weights[p] / sum * values[p][shared + i];
  }
  return out;
}

RandomModel::Vector RandomModel::feedForward(const Vector &x, const std::string &layer) const {
  double eps = recipe.config.at("rms_norm_eps");
  Vector h = norm(x, layer + "post_attention_layernorm.weight", eps);
  Vector gate = linear(h, layer + "mlp.gate_proj"), y = linear(h, layer + "mlp.up_proj");
  for (size_t i = 0; i < y.size(); ++i)
    y[i] *= isBitnet() ? std::pow(std::max(gate[i], 0.0), 2) : gate[i] / (1 + std::exp(-gate[i]));
  if (isBitnet())
    y = norm(y, layer + "mlp.ffn_sub_norm.weight", eps);
  return linear(y, layer + "mlp.down_proj");
}

std::vector<std::vector<double>> RandomModel::logits(std::span<const int32_t> ids, Cache cache) const {
  double eps = recipe.config.at("rms_norm_eps");
  size_t hidden = size_t(number("hidden_size")), layers = size_t(number("num_hidden_layers"));
  const std::vector<float> &embedding = values("model.embed_tokens.weight");
  std::vector<std::vector<Vector>> keys(layers), cached(layers);
  std::vector<Vector> result;
  for (size_t position = 0; position < ids.size(); ++position) {
    auto row = embedding.begin() + int64_t(size_t(ids[position]) * hidden);
    Vector x(row, row + int64_t(hidden));
    auto addTo = [&](const Vector &y) {
      for (size_t i = 0; i < hidden; ++i)
        x[i] += y[i];
    };
    for (size_t i = 0; i < layers; ++i) {
      std::string layer = "model.layers." + std::to_string(i) + ".";
      Vector h = norm(x, layer + "input_layernorm.weight", eps);
      Vector query = linear(h, layer + "self_attn.q_proj");
      Vector key = linear(h, layer + "self_attn.k_proj");
      rotate(query, int64_t(position));
      rotate(key, int64_t(position));
      keys[i].push_back(stored(key, cache));
      cached[i].push_back(stored(linear(h, layer + "self_attn.v_proj"), cache));
      Vector attention = attend(query, keys[i], cached[i]);
      if (isBitnet())
        attention = norm(attention, layer + "self_attn.attn_sub_norm.weight", eps);
      addTo(linear(attention, layer + "self_attn.o_proj"));
      addTo(feedForward(x, layer));
    }
    Vector h = norm(x, "model.norm.weight", eps);
    bool tied = !tensors.contains("lm_head.weight");
    result.push_back(tied ? denseProduct(h, embedding) : linear(h, "lm_head"));
  }
  return result;
}

} // namespace tern::test
