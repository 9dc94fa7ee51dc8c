//===- gguf.cpp - Reader of GGUF files --------------------------------------===//
#include "lib/checkpoint/gguf.h"

#include "lib/base/text.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

namespace tern {
namespace {

static_assert(std::endian::native == std::endian::little, "values are read as they lie in the file");

constexpr std::string_view kMagic = "GGUF";
constexpr uint64_t kDefaultAlignment = 32;
/// The limits of ggml's own reader.
constexpr size_t kMaxNameBytes = 63, kMaxDimensions = 4;
/// What a key and a tensor take at least, so that a count that the file cannot hold is told before it is looped over.
constexpr uint64_t kLeastKeyBytes = 14, kLeastTensorBytes = 24;

struct KindInfo {
  std::string_view name;
  uint64_t bytes; ///< of one; 0: it varies
};
/// In the order of GgufKind.
constexpr KindInfo kKinds[] = {{"u8", 1},   {"i8", 1},     {"u16", 2},   {"i16", 2}, {"u32", 4}, {"i32", 4}, {"f32", 4},
                               {"bool", 1}, {"string", 0}, {"array", 0}, {"u64", 8}, {"i64", 8}, {"f64", 8}};

std::string place(uint64_t offset) { return "at byte " + std::to_string(offset); }

/// Takes one thing after the other; the first that the file has no room for is kept as the error.
class Cursor {
public:
  Cursor(std::span<const std::byte> bytes, const std::string &name) : bytes(bytes), name(name) {}

  uint64_t at() const { return offset; }
  uint64_t left() const { return bytes.size() - offset; }
  bool ok() const { return error.empty(); }
  Error failure() const { return Error{error}; }
  void fail(const std::string &what) {
    if (ok())
      error = name + ": " + what;
  }

  std::span<const std::byte> take(uint64_t count, const std::string &what) {
    if (ok() && count > left())
      fail(what + " " + place(offset) + " takes " + std::to_string(count) + " bytes, but " + std::to_string(left()) +
           " are left; the file may be truncated");
    if (!ok())
      return {};
    offset += count;
    return bytes.subspan(offset - count, count);
  }
  template <typename T> T number(const std::string &what) {
    T value = 0;
    std::span<const std::byte> from = take(sizeof(T), what);
    if (ok())
      std::memcpy(&value, from.data(), sizeof(T));
    return value;
  }
  std::string_view string(const std::string &what) {
    auto length = number<uint64_t>("the length of " + what);
    std::span<const std::byte> from = take(length, what);
    return {reinterpret_cast<const char *>(from.data()), from.size()};
  }

private:
  std::span<const std::byte> bytes;
  const std::string &name;
  uint64_t offset = 0;
  std::string error;
};

void readElements(Cursor &cursor, GgufValue &value, const std::string &what) {
  if (value.kind == GgufKind::String) {
    if (value.count > cursor.left() / sizeof(uint64_t))
      return cursor.fail(what + " has " + std::to_string(value.count) + " strings, more than the file can hold");
    value.strings.reserve(value.count);
    for (uint64_t i = 0; i < value.count && cursor.ok(); ++i)
      value.strings.push_back(cursor.string(value.isArray ? "string " + std::to_string(i) + " of " + what : what));
    return;
  }
  uint64_t size = kKinds[size_t(value.kind)].bytes;
  if (value.count > cursor.left() / size)
    return cursor.fail(what + " has " + std::to_string(value.count) +
                       " elements, more than the file can hold; it may be truncated");
  value.bytes = cursor.take(value.count * size, what);
  if (value.kind == GgufKind::Bool)
    for (std::byte byte : value.bytes)
      if (byte > std::byte(1))
        return cursor.fail(what + " is a bool of " + std::to_string(int(byte)) + ", neither 0 nor 1");
}

std::optional<GgufKind> readKind(Cursor &cursor, const std::string &what) {
  auto number = cursor.number<uint32_t>("the type of " + what);
  if (cursor.ok() && number >= std::size(kKinds))
    cursor.fail(what + " has the unknown type " + std::to_string(number));
  return cursor.ok() ? std::optional(GgufKind(number)) : std::nullopt;
}

void readKey(Cursor &cursor, GgufContents &contents) {
  std::string_view key = cursor.string("a key");
  if (!cursor.ok())
    return;
  std::string what = "the key " + quote(key);
  if (key.empty())
    return cursor.fail("a key is empty, " + place(cursor.at()));
  GgufValue value;
  std::optional<GgufKind> kind = readKind(cursor, what);
  if (kind == GgufKind::Array) {
    value.isArray = true;
    kind = readKind(cursor, "the elements of " + what);
    if (kind == GgufKind::Array)
      return cursor.fail(what + " is an array of arrays, which GGUF does not have");
    value.count = cursor.number<uint64_t>("the length of " + what);
  }
  if (!kind || !cursor.ok())
    return;
  value.kind = *kind;
  readElements(cursor, value, what);
  if (cursor.ok() && !contents.values.emplace(key, std::move(value)).second)
    cursor.fail(what + " is there twice");
}

/// A tensor before it is known what its type's id means.
struct Listed {
  GgufTensor tensor;
  uint32_t id;
  uint64_t at; ///< from the start of the data
};

void readTensor(Cursor &cursor, std::vector<Listed> &listed) {
  Listed entry{};
  entry.tensor.name = cursor.string("a tensor's name");
  if (!cursor.ok())
    return;
  std::string what = "tensor " + printable(entry.tensor.name);
  if (entry.tensor.name.empty() || entry.tensor.name.size() > kMaxNameBytes)
    return cursor.fail(what + ": has a name of " + std::to_string(entry.tensor.name.size()) + " bytes; 1 to " +
                       std::to_string(kMaxNameBytes) + " are allowed");
  auto dimensions = cursor.number<uint32_t>("the number of dimensions of " + what);
  if (cursor.ok() && (dimensions == 0 || dimensions > kMaxDimensions))
    return cursor.fail(what + ": has " + std::to_string(dimensions) + " dimensions; 1 to " +
                       std::to_string(kMaxDimensions) + " are supported");
  int64_t elements = 1;
  for (uint32_t i = 0; i < dimensions && cursor.ok(); ++i) {
    auto size = cursor.number<int64_t>("the shape of " + what);
    // 16 bits of room, so that bytes do not overflow either.
    if (cursor.ok() && (size <= 0 || __builtin_mul_overflow(elements, size, &elements) || elements > INT64_MAX >> 16))
      return cursor.fail(what + ": has a dimension that is not positive, or a size that is too large");
    entry.tensor.shape.insert(entry.tensor.shape.begin(), size);
  }
  entry.id = cursor.number<uint32_t>("the type of " + what);
  entry.at = cursor.number<uint64_t>("the offset of " + what);
  listed.push_back(std::move(entry));
}

uint64_t alignedTo(uint64_t value, uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

uint64_t bytesOf(const GgufTensor &tensor, const GgufType &type) {
  return uint64_t(type.bytesOf(tensor.elements()) + type.tail);
}

/// Sets types where one id has several: the one whose sizes are those of all tensors of that id.
class TypeResolver {
public:
  TypeResolver(std::vector<Listed> &listed, uint64_t dataBytes, uint64_t alignment, I2sBlocks i2s)
      : listed(listed), dataBytes(dataBytes), alignment(alignment), i2s(i2s) {}

  Status resolve() {
    for (Listed &entry : listed) {
      const auto &[known, problem] = typeOf(entry.id);
      std::string what = "tensor " + printable(entry.tensor.name) + ": ";
      if (!known)
        return Error{what + problem};
      if (known->bytes == 0)
        return Error{what + "has type " + std::string(known->name) + " (" + std::to_string(entry.id) +
                     "), which is not read; these are: " + ggufTypeNames()};
      if (entry.tensor.shape.back() % known->elements != 0)
        return Error{what + "has rows of " + std::to_string(entry.tensor.shape.back()) + " numbers, but its type " +
                     std::string(known->name) + " has blocks of " + std::to_string(known->elements)};
      entry.tensor.type = known;
      entry.tensor.bytes = bytesOf(entry.tensor, *known);
    }
    return {};
  }

private:
  struct Found {
    const GgufType *type = nullptr;
    std::string problem;
  };

  const Found &typeOf(uint32_t id) {
    auto [at, isNew] = found.try_emplace(id);
    if (!isNew)
      return at->second;
    std::vector<const GgufType *> types = ggufTypes(id, i2s);
    if (types.empty())
      at->second.problem = "has the unknown type " + std::to_string(id);
    if (types.size() > 1)
      std::erase_if(types, [&](const GgufType *type) { return !fits(id, *type); });
    if (types.size() == 1)
      at->second.type = types.front();
    else if (at->second.problem.empty())
      at->second.problem = "has type " + std::to_string(id) + ", which means several things, and the sizes of the " +
                           (types.empty() ? "file are those of none that is known" : "file do not tell which");
    return at->second;
  }

  /// Whether all tensors of that id have the room that the type needs, and no more than padding beside.
  bool fits(uint32_t id, const GgufType &type) const {
    for (size_t i = 0; i < listed.size(); ++i) {
      const Listed &entry = listed[i];
      if (entry.id != id)
        continue;
      uint64_t end = i + 1 < listed.size() ? listed[i + 1].at : dataBytes;
      uint64_t bytes = bytesOf(entry.tensor, type);
      if (entry.tensor.shape.back() % type.elements != 0 || end < entry.at || end - entry.at < bytes ||
          end - entry.at > alignedTo(bytes, alignment))
        return false;
    }
    return true;
  }

  std::vector<Listed> &listed;
  uint64_t dataBytes, alignment;
  I2sBlocks i2s;
  std::map<uint32_t, Found> found;
};

/// As ggml's reader asks: one after the other in the file's order, each at the alignment. The padding of the last may
/// be missing.
Status placeTensors(std::vector<Listed> &listed, uint64_t dataStart, uint64_t dataBytes, GgufContents &contents) {
  std::set<std::string_view> names;
  uint64_t expected = 0;
  for (Listed &entry : listed) {
    std::string what = "tensor " + printable(entry.tensor.name) + ": ";
    if (!names.insert(entry.tensor.name).second)
      return Error{what + "is there twice"};
    if (entry.at % contents.alignment != 0)
      return Error{what + "has offset " + std::to_string(entry.at) + ", which is no multiple of the alignment " +
                   std::to_string(contents.alignment)};
    if (entry.at != expected)
      return Error{what + "has offset " + std::to_string(entry.at) + ", but the tensors before it end at " +
                   std::to_string(expected) + "; a type before it may mean another one in the program that wrote this"};
    if (entry.at > dataBytes || entry.tensor.bytes > dataBytes - entry.at)
      return Error{what + "ends at byte " + std::to_string(entry.at + entry.tensor.bytes) + " of the data, which has " +
                   std::to_string(dataBytes) + "; the file may be truncated"};
    expected = alignedTo(entry.at + entry.tensor.bytes, contents.alignment);
    entry.tensor.offset = dataStart + entry.at;
    contents.tensors.push_back(std::move(entry.tensor));
  }
  if (dataBytes > expected)
    return Error{"has " + std::to_string(dataBytes - expected) + " bytes after its last tensor"};
  return {};
}

Status readAlignment(GgufContents &contents) {
  contents.alignment = kDefaultAlignment;
  auto at = contents.values.find("general.alignment");
  if (at == contents.values.end())
    return {};
  std::optional<int64_t> value = at->second.isArray ? std::nullopt : at->second.integer();
  if (!value || *value <= 0 || *value > (1 << 30) || !std::has_single_bit(uint64_t(*value)))
    return Error{"general.alignment is " + at->second.text() + ", but must be a power of two"};
  contents.alignment = uint64_t(*value);
  return {};
}

} // namespace

std::string_view ggufKindName(GgufKind kind) { return kKinds[size_t(kind)].name; }

int64_t GgufTensor::elements() const {
  int64_t product = 1;
  for (int64_t size : shape)
    product *= size;
  return product;
}

Result<GgufContents> parseGguf(std::span<const std::byte> bytes, I2sBlocks i2s, const std::string &name) {
  Cursor cursor(bytes, name);
  std::span<const std::byte> magic = cursor.take(kMagic.size(), "the beginning");
  if (cursor.ok() && std::memcmp(magic.data(), kMagic.data(), kMagic.size()) != 0)
    return Error{name + ": is no GGUF file: it does not begin with \"GGUF\""};
  GgufContents contents{};
  contents.version = cursor.number<uint32_t>("the version");
  if (cursor.ok() && contents.version != 0 && (contents.version & 0xffff) == 0)
    return Error{name + ": is big-endian, which is not supported; convert it on the machine that wrote it"};
  if (cursor.ok() && contents.version != 2 && contents.version != 3)
    return Error{name + ": has GGUF version " + std::to_string(contents.version) + "; 2 and 3 are supported"};
  auto tensors = cursor.number<uint64_t>("the number of tensors"), keys = cursor.number<uint64_t>("the number of keys");
  if (keys > cursor.left() / kLeastKeyBytes)
    cursor.fail("has " + std::to_string(keys) + " keys, more than it can hold; it may be truncated");
  if (tensors > cursor.left() / kLeastTensorBytes)
    cursor.fail("has " + std::to_string(tensors) + " tensors, more than it can hold; it may be truncated");
  for (uint64_t i = 0; i < keys && cursor.ok(); ++i)
    readKey(cursor, contents);
  std::vector<Listed> listed;
  for (uint64_t i = 0; i < tensors && cursor.ok(); ++i)
    readTensor(cursor, listed);
  if (!cursor.ok())
    return cursor.failure();

  Status status = readAlignment(contents);
  uint64_t start = status ? std::min<uint64_t>(alignedTo(cursor.at(), contents.alignment), bytes.size()) : 0;
  if (status)
    status = TypeResolver(listed, bytes.size() - start, contents.alignment, i2s).resolve();
  if (status)
    status = placeTensors(listed, start, bytes.size() - start, contents);
  if (!status)
    return Error{name + ": " + status.error().message};
  return contents;
}

} // namespace tern
