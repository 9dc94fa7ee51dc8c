//===- random_model.cpp - Random tensors of a checkpoint ----------------------===//
#include "test/conformance/random_model.h"

#include "lib/base/bfloat16.h"
#include "lib/base/half.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <numeric>

namespace tern::test {

using nlohmann::json;

namespace {

/// binary16, for values in its normal range.
uint16_t floatToHalf(float value) {
  uint16_t best = 0;
  for (uint32_t bits = 0, low = 0, high = 0x7bff; low <= high;) {
    bits = (low + high) / 2; // halves of one sign are in the order of their bits
    if (halfToFloat(uint16_t(bits)) <= std::fabs(value)) {
      best = uint16_t(bits);
      low = bits + 1;
    } else if (bits == 0) {
      break;
    } else {
      high = bits - 1;
    }
  }
  return uint16_t(best | (value < 0 ? 0x8000 : 0));
}

float rounded(float value, const std::string &dtype) {
  if (dtype == "BF16")
    return bfloat16ToFloat(floatToBfloat16(value));
  return dtype == "F16" ? halfToFloat(floatToHalf(value)) : value;
}

template <typename T> void appendBytes(std::string &bytes, T value) {
  bytes.append(reinterpret_cast<const char *>(&value), sizeof value); // hosts are little-endian
}

/// The tensor's bytes in a safetensors file, and the shape that it has there.
std::string bytesOf(const ModelTensor &tensor, std::vector<int64_t> &shape) {
  std::string bytes;
  shape = tensor.shape;
  if (tensor.dtype == "U8") { // transformers' pack_weights: four quarters of the rows in one byte
    shape[0] /= 4;
    size_t quarter = size_t(shape[0] * shape[1]);
    for (size_t i = 0; i < quarter; ++i) {
      int byte = 0;
      for (size_t part = 0; part < 4; ++part)
        byte |= (int(tensor.values[part * quarter + i]) + 1) << (2 * part);
      bytes.push_back(char(byte));
    }
    return bytes;
  }
  for (float value : tensor.values) {
    if (tensor.dtype == "BF16")
      appendBytes(bytes, floatToBfloat16(value));
    else if (tensor.dtype == "F16")
      appendBytes(bytes, floatToHalf(value));
    else
      appendBytes(bytes, value);
  }
  return bytes;
}

int64_t product(const std::vector<int64_t> &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

} // namespace

int64_t RandomModel::headDim() const {
  return recipe.config.contains("head_dim") ? number("head_dim")
                                            : number("hidden_size") / number("num_attention_heads");
}

/// transformers' should_convert_module: the whole name, or names on its path; without a list all but the output head.
bool RandomModel::isConverted(const std::string &module) const {
  if (!quantization().contains("modules_to_not_convert"))
    return module != "lm_head";
  for (const json &kept : quantization().value("modules_to_not_convert", json::array())) {
    std::string name = kept;
    if (("." + module + ".").find("." + name + ".") != std::string::npos)
      return false;
  }
  return true;
}

void RandomModel::add(const std::string &name, const std::string &dtype, std::vector<int64_t> shape, double deviation,
                      double mean) {
  ModelTensor tensor{dtype, std::move(shape), {}};
  std::normal_distribution<double> normal(mean, deviation);
  for (int64_t i = product(tensor.shape); i > 0; --i)
    tensor.values.push_back(rounded(float(normal(random)), dtype));
  tensors[name] = std::move(tensor);
}

void RandomModel::addTrits(const std::string &name, std::vector<int64_t> shape) {
  ModelTensor tensor{recipe.unpacked ? recipe.matrixType : "U8", std::move(shape), {}};
  for (int64_t i = product(tensor.shape); i > 0; --i)
    tensor.values.push_back(float(int(random() % 3) - 1));
  tensors[name] = std::move(tensor);
}

void RandomModel::addLinear(const std::string &module, int64_t rows, int64_t columns, bool bias) {
  double size = 1 / std::sqrt(double(columns)); // outputs are as large as inputs
  if (!isConverted(module)) {
    add(module + ".weight", recipe.matrixType, {rows, columns}, size);
  } else {
    if (flag(quantization(), "use_rms_norm"))
      add(module + ".rms_norm.weight", recipe.vectorType, {columns}, 0.1, 1);
    if (isPacked()) {
      addTrits(module + ".weight", {rows, columns});
      add(module + ".weight_scale", recipe.vectorType, recipe.scaleShape, 0, isMultiplied() ? size : 1 / size);
    } else {
      add(module + ".weight", recipe.matrixType, {rows, columns}, size);
    }
  }
  if (bias)
    add(module + ".bias", recipe.vectorType, {rows}, 0.3);
}

void RandomModel::addLayer(const std::string &layer) {
  const json &config = recipe.config;
  int64_t hidden = number("hidden_size"), inner = number("intermediate_size");
  int64_t queries = number("num_attention_heads") * headDim();
  int64_t keys = number("num_key_value_heads") * headDim();
  bool attentionBias = flag(config, "attention_bias"), mlpBias = flag(config, "mlp_bias");
  add(layer + "input_layernorm.weight", recipe.vectorType, {hidden}, 0.2, 1);
  add(layer + "post_attention_layernorm.weight", recipe.vectorType, {hidden}, 0.2, 1);
  if (isBitnet()) {
    add(layer + "self_attn.attn_sub_norm.weight", recipe.vectorType, {queries}, 0.2, 1);
    add(layer + "mlp.ffn_sub_norm.weight", recipe.vectorType, {inner}, 0.2, 1);
  }
  addLinear(layer + "self_attn.q_proj", queries, hidden, attentionBias);
  addLinear(layer + "self_attn.k_proj", keys, hidden, attentionBias);
  addLinear(layer + "self_attn.v_proj", keys, hidden, attentionBias);
  addLinear(layer + "self_attn.o_proj", hidden, queries, attentionBias);
  addLinear(layer + "mlp.gate_proj", inner, hidden, mlpBias);
  addLinear(layer + "mlp.up_proj", inner, hidden, mlpBias);
  addLinear(layer + "mlp.down_proj", hidden, inner, mlpBias);
}

RandomModel::RandomModel(const ModelRecipe &recipe) : recipe(recipe), random(7) {
  int64_t hidden = number("hidden_size"), vocabulary = number("vocab_size");
  add("model.embed_tokens.weight", recipe.matrixType, {vocabulary, hidden}, 1);
  add("model.norm.weight", recipe.vectorType, {hidden}, 0.2, 1);
  if (!flag(recipe.config, "tie_word_embeddings"))
    addLinear("lm_head", vocabulary, hidden, false);
  for (int64_t i = 0; i < number("num_hidden_layers"); ++i)
    addLayer("model.layers." + std::to_string(i) + ".");
}

void RandomModel::write(const std::string &folder) const {
  std::ofstream(folder + "/config.json") << recipe.config.dump(1);
  std::vector<json> headers(size_t(recipe.shards), json::object());
  std::vector<std::string> data(size_t(recipe.shards));
  json index = {{"metadata", json::object()}, {"weight_map", json::object()}};
  auto fileName = [&](size_t shard) {
    if (recipe.shards == 1)
      return std::string("model.safetensors");
    return "model-" + std::to_string(shard + 1) + "-of-" + std::to_string(recipe.shards) + ".safetensors";
  };
  size_t next = 0;
  for (const auto &[known, tensor] : tensors) {
    std::string name = recipe.headOnly && known == "model.embed_tokens.weight" ? "lm_head.weight" : known;
    size_t shard = next++ % size_t(recipe.shards);
    std::vector<int64_t> shape;
    std::string bytes = bytesOf(tensor, shape);
    headers[shard][name] = {{"dtype", tensor.dtype},
                            {"shape", shape},
                            {"data_offsets", {data[shard].size(), data[shard].size() + bytes.size()}}};
    data[shard] += bytes;
    index["weight_map"][name] = fileName(shard);
  }
  for (size_t shard = 0; shard < headers.size(); ++shard) {
    std::string header = headers[shard].dump(), length;
    appendBytes(length, uint64_t(header.size()));
    std::ofstream(folder + "/" + fileName(shard), std::ios::binary) << length << header << data[shard];
  }
  if (recipe.shards > 1)
    std::ofstream(folder + "/model.safetensors.index.json") << index.dump(1);
}

} // namespace tern::test
