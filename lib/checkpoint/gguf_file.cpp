//===- gguf_file.cpp - GGUF files on disk, whole or split -------------------===//
#include "lib/checkpoint/gguf.h"

#include "lib/base/text.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace tern {
namespace {

constexpr int64_t kMostParts = 99'999; ///< of five digits

/// split.no and split.count, which files that are not split lack.
int64_t splitKey(const GgufContents &contents, std::string_view key, int64_t otherwise) {
  auto at = contents.values.find(key);
  return at == contents.values.end() || at->second.isArray ? otherwise : at->second.integer().value_or(-1);
}

/// How the name of part `number`, from 1 on, ends.
std::string partSuffix(int64_t number, int64_t count) {
  char text[40];
  std::snprintf(text, sizeof text, "-%05lld-of-%05lld.gguf", static_cast<long long>(number),
                static_cast<long long>(count));
  return text;
}

} // namespace

Status GgufFile::addPart(const std::string &path, I2sBlocks i2s, int64_t number, int64_t count) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.error();
  Result<GgufContents> contents = parseGguf(file->bytes(), i2s, path);
  if (!contents)
    return contents.error();
  uint64_t base = 0;
  for (const MappedFile &part : parts)
    base += part.bytes().size();
  if (number > 0 && (splitKey(*contents, "split.no", 0) != number || splitKey(*contents, "split.count", 1) != count))
    return Error{path + ": is not part " + std::to_string(number + 1) + " of " + std::to_string(count) +
                 ", as its name and " + name + " say"};
  for (GgufTensor &tensor : contents->tensors) {
    if (number > 0 && std::ranges::find(all.tensors, tensor.name, &GgufTensor::name) != all.tensors.end())
      return Error{path + ": tensor " + printable(tensor.name) + ": is in another part, too"};
    tensor.offset += base;
  }
  if (number == 0)
    all = std::move(*contents);
  else
    std::ranges::move(contents->tensors, std::back_inserter(all.tensors));
  parts.push_back(std::move(*file));
  return {};
}

Status GgufFile::addOtherParts(I2sBlocks i2s) {
  int64_t count = splitKey(all, "split.count", 1), number = splitKey(all, "split.no", 0);
  if (count < 0 || count > kMostParts || number < 0 || number >= std::max<int64_t>(count, 1))
    return Error{name + ": split.no " + std::to_string(number) + " of split.count " + std::to_string(count) +
                 " is no part of a split file"};
  if (number > 0)
    return Error{name + ": is part " + std::to_string(number + 1) + " of " + std::to_string(count) +
                 "; open the first, whose name ends in " + partSuffix(1, count)};
  if (count <= 1)
    return {};
  std::string suffix = partSuffix(1, count);
  if (!name.ends_with(suffix))
    return Error{name + ": is the first of " + std::to_string(count) + " parts, but its name does not end in " +
                 suffix + ", so that the others cannot be found"};
  std::string prefix = name.substr(0, name.size() - suffix.size());
  for (int64_t part = 1; part < count; ++part)
    if (Status status = addPart(prefix + partSuffix(part + 1, count), i2s, part, count); !status)
      return status;
  int64_t tensors = splitKey(all, "split.tensors.count", int64_t(all.tensors.size()));
  if (tensors != int64_t(all.tensors.size()))
    return Error{name + ": its parts have " + std::to_string(all.tensors.size()) +
                 " tensors, but split.tensors.count is " + std::to_string(tensors)};
  return {};
}

Result<GgufFile> GgufFile::open(const std::string &path, I2sBlocks i2s) {
  GgufFile file(path);
  if (Status status = file.addPart(path, i2s, 0, 1); !status)
    return status.error();
  if (Status status = file.addOtherParts(i2s); !status)
    return status.error();
  return file;
}

const GgufValue *GgufFile::find(std::string_view key) const {
  auto at = all.values.find(key);
  return at == all.values.end() ? nullptr : &at->second;
}

Status GgufFile::read(uint64_t offset, std::span<std::byte> out) const {
  for (const MappedFile &part : parts) {
    std::span<const std::byte> bytes = part.bytes();
    if (offset < bytes.size() && out.size() <= bytes.size() - offset)
      return part.copy(bytes.subspan(offset, out.size()), out);
    if (offset < bytes.size())
      break;
    offset -= bytes.size();
  }
  if (out.empty())
    return {};
  return Error{name + ": a read passes the end of the file"};
}

bool isGgufFile(const std::string &path) {
  Result<RandomAccessFile> file = RandomAccessFile::open(path);
  std::byte magic[sizeof "GGUF" - 1];
  return file && file->size() >= sizeof magic && file->read(0, magic) && std::memcmp(magic, "GGUF", sizeof magic) == 0;
}

} // namespace tern
