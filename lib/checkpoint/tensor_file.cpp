//===- tensor_file.cpp - Tensors of a file, whatever its form ---------------===//
#include "lib/checkpoint/tensor_file.h"

#include "lib/base/bfloat16.h"
#include "lib/base/half.h"

#include <algorithm>
#include <cstring>

namespace tern {

struct DTypeInfo {
  DType dtype;
  std::string_view name;
  int64_t bytes;
};
static constexpr DTypeInfo kDTypes[] = {
    {DType::F64, "F64", 8}, {DType::F32, "F32", 4},        {DType::F16, "F16", 2},        {DType::BF16, "BF16", 2},
    {DType::I64, "I64", 8}, {DType::I32, "I32", 4},        {DType::I16, "I16", 2},        {DType::I8, "I8", 1},
    {DType::U8, "U8", 1},   {DType::Bool, "BOOL", 1},      {DType::U16, "U16", 2},        {DType::U32, "U32", 4},
    {DType::U64, "U64", 8}, {DType::F8E4M3, "F8_E4M3", 1}, {DType::F8E5M2, "F8_E5M2", 1},
};

std::string_view dtypeName(DType dtype) { return kDTypes[size_t(dtype)].name; }
int64_t dtypeBytes(DType dtype) { return kDTypes[size_t(dtype)].bytes; }
bool isFloat(DType dtype) {
  return dtype == DType::F64 || dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16;
}
std::optional<DType> parseDType(std::string_view name) {
  auto known = std::ranges::find(kDTypes, name, &DTypeInfo::name);
  return known == std::end(kDTypes) ? std::nullopt : std::optional(known->dtype);
}

const TensorInfo *TensorFile::find(std::string_view name) const {
  auto at = map.find(name);
  return at == map.end() ? nullptr : &at->second;
}

Status TensorFile::readBlocks(const TensorInfo &, int64_t, std::span<std::byte>) const {
  return Error{path() + ": the blocks of a tensor are read that has none; please report this as a bug of Tern"};
}

Result<float> TensorFile::blockScale(const TensorInfo &) const { return 1.0f; }

template <typename Stored, typename Convert>
static void widen(std::span<const std::byte> raw, std::span<float> out, Convert convert) {
  for (size_t i = 0; i < out.size(); ++i) {
    Stored value;
    std::memcpy(&value, raw.data() + i * sizeof(Stored), sizeof(Stored));
    out[i] = convert(value);
  }
}

Status TensorFile::readFloats(const TensorInfo &tensor, int64_t first, std::span<float> out) const {
  if (!isFloat(tensor.dtype))
    return Error{path() + ": a tensor of dtype " + std::string(dtypeName(tensor.dtype)) + " is used as floats"};
  int64_t width = dtypeBytes(tensor.dtype);
  std::vector<std::byte> raw(out.size() * size_t(width));
  if (Status status = read(tensor, uint64_t(first * width), raw); !status)
    return status;
  switch (tensor.dtype) {
  case DType::F64:
    widen<double>(raw, out, [](double value) { return float(value); });
    break;
  case DType::F32:
    widen<float>(raw, out, [](float value) { return value; });
    break;
  case DType::F16:
    widen<uint16_t>(raw, out, halfToFloat);
    break;
  default:
    widen<uint16_t>(raw, out, bfloat16ToFloat);
  }
  return {};
}

} // namespace tern
