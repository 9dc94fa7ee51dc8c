//===- gguf.h - Reader of GGUF files ----------------------------------------===//
//
// Format (versions 2 and 3, little-endian): "GGUF", u32 version, u64 tensors, u64 keys, the keys with their values, the
// tensors' names, shapes, types and offsets, zeros up to a multiple of general.alignment, the data. All of it up to the
// data is checked when a file is opened; names and values are views of the mapped file and live as long as it. Data is
// read by ranges. A model may be split into several files, of which the first has the keys.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/file.h"
#include "lib/checkpoint/gguf_types.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// In the order of the format's numbers.
enum class GgufKind : uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };

std::string_view ggufKindName(GgufKind kind);

/// The value of a key: one thing, or an array of things of one kind.
class GgufValue {
public:
  GgufKind kind = GgufKind::U8; ///< of the elements where it is an array; never Array
  bool isArray = false;
  uint64_t count = 1;
  std::span<const std::byte> bytes = {};      ///< of the elements, unless they are strings
  std::vector<std::string_view> strings = {}; ///< bytes, which may be no UTF-8

  /// Element `index` < count; nothing where it is of another kind, or no int64.
  std::optional<int64_t> integer(uint64_t index = 0) const;
  std::optional<double> number(uint64_t index = 0) const; ///< an integer or a float
  std::optional<bool> boolean(uint64_t index = 0) const;
  std::optional<std::string_view> string(uint64_t index = 0) const;
  /// For errors: 'u32 12', '"llama"', 'array of 2048 strings'.
  std::string text() const;
};

/// One tensor as the file has it.
struct GgufTensor {
  std::string_view name;
  std::vector<int64_t> shape; ///< the largest stride first, as PyTorch has it; positive, the product is an int64
  const GgufType *type;       ///< of a known size; it may be one that is not read
  uint64_t offset;            ///< from the start of the file
  uint64_t bytes;

  int64_t elements() const;
};

/// The parts of a file.
struct GgufContents {
  uint32_t version;
  uint64_t alignment;
  std::map<std::string_view, GgufValue, std::less<>> values;
  std::vector<GgufTensor> tensors; ///< in the file's order, in which they lie
};

/// Parses `bytes`, a whole file. Errors begin with `name` and name the key or the tensor: counts and lengths past the
/// file's end, keys or names that are there twice, arrays of arrays, types of no known size or that do not fit the
/// shape, tensors that do not lie one after the other at the alignment, another byte order.
Result<GgufContents> parseGguf(std::span<const std::byte> bytes, I2sBlocks i2s, const std::string &name);

/// A file, or all parts of a split one as if they were one behind the other.
class GgufFile {
public:
  /// The first part of a split file (NAME-00001-of-00003.gguf, split.count 3) opens the others, which lie beside it.
  /// Errors are those of parseGguf, and name the part: one that is missing, is another one than its name says, or has a
  /// tensor that another part has; too few tensors in all.
  static Result<GgufFile> open(const std::string &path, I2sBlocks i2s);

  const std::string &path() const { return name; }
  /// The first part's keys, and the tensors of all; their offsets count from the start of the first part.
  const GgufContents &contents() const { return all; }
  /// Null when there is none of that name.
  const GgufValue *find(std::string_view key) const;
  /// Bytes from `offset`, which lie in one part.
  Status read(uint64_t offset, std::span<std::byte> out) const;

private:
  explicit GgufFile(std::string name) : name(std::move(name)) {}
  Status addPart(const std::string &path, I2sBlocks i2s, int64_t number, int64_t count);
  Status addOtherParts(I2sBlocks i2s);
  std::string name;
  std::vector<MappedFile> parts;
  GgufContents all{};
};

/// Whether the file begins as GGUF files do; a file that cannot be read does not.
bool isGgufFile(const std::string &path);

} // namespace tern
