//===- small_gguf.h - GGUF files written out by hand ----------------------------===//
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tern::test {

/// Bytes of a number, little-endian as the hosts that run tests are.
template <typename T> std::string rawBytes(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline std::string ggufString(std::string_view text) { return rawBytes(uint64_t(text.size())) + std::string(text); }

/// Parts of a file, which may be wrong ones; bytes() puts them together.
class SmallGguf {
public:
  uint32_t version = 3;
  uint64_t alignment = 32;               ///< of what is written; the key is the caller's to add
  int64_t moreKeys = 0, moreTensors = 0; ///< by which the counts lie

  /// A key with the bytes of its value, behind the number of its type.
  SmallGguf &key(std::string_view name, uint32_t type, const std::string &value) {
    keys.push_back(ggufString(name) + rawBytes(type) + value);
    return *this;
  }
  SmallGguf &key(std::string_view name, std::string_view text) { return key(name, 8, ggufString(text)); }
  SmallGguf &key(std::string_view name, uint32_t value) { return key(name, 4, rawBytes(value)); }
  SmallGguf &key(std::string_view name, float value) { return key(name, 6, rawBytes(value)); }
  SmallGguf &flag(std::string_view name, bool value) { return key(name, 7, rawBytes(uint8_t(value))); }
  SmallGguf &strings(std::string_view name, const std::vector<std::string> &texts) {
    std::string value = rawBytes(uint32_t(8)) + rawBytes(uint64_t(texts.size()));
    for (const std::string &text : texts)
      value += ggufString(text);
    return key(name, 9, value);
  }
  SmallGguf &integers(std::string_view name, const std::vector<int32_t> &numbers) {
    std::string value = rawBytes(uint32_t(5)) + rawBytes(uint64_t(numbers.size()));
    for (int32_t number : numbers)
      value += rawBytes(number);
    return key(name, 9, value);
  }

  /// `ne` as the file has it, the columns first. Where `offset` is given the file says that one.
  SmallGguf &tensor(std::string_view name, const std::vector<int64_t> &ne, uint32_t type, const std::string &content,
                    int64_t offset = -1) {
    std::string entry = ggufString(name) + rawBytes(uint32_t(ne.size()));
    for (int64_t size : ne)
      entry += rawBytes(size);
    tensors.push_back(entry + rawBytes(type) + rawBytes(offset < 0 ? uint64_t(data.size()) : uint64_t(offset)));
    data += content;
    data.resize((data.size() + alignment - 1) / alignment * alignment, '\0');
    return *this;
  }

  std::string bytes() const {
    std::string file = "GGUF" + rawBytes(version) + rawBytes(uint64_t(int64_t(tensors.size()) + moreTensors)) +
                       rawBytes(uint64_t(int64_t(keys.size()) + moreKeys));
    for (const std::string &key : keys)
      file += key;
    for (const std::string &tensor : tensors)
      file += tensor;
    file.resize((file.size() + alignment - 1) / alignment * alignment, '\0');
    return file + data;
  }

private:
  std::vector<std::string> keys, tensors;
  std::string data;
};

/// The keys of a model of one layer, 4 columns and 2 tokens; with `addTensors` its embedding and norm too.
inline SmallGguf smallGgufModel(std::string_view architecture = "llama", bool addTensors = true) {
  SmallGguf file;
  std::string a = std::string(architecture) + ".";
  file.key("general.architecture", architecture).key("general.name", "small");
  file.key(a + "embedding_length", 4u).key(a + "feed_forward_length", 4u).key(a + "block_count", 1u);
  file.key(a + "attention.head_count", 1u).key(a + "context_length", 16u);
  file.key(a + "attention.layer_norm_rms_epsilon", 1e-5f);
  if (addTensors) {
    file.tensor("token_embd.weight", {4, 2}, 0, std::string(32, '\0'));
    file.tensor("output_norm.weight", {4}, 0, std::string(16, '\0'));
  }
  return file;
}

} // namespace tern::test
