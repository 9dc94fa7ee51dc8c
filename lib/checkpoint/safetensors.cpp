//===- safetensors.cpp - Reader of safetensors files ----------------------===//
#include "lib/checkpoint/safetensors.h"

#include "lib/base/json.h"
#include "lib/base/text.h"

#include <algorithm>
#include <optional>

namespace tern {

/// The largest header of the format's own reference implementation.
static constexpr uint64_t kMaxHeaderBytes = 100'000'000;

static Result<TensorInfo> parseTensor(const Json &entry, uint64_t dataOffset, uint64_t dataBytes,
                                      const std::string &where) {
  JsonFields fields(entry, where);
  std::string dtype = fields.string("dtype");
  if (Status status = fields.status(); !status)
    return status.error();
  std::optional<DType> known = parseDType(dtype);
  if (!known)
    return Error{where + ": has the unknown dtype " + quote(dtype)};
  TensorInfo info{*known, {}, 0, uint64_t(dtypeBytes(*known))};

  const Json *shape = fields.find("shape");
  if (!shape || !shape->is_array())
    return Error{where + ": has no shape"};
  for (const Json &dim : *shape) {
    uint64_t size = dim.is_number_unsigned() ? dim.get<uint64_t>() : UINT64_MAX;
    if (size > uint64_t(INT64_MAX) || __builtin_mul_overflow(info.bytes, size, &info.bytes) ||
        info.bytes > uint64_t(INT64_MAX))
      return Error{where + ": has a dimension or size that is negative or too large"};
    info.shape.push_back(int64_t(size));
  }

  const Json *offsets = fields.find("data_offsets");
  if (!offsets || !offsets->is_array() || offsets->size() != 2 || !(*offsets)[0].is_number_unsigned() ||
      !(*offsets)[1].is_number_unsigned())
    return Error{where + ": has no data_offsets of two numbers"};
  uint64_t begin = (*offsets)[0].get<uint64_t>(), end = (*offsets)[1].get<uint64_t>();
  if (begin > end || end > dataBytes)
    return Error{where + ": has data_offsets [" + std::to_string(begin) + ", " + std::to_string(end) +
                 "] outside the " + std::to_string(dataBytes) + " data bytes of the file; it may be truncated"};
  if (end - begin != info.bytes)
    return Error{where + ": has " + std::to_string(end - begin) + " bytes, but its dtype and shape need " +
                 std::to_string(info.bytes)};
  info.offset = dataOffset + begin;
  return info;
}

Result<TensorMap> parseSafetensorsHeader(std::string_view header, uint64_t dataOffset, uint64_t fileBytes,
                                         const std::string &name) {
  Result<Json> json = parseJson(header, name);
  if (!json)
    return json.error();
  if (!json->is_object())
    return Error{name + ": has a header that is no JSON object"};
  TensorMap map;
  for (const auto &[key, entry] : json->items()) {
    if (key == "__metadata__")
      continue;
    Result<TensorInfo> info =
        parseTensor(entry, dataOffset, fileBytes - dataOffset, name + ": tensor " + printable(key));
    if (!info)
      return info.error();
    map.emplace(key, std::move(*info));
  }

  std::vector<std::pair<const TensorInfo *, const std::string *>> order;
  for (const auto &[key, info] : map)
    order.emplace_back(&info, &key);
  std::sort(order.begin(), order.end(), [](const auto &a, const auto &b) {
    return std::pair(a.first->offset, a.first->bytes) < std::pair(b.first->offset, b.first->bytes);
  });
  uint64_t end = dataOffset;
  for (const auto &[info, key] : order) {
    if (info->offset < end)
      return Error{name + ": tensor " + printable(*key) + ": overlaps the tensor before it"};
    if (info->offset > end)
      return Error{name + ": tensor " + printable(*key) + ": leaves a hole of " + std::to_string(info->offset - end) +
                   " bytes before it"};
    end = info->offset + info->bytes;
  }
  if (end != fileBytes)
    return Error{name + ": has " + std::to_string(fileBytes - end) + " bytes after its last tensor"};
  return map;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::string &path) {
  Result<RandomAccessFile> file = RandomAccessFile::open(path);
  if (!file)
    return file.error();
  if (file->size() < 8)
    return Error{path + ": is truncated: " + std::to_string(file->size()) + " bytes cannot hold a safetensors header"};
  unsigned char raw[8];
  if (Status status = file->read(0, std::as_writable_bytes(std::span(raw))); !status)
    return status.error();
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i)
    length = length << 8 | raw[i];
  if (length > file->size() - 8)
    return Error{path + ": has a header of " + std::to_string(length) +
                 " bytes, longer than the file; it may be truncated"};
  if (length > kMaxHeaderBytes)
    return Error{path + ": has a header of " + formatBytes(length) + ", more than the " + formatBytes(kMaxHeaderBytes) +
                 " of the format"};
  std::string header(length, '\0');
  if (Status status = file->read(8, std::as_writable_bytes(std::span(header))); !status)
    return status.error();
  Result<TensorMap> map = parseSafetensorsHeader(header, 8 + length, file->size(), path);
  if (!map)
    return map.error();
  return SafetensorsFile(std::move(*file), std::move(*map));
}

Status SafetensorsFile::read(const TensorInfo &tensor, uint64_t offset, std::span<std::byte> out) const {
  if (offset > tensor.bytes || out.size() > tensor.bytes - offset)
    return Error{path() + ": a read passes the end of a tensor"};
  return file.read(tensor.offset + offset, out);
}

} // namespace tern
