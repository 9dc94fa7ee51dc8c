//===- gguf_value.cpp - Values of a GGUF file's keys ------------------------===//
#include "lib/checkpoint/gguf.h"

#include "lib/base/text.h"

#include <cstdio>
#include <cstring>

namespace tern {

template <typename T> static T elementAt(std::span<const std::byte> bytes, uint64_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

std::optional<int64_t> GgufValue::integer(uint64_t index) const {
  switch (kind) {
  case GgufKind::U8:
    return elementAt<uint8_t>(bytes, index);
  case GgufKind::I8:
    return elementAt<int8_t>(bytes, index);
  case GgufKind::U16:
    return elementAt<uint16_t>(bytes, index);
  case GgufKind::I16:
    return elementAt<int16_t>(bytes, index);
  case GgufKind::U32:
    return elementAt<uint32_t>(bytes, index);
  case GgufKind::I32:
    return elementAt<int32_t>(bytes, index);
  case GgufKind::I64:
    return elementAt<int64_t>(bytes, index);
  case GgufKind::U64: {
    auto value = elementAt<uint64_t>(bytes, index);
    return value <= uint64_t(INT64_MAX) ? std::optional(int64_t(value)) : std::nullopt;
  }
  default:
    return std::nullopt;
  }
}

std::optional<double> GgufValue::number(uint64_t index) const {
  if (kind == GgufKind::F32)
    return double(elementAt<float>(bytes, index));
  if (kind == GgufKind::F64)
    return elementAt<double>(bytes, index);
  std::optional<int64_t> whole = integer(index);
  return whole ? std::optional(double(*whole)) : std::nullopt;
}

std::optional<bool> GgufValue::boolean(uint64_t index) const {
  return kind == GgufKind::Bool ? std::optional(bytes[index] != std::byte(0)) : std::nullopt;
}

std::optional<std::string_view> GgufValue::string(uint64_t index) const {
  return kind == GgufKind::String ? std::optional(strings[index]) : std::nullopt;
}

std::string GgufValue::text() const {
  if (isArray)
    return "an array of " + std::to_string(count) + " " + std::string(ggufKindName(kind));
  if (std::optional<std::string_view> text = string())
    return quote(*text);
  if (std::optional<bool> truth = boolean())
    return *truth ? "true" : "false";
  if (std::optional<int64_t> whole = integer())
    return std::to_string(*whole);
  char text[32];
  std::snprintf(text, sizeof text, "%g", number().value_or(0));
  return text;
}

} // namespace tern
