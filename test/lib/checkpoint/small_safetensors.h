//===- small_safetensors.h - Safetensors files written out by hand -------------===//
#pragma once

#include "lib/base/json.h"

#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tern::test {

/// 8 bytes of length, the header, the data.
inline std::string safetensors(std::string_view header, std::string_view data) {
  std::string file(8, '\0');
  for (size_t i = 0; i < 8; ++i)
    file[i] = char(header.size() >> (8 * i));
  return file.append(header).append(data);
}

struct SmallTensor {
  std::string dtype;
  std::vector<int64_t> shape;
  std::string bytes;
};

/// A right file of these tensors, in the order of their names.
inline std::string safetensors(const std::map<std::string, SmallTensor> &tensors) {
  Json header = Json::object();
  std::string data;
  for (const auto &[name, tensor] : tensors) {
    header[name] = {{"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"data_offsets", {data.size(), data.size() + tensor.bytes.size()}}};
    data += tensor.bytes;
  }
  return safetensors(header.dump(), data);
}

/// The bytes of numbers, little-endian as the hosts that run tests are.
template <typename T> std::string bytesOf(const std::vector<T> &values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

} // namespace tern::test
