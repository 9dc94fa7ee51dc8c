//===- graph_tensors.h - The tensors that a graph asks for --------------------===//
//
// The builder of graphs asks for tensors by their names. A checkpoint has them and is checked (checkpoint_tensors.h);
// without one they are noted, and made up by tern-gen (recorded_tensors.h).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/weights/storage.h"

#include <optional>
#include <span>
#include <string>

namespace tern {

/// What a tensor of floats that is no ternary weight is for.
enum class TensorRole { Matrix, Norm, Bias };

class GraphTensors {
public:
  virtual ~GraphTensors() = default;

  /// Of the model, for people.
  virtual std::string name() const = 0;
  /// Of config.json, for errors.
  virtual const std::string &configPath() const = 0;
  /// None of a tensor that is not there, or not yet.
  virtual std::optional<DType> dtypeOf(const std::string &tensor) const = 0;
  /// Whether the type of a tensor says that it is of ternary weights, as GGUF's do.
  virtual bool isTernary(const std::string &) const { return false; }
  /// "PATH: tensor NAME", the beginning of errors, of one that is there.
  virtual std::string where(const std::string &tensor) const = 0;

  /// Asks for floats of that shape. An error where they are missing or others.
  virtual Status need(const std::string &tensor, std::span<const int64_t> shape, TensorRole role) = 0;
  /// Asks for the one scale of a matrix, of any shape with one number.
  virtual Status needScale(const std::string &tensor) = 0;
  /// Asks for the ternary weights of linear layer `module` in tensor `tensor`: how they are stored.
  virtual Result<WeightDeclaration> needWeights(const Quantization &quantization, const std::string &module,
                                                const std::string &tensor, int64_t rows, int64_t columns) = 0;
  /// Whether two tensors, which are there, are the same; nothing else needs to read `b` then.
  virtual Result<bool> same(const std::string &a, const std::string &b) = 0;
  /// An error if there are tensors that nobody asked for.
  virtual Status checkAllUsed() const = 0;
};

/// The rows of the tensor that holds `rows` rows of a matrix. An error, which begins with that of config.json, where
/// the storage needs another number of them.
Result<int64_t> storedRows(const Storage &storage, const std::string &configPath, const std::string &module,
                           int64_t rows);

} // namespace tern
