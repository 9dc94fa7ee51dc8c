//===- safetensors.h - Reader of safetensors files ------------------------===//
//
// Format: 8 bytes little-endian header length, a JSON header {name: {dtype, shape, data_offsets:
// [begin, end]}}, then the data; offsets count from the end of the header. The whole header is
// checked when a file is opened; data is read by ranges, never mapped, so that a checkpoint larger
// than memory can pass through.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/file.h"
#include "lib/base/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

enum class DType { F64, F32, F16, BF16, I64, I32, I16, I8, U8, Bool, U16, U32, U64, F8E4M3, F8E5M2 };

std::string_view dtypeName(DType dtype); ///< "BF16", as in the header
int64_t dtypeBytes(DType dtype);
bool isFloat(DType dtype); ///< one that readFloats widens: F64, F32, F16, BF16

/// One tensor of a file. `offset` counts from the start of the file; bytes = product of shape *
/// dtypeBytes, checked.
struct TensorInfo {
  DType dtype;
  std::vector<int64_t> shape;
  uint64_t offset;
  uint64_t bytes;

  int64_t elements() const { return int64_t(bytes) / dtypeBytes(dtype); }
};

using TensorMap = std::map<std::string, TensorInfo, std::less<>>;

/// Parses the JSON header of a file of `fileBytes` bytes whose data begins at `dataOffset`. Errors
/// begin with `name`: bad JSON, unknown dtype, sizes that overflow, offsets out of range,
/// overlapping, leaving holes, or not matching dtype and shape.
Result<TensorMap> parseSafetensorsHeader(std::string_view header, uint64_t dataOffset, uint64_t fileBytes,
                                         const std::string &name);

class SafetensorsFile {
public:
  static Result<SafetensorsFile> open(const std::string &path);

  const std::string &path() const { return file.path(); }
  const TensorMap &tensors() const { return map; }
  /// Null when there is none of that name.
  const TensorInfo *find(std::string_view name) const;
  /// Bytes [offset, offset + out.size()) of a tensor.
  Status read(const TensorInfo &tensor, uint64_t offset, std::span<std::byte> out) const;
  /// A float tensor (F64, F32, F16, BF16) as float32: elements [first, first + out.size()).
  Status readFloats(const TensorInfo &tensor, int64_t first, std::span<float> out) const;

private:
  SafetensorsFile(RandomAccessFile file, TensorMap map) : file(std::move(file)), map(std::move(map)) {}
  RandomAccessFile file;
  TensorMap map;
};

} // namespace tern
