//===- tiny_checkpoint.cpp - Checkpoints made up by a test -----------------===//
#include "test/compiler/import/tiny_checkpoint.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tern::test {

std::string inLayer(const std::string &rest) { return "model.layers.0." + rest; }

static int64_t bytesOf(const TinyCheckpoint::Tensor &tensor) {
  int64_t bytes = tensor.dtype == "U8" ? 1 : tensor.dtype == "F32" ? 4 : 2;
  for (int64_t dim : tensor.shape)
    bytes *= dim;
  return bytes;
}

TinyCheckpoint::TinyCheckpoint() {
  std::string pattern = std::filesystem::temp_directory_path() / "tern-import-XXXXXX";
  path = mkdtemp(pattern.data());
  config = {{"model_type", "bitnet"},
            {"hidden_size", 32},
            {"intermediate_size", 48},
            {"num_hidden_layers", 1},
            {"num_attention_heads", 4},
            {"num_key_value_heads", 2},
            {"vocab_size", 20},
            {"max_position_embeddings", 64},
            {"hidden_act", "relu2"},
            {"tie_word_embeddings", true},
            {"eos_token_id", 4},
            {"quantization_config",
             {{"quant_method", "bitnet"}, {"linear_class", "autobitlinear"}, {"quantization_mode", "offline"}}}};
  auto linear = [&](const std::string &name, int64_t rows, int64_t columns) {
    tensors[inLayer(name + ".weight")] = {"U8", {rows / 4, columns}};
    tensors[inLayer(name + ".weight_scale")] = {"BF16", {1}};
  };
  tensors["model.embed_tokens.weight"] = {"BF16", {20, 32}};
  tensors["model.norm.weight"] = {"F32", {32}};
  tensors[inLayer("input_layernorm.weight")] = {"BF16", {32}};
  tensors[inLayer("post_attention_layernorm.weight")] = {"F16", {32}};
  tensors[inLayer("self_attn.attn_sub_norm.weight")] = {"BF16", {32}};
  tensors[inLayer("mlp.ffn_sub_norm.weight")] = {"BF16", {48}};
  linear("self_attn.q_proj", 32, 32);
  linear("self_attn.k_proj", 16, 32);
  linear("self_attn.v_proj", 16, 32);
  linear("self_attn.o_proj", 32, 32);
  linear("mlp.gate_proj", 48, 32);
  linear("mlp.up_proj", 48, 32);
  linear("mlp.down_proj", 32, 48);
}

TinyCheckpoint::~TinyCheckpoint() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

void TinyCheckpoint::useMasterWeights() {
  config["quantization_config"]["quantization_mode"] = "online";
  std::erase_if(tensors, [](const auto &entry) { return entry.first.ends_with("weight_scale"); });
  for (auto &[name, tensor] : tensors)
    if (tensor.dtype == "U8")
      tensor = {"BF16", {4 * tensor.shape[0], tensor.shape[1]}};
}

Result<Checkpoint> TinyCheckpoint::open() const {
  std::ofstream(path + "/config.json") << config.dump();
  nlohmann::json header;
  int64_t offset = 0;
  for (const auto &[name, tensor] : tensors) {
    header[name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + bytesOf(tensor)}}};
    offset += bytesOf(tensor);
  }
  std::string text = header.dump();
  uint64_t length = text.size(); // little-endian, as the hosts that run tests are
  std::ofstream file(path + "/model.safetensors", std::ios::binary);
  file.write(reinterpret_cast<const char *>(&length), sizeof length);
  file << text << std::string(size_t(offset), '\0');
  file.close();
  return Checkpoint::open(path);
}

} // namespace tern::test
