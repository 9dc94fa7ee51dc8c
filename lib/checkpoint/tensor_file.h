//===- tensor_file.h - Tensors of a file, whatever its form -----------------===//
#pragma once

#include "lib/base/result.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

struct GgufType;

enum class DType { F64, F32, F16, BF16, I64, I32, I16, I8, U8, Bool, U16, U32, U64, F8E4M3, F8E5M2 };

std::string_view dtypeName(DType dtype); ///< "BF16", as safetensors write it
int64_t dtypeBytes(DType dtype);
std::optional<DType> parseDType(std::string_view name);
bool isFloat(DType dtype); ///< one that readFloats widens: F64, F32, F16, BF16

/// One tensor of a file. `bytes` = product of shape * dtypeBytes, checked. `offset` counts from the start of the file.
/// The tensor of `blocks` reads as F32, and what lies at `offset` are the rows of blocks that these are made of.
struct TensorInfo {
  DType dtype;
  std::vector<int64_t> shape;
  uint64_t offset;
  uint64_t bytes;
  const GgufType *blocks =
      nullptr; ///< of a GGUF file (lib/checkpoint/gguf_types.h); null: the numbers lie there as they are
  /// Rows of a head, where the file has the two halves of each head's rows interleaved (GGUF's q and k of LLaMA); 0
  /// where it has them in the order of the tensor.
  int64_t headRows = 0;
  std::string ownName = {}; ///< what the file calls it, where that is not the tensor's name

  int64_t elements() const { return int64_t(bytes) / dtypeBytes(dtype); }
};

using TensorMap = std::map<std::string, TensorInfo, std::less<>>;

/// A file of named tensors. Movable where its kind is.
class TensorFile {
public:
  virtual ~TensorFile() = default;
  virtual const std::string &path() const = 0;

  const TensorMap &tensors() const { return map; }
  /// Null when there is none of that name.
  const TensorInfo *find(std::string_view name) const;
  /// Bytes [offset, offset + out.size()) of a tensor as dtype and shape have it, whatever the file has.
  virtual Status read(const TensorInfo &tensor, uint64_t offset, std::span<std::byte> out) const = 0;
  /// A float tensor (F64, F32, F16, BF16) as float32: elements [first, first + out.size()).
  Status readFloats(const TensorInfo &tensor, int64_t first, std::span<float> out) const;
  /// Of a tensor of blocks, the blocks of row `row` as the file has them: `out` has their size
  /// (GgufType::bytesOf(columns)). Others have none, which is an error.
  virtual Status readBlocks(const TensorInfo &tensor, int64_t row, std::span<std::byte> out) const;
  /// The number that all of a tensor of blocks is multiplied by; 1 for types whose blocks have their own.
  virtual Result<float> blockScale(const TensorInfo &tensor) const;

protected:
  explicit TensorFile(TensorMap map) : map(std::move(map)) {}
  TensorFile(TensorFile &&) = default;
  TensorFile &operator=(TensorFile &&) = default;
  TensorMap map;
};

} // namespace tern
