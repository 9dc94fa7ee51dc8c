//===- storage.h - How checkpoints store weight matrices ----------------------===//
//
// A storage is one way of keeping a matrix in the tensors of a checkpoint; each is a file of lib/weights/storages and a
// line of storages.def. The graph (ternary.weight), the manifest and tern-gen know storages by their names only.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/checkpoint/checkpoint.h"
#include "lib/checkpoint/quantization.h"
#include "lib/weights/counter.h"
#include "lib/weights/format.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// What a ternary.weight and the manifest say of a matrix.
struct WeightDeclaration {
  std::string storage; ///< a name that findStorage knows
  WeightFormat format;
  std::string source;      ///< the tensor of the values
  std::string scales = {}; ///< the tensor of the scales, empty where there is none
  int64_t rows = 0, columns = 0;
};

/// A matrix of a checkpoint, read row by row; holds at most the tensor's own bytes.
class StoredWeights {
public:
  virtual ~StoredWeights() = default;
  /// Rows [first, first + count) as integers that are not scaled yet, row-major. A value that the storage cannot have
  /// is an error that names its place.
  virtual Status readRows(int64_t first, int64_t count, std::span<int8_t> out) = 0;
  /// What the integers are multiplied or divided by: as many finite, positive numbers as the format's scale has. Those
  /// that are computed are so at each call, from the whole matrix.
  virtual Result<std::vector<float>> scales() = 0;
};

struct Storage {
  std::string_view name;
  bool isFloat;        ///< whether the tensor is of floats; else it is U8
  int64_t rowsInOne;   ///< rows of the matrix in one of the tensor, which is [rows / rowsInOne, columns]
  bool hasScaleTensor; ///< whether scales are a tensor of their own
  /// Whether it can hold this format; an error names what it cannot.
  Status (*holds)(const WeightFormat &format);
  /// Whether a checkpoint that is quantised so keeps a matrix so whose tensor is `values`.
  bool (*recognises)(const Quantization &quantization, const TensorInfo &values);
  /// The declaration of the weights of linear layer `module` (tensor `source`): what format they have there.
  Result<WeightDeclaration> (*declare)(const Checkpoint &checkpoint, const Quantization &quantization,
                                       const std::string &module, const std::string &source, int64_t rows,
                                       int64_t columns);
  /// `values` has the dtype and the shape of the declaration. Nothing but stored scales is read yet.
  Result<std::unique_ptr<StoredWeights>> (*open)(const Checkpoint &checkpoint, const WeightDeclaration &declaration,
                                                 TensorView values);
  /// Writes row `row` of the tensor, U8 or BF16, of a made matrix (lib/weights/generate.h); null where none is made.
  void (*make)(const Counter &numbers, int64_t row, int64_t rows, int64_t columns, std::span<uint8_t> bytes);
};

/// All of them. Of two that recognise a tensor the first is taken.
std::span<const Storage *const> storages();
/// Null when there is none of that name.
const Storage *findStorage(std::string_view name);

/// Whether the storage is known, holds the format, and the matrix has a size that both can have.
Status checkDeclaration(const WeightDeclaration &declaration);
/// Errors: those of checkDeclaration, a missing tensor, a wrong dtype or shape, a stored scale that is not finite and
/// positive.
Result<std::unique_ptr<StoredWeights>> openWeights(const Checkpoint &checkpoint, const WeightDeclaration &declaration);

/// What transformers calls the scale of module M: M.weight_scale.
inline constexpr std::string_view kScaleSuffix = ".weight_scale";
/// Whether that scale multiplies or divides.
ScaleUse storedScaleUse(const Quantization &quantization);
/// The `count` numbers, finite and positive, that tensor `name` holds.
Result<std::vector<float>> readScales(const Checkpoint &checkpoint, const std::string &name, int64_t count);
/// The one number, finite and positive, that tensor `name` holds.
Result<float> readScale(const Checkpoint &checkpoint, const std::string &name);

} // namespace tern
