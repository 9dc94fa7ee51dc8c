//===- generate.cpp - Checkpoints from a counter -------------------------------===//
#include "lib/weights/generate.h"

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/checkpoint/config.h"
#include "lib/weights/storages/storages.h"

#include <cmath>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

namespace tern {
namespace {

/// One tensor to write: its header entry, and its bytes a row at a time.
struct Planned {
  std::string name, dtype;
  std::vector<int64_t> shape;
  int64_t rowBytes, rows;
  std::function<void(int64_t row, std::span<uint8_t> bytes)> fill;
};

class Plan {
public:
  Plan(const ModelConfig &config, const Storage &storage, uint64_t seed)
      : config(config), storage(storage), seed(seed) {
    dense("model.embed_tokens.weight", {config.vocabSize, config.hiddenSize}, [](float v) { return 0.05f * v; });
    for (int64_t i = 0; i < config.layers; ++i)
      layer("model.layers." + std::to_string(i) + ".");
    norm("model.norm.weight", config.hiddenSize);
    if (!config.tieWordEmbeddings)
      dense("lm_head.weight", {config.vocabSize, config.hiddenSize}, [](float v) { return 0.05f * v; });
  }
  std::vector<Planned> tensors;

private:
  void layer(const std::string &prefix) {
    int64_t q = config.heads * config.headDim, kv = config.kvHeads * config.headDim, hidden = config.hiddenSize;
    bool subNorms = config.modelType == ModelType::Bitnet;
    norm(prefix + "input_layernorm.weight", hidden);
    linear(prefix + "self_attn.q_proj", q, hidden);
    linear(prefix + "self_attn.k_proj", kv, hidden);
    linear(prefix + "self_attn.v_proj", kv, hidden);
    linear(prefix + "self_attn.o_proj", hidden, q);
    norm(prefix + "post_attention_layernorm.weight", hidden);
    linear(prefix + "mlp.gate_proj", config.intermediateSize, hidden);
    linear(prefix + "mlp.up_proj", config.intermediateSize, hidden);
    linear(prefix + "mlp.down_proj", hidden, config.intermediateSize);
    if (subNorms) {
      norm(prefix + "self_attn.attn_sub_norm.weight", q);
      norm(prefix + "mlp.ffn_sub_norm.weight", config.intermediateSize);
    }
  }

  void dense(const std::string &name, std::vector<int64_t> shape, float (*value)(float)) {
    int64_t columns = shape.back(), rows = shape.size() == 2 ? shape[0] : 1;
    Counter counter(seed, name);
    tensors.push_back({name, "BF16", std::move(shape), 2 * columns, rows, [=](int64_t row, std::span<uint8_t> bytes) {
                         for (int64_t c = 0; c < columns; ++c)
                           putBfloat16(value(counter.uniformAt(row * columns + c)), c, bytes);
                       }});
  }

  void norm(const std::string &name, int64_t size) {
    dense(name, {size}, [](float v) { return 0.1f * v + 1.0f; });
  }

  void linear(const std::string &module, int64_t rows, int64_t columns) {
    Counter counter(seed, module + ".weight");
    int64_t stored = rows / storage.rowsInOne;
    tensors.push_back(
        {module + ".weight",
         storage.isFloat ? "BF16" : "U8",
         {stored, columns},
         (storage.isFloat ? 2 : 1) * columns,
         stored,
         [=, this](int64_t row, std::span<uint8_t> bytes) { storage.make(counter, row, rows, columns, bytes); }});
    if (!storage.hasScaleTensor)
      return;
    float scale = std::sqrt(1.5f / float(columns));
    tensors.push_back({module + std::string(kScaleSuffix), "BF16", {1}, 2, 1, [=](int64_t, std::span<uint8_t> bytes) {
                         putBfloat16(scale, 0, bytes);
                       }});
  }

  const ModelConfig &config;
  const Storage &storage;
  uint64_t seed;
};

/// The safetensors header with its length before it.
std::string headerOf(const std::vector<Planned> &tensors) {
  // It sorts before all tensors' names, so that the kind is seen at the file's beginning.
  Json header = {{"__metadata__", {{"generator", "tern-gen"}}}};
  int64_t offset = 0;
  for (const Planned &tensor : tensors) {
    int64_t end = offset + tensor.rowBytes * tensor.rows;
    header[tensor.name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = jsonText(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string length(8, '\0');
  for (size_t i = 0; i < 8; ++i)
    length[i] = char(text.size() >> (8 * i));
  return length + text;
}

Status writeTensors(const std::vector<Planned> &tensors, const std::string &header, AtomicFile &file) {
  if (Status status = file.write(header); !status)
    return status;
  std::vector<uint8_t> bytes;
  for (const Planned &tensor : tensors) {
    bytes.resize(size_t(tensor.rowBytes));
    for (int64_t row = 0; row < tensor.rows; ++row) {
      tensor.fill(row, bytes);
      if (Status status = file.write(std::as_bytes(std::span(bytes))); !status)
        return status;
    }
  }
  return {};
}

/// Random weights must not take the place of trained ones, nor mix with their tokenizer.
Status checkFolder(const std::string &folder) {
  std::error_code problem;
  bool generated = isOfKind(folder + "/model.safetensors", kGeneratedTensorsKind);
  for (std::filesystem::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
    std::string name = at->path().filename().string();
    bool isPart = name == "config.json" || name == "tokenizer.json" || name.ends_with(".safetensors") ||
                  name.ends_with(".safetensors.index.json");
    if (isPart && !generated)
      return Error{folder + ": holds " + printable(name) +
                   " of a checkpoint that tern-gen did not make; name another folder, or add --force to replace its "
                   "config.json and model.safetensors"};
  }
  return {};
}

Status checkRoom(const std::string &folder, uint64_t bytes) {
  std::error_code problem;
  std::filesystem::space_info space = std::filesystem::space(folder, problem);
  if (problem || space.available >= bytes)
    return {};
  return Error{folder + ": the checkpoint takes " + formatBytes(bytes) + ", but only " + formatBytes(space.available) +
               " are free there"};
}

/// Both files are whole before either takes the place of an older one.
Status writeCheckpoint(const std::vector<Planned> &tensors, const std::string &config, const std::string &folder) {
  std::string header = headerOf(tensors);
  uint64_t bytes = header.size() + config.size();
  for (const Planned &tensor : tensors)
    bytes += uint64_t(tensor.rowBytes) * uint64_t(tensor.rows);
  if (Status status = checkRoom(folder, bytes); !status)
    return status;
  Result<AtomicFile> tensorFile = AtomicFile::create(folder + "/model.safetensors");
  if (!tensorFile)
    return tensorFile.error();
  Result<AtomicFile> configFile = AtomicFile::create(folder + "/config.json");
  if (!configFile)
    return configFile.error();
  if (Status status = configFile->write(config); !status)
    return status;
  if (Status status = writeTensors(tensors, header, *tensorFile); !status)
    return status;
  for (AtomicFile *file : {&*configFile, &*tensorFile})
    if (Status status = file->flush(); !status)
      return status;
  if (Status status = tensorFile->commit(); !status)
    return status;
  return configFile->commit();
}

} // namespace

const FileKind kGeneratedTensorsKind = {"checkpoint of tern-gen", [](std::string_view head, std::string_view) {
                                          return head.find(R"({"__metadata__":{"generator":"tern-gen"})") ==
                                                 sizeof(uint64_t); // behind the header's length
                                        }};

const FileKind kConfigKind = {
    "config.json", [](std::string_view head, std::string_view) { return head.find("\"model_type\"") != head.npos; }};

Status generateCheckpoint(const std::string &configPath, uint64_t seed, const std::string &folder, bool force) {
  Result<std::string> text = readFile(configPath, 1 << 20);
  if (!text)
    return text.error();
  Result<ModelConfig> config = parseModelConfig(*text, "", configPath);
  if (!config)
    return config.error();
  if (config->weightBits != 0)
    return Error{configPath + ": weights of 1bitLLM's form (weight_bits) cannot be made up; tern-gen makes those of "
                              "model_type bitnet and llama"};
  const Storage &storage = *findStorage(config->mode == QuantizationMode::Online    ? "master"
                                        : config->mode == QuantizationMode::Offline ? "packed_rows"
                                                                                    : "scaled");
  for (int64_t rows : {config->heads * config->headDim, config->kvHeads * config->headDim, config->hiddenSize,
                       config->intermediateSize})
    if (rows % storage.rowsInOne != 0)
      return Error{configPath + ": weights stored as " + std::string(storage.name) +
                   " need all sizes to be multiples of " + std::to_string(storage.rowsInOne)};
  if (!force)
    if (Status status = checkFolder(folder); !status)
      return status;
  std::error_code problem, ignored;
  bool isNew = std::filesystem::create_directories(folder, problem);
  if (problem)
    return Error{folder + ": cannot be made: " + problem.message()};
  Status status = writeCheckpoint(Plan(*config, storage, seed).tensors, *text, folder);
  if (!status && isNew)
    std::filesystem::remove_all(folder, ignored); // what is in it is ours
  return status;
}

} // namespace tern
