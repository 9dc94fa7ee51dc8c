//===- random_model.h - A checkpoint of random weights, and its logits --------===//
//
// A made-up checkpoint on disk and a plain forward pass over the same numbers, in double precision
// but for the 8-bit activation codes (lib/trit/reference.h). The pass follows transformers' BitNet
// and Llama models and shares no code with the compiler.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace tern::test {

/// What to make; everything else follows from `config`, in the fields of config.json.
struct ModelRecipe {
  std::string name;
  nlohmann::json config;
  std::string matrixType = "BF16"; ///< of embedding, head, unconverted and master weights
  std::string vectorType = "BF16"; ///< of norms, biases and scales
  int shards = 1;
  std::vector<int64_t> scaleShape = {1}; ///< of weight_scale: one number
  bool unpacked = false;                 ///< trits are floats of matrixType
  bool headOnly = false;                 ///< of tied embedding and head, the file has lm_head.weight
};

inline void PrintTo(const ModelRecipe &recipe, std::ostream *out) { *out << recipe.name; }

/// A tensor as the checkpoint holds it: `values` are already rounded to `dtype`. Packed weights
/// have one trit a value and the shape of the whole matrix.
struct ModelTensor {
  std::string dtype;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

class RandomModel {
public:
  explicit RandomModel(const ModelRecipe &recipe);

  /// Writes config.json and the safetensors files, with an index if there are shards.
  void write(const std::string &folder) const;
  /// What keys and values are rounded to before they are used: not, to float16, or to 127 steps of the largest of a
  /// head.
  enum class Cache { Exact, Float16, Codes };
  /// Logits of every token, [ids][vocabulary].
  std::vector<std::vector<double>> logits(std::span<const int32_t> ids, Cache cache = Cache::Exact) const;

private:
  using Vector = std::vector<double>;

  int64_t number(const char *field) const { return recipe.config.at(field).get<int64_t>(); }
  bool flag(const nlohmann::json &from, const char *field) const { return from.value(field, false); }
  const nlohmann::json &quantization() const { return recipe.config.at("quantization_config"); }
  bool isBitnet() const { return recipe.config.at("model_type") == "bitnet"; }
  bool isConverted(const std::string &module) const;
  bool isPacked() const { return quantization().value("quantization_mode", "offline") == "offline"; }
  bool isMultiplied() const { return quantization().value("linear_class", "bitlinear") == "autobitlinear"; }
  int64_t headDim() const;

  void add(const std::string &name, const std::string &dtype, std::vector<int64_t> shape, double deviation,
           double mean = 0);
  void addTrits(const std::string &name, std::vector<int64_t> shape);
  void addLinear(const std::string &module, int64_t rows, int64_t columns, bool bias);
  void addLayer(const std::string &layer);

  const std::vector<float> &values(const std::string &name) const { return tensors.at(name).values; }
  Vector norm(const Vector &x, const std::string &weight, double eps) const;
  Vector linear(const Vector &x, const std::string &module) const;
  static Vector denseProduct(const Vector &x, const std::vector<float> &weights);
  Vector ternaryProduct(const Vector &x, const std::string &module) const;
  void rotate(Vector &heads, int64_t position) const;
  Vector stored(const Vector &heads, Cache cache) const;
  Vector attend(const Vector &query, const std::vector<Vector> &keys, const std::vector<Vector> &values) const;
  Vector feedForward(const Vector &x, const std::string &layer) const;

  ModelRecipe recipe;
  std::map<std::string, ModelTensor> tensors;
  std::mt19937 random;
};

} // namespace tern::test
