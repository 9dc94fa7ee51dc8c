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
#include "lib/checkpoint/tensor_file.h"

#include <string>
#include <string_view>

namespace tern {

/// Parses the JSON header of a file of `fileBytes` bytes whose data begins at `dataOffset`. Errors
/// begin with `name`: bad JSON, unknown dtype, sizes that overflow, offsets out of range,
/// overlapping, leaving holes, or not matching dtype and shape.
Result<TensorMap> parseSafetensorsHeader(std::string_view header, uint64_t dataOffset, uint64_t fileBytes,
                                         const std::string &name);

class SafetensorsFile : public TensorFile {
public:
  static Result<SafetensorsFile> open(const std::string &path);

  const std::string &path() const override { return file.path(); }
  Status read(const TensorInfo &tensor, uint64_t offset, std::span<std::byte> out) const override;

private:
  SafetensorsFile(RandomAccessFile file, TensorMap map) : TensorFile(std::move(map)), file(std::move(file)) {}
  RandomAccessFile file;
};

} // namespace tern
