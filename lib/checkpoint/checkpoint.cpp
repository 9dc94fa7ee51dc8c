//===- checkpoint.cpp - A checkpoint: a folder in the hub's format, or a GGUF file --===//
#include "lib/checkpoint/checkpoint.h"

#include "lib/base/json.h"
#include "lib/checkpoint/gguf_config.h"
#include "lib/checkpoint/gguf_tensors.h"
#include "lib/checkpoint/gguf_tokenizer.h"
#include "lib/checkpoint/safetensors.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace tern {

namespace fs = std::filesystem;

/// Hub tokenizers are about 10 MB, indexes of the largest models about 5 MB.
static constexpr uint64_t kMaxJsonBytes = 256 << 20;

static bool exists(const std::string &file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

Result<Checkpoint> Checkpoint::openGguf(const std::string &path, I2sBlocks i2s) {
  Result<GgufFile> file = GgufFile::open(path, i2s);
  if (!file)
    return file.error();
  GgufModel described = describeGgufModel(*file);
  if (!described.problems.empty())
    return Error{path + ": " + described.problems.front()};
  Checkpoint checkpoint;
  checkpoint.path = path;
  checkpoint.isGguf = true;
  checkpoint.remarks = std::move(described.notes);
  Result<ConfigFiles> config = ConfigFiles::parse(described.config, "", path);
  if (!config)
    return config.error();
  checkpoint.configFiles = std::move(*config);
  if (Result<std::string> tokenizer = translateGgufTokenizer(*file, checkpoint.remarks); tokenizer)
    checkpoint.tokenizerJson = std::move(*tokenizer);
  else
    checkpoint.tokenizerState = tokenizer.error();
  Result<std::unique_ptr<GgufTensors>> tensors =
      GgufTensors::make(std::move(*file), *described.architecture, described.headRows);
  if (!tensors)
    return tensors.error();
  checkpoint.addFile(std::move(*tensors));
  return checkpoint;
}

void Checkpoint::addFile(std::unique_ptr<TensorFile> file) {
  for (const auto &[tensor, info] : file->tensors())
    shardOf.emplace(tensor, shards.size());
  shards.push_back(std::move(file));
}

Result<Checkpoint> Checkpoint::open(const std::string &folder, I2sBlocks i2s) {
  std::error_code ignored;
  if (isGgufFile(folder))
    return openGguf(folder, i2s);
  if (!fs::is_directory(folder, ignored))
    return Error{folder +
                 ": is no folder; a checkpoint is a folder with config.json and model.safetensors, or a GGUF file"};
  Checkpoint checkpoint;
  checkpoint.path = folder;
  std::string configPath = folder + "/config.json", generationPath = folder + "/generation_config.json";
  Result<std::string> config = readFile(configPath, kMaxJsonBytes);
  if (!config)
    return config.error();
  std::string generation;
  if (exists(generationPath)) {
    Result<std::string> text = readFile(generationPath, kMaxJsonBytes);
    if (!text)
      return text.error();
    generation = std::move(*text);
  }
  Result<ConfigFiles> files = ConfigFiles::parse(*config, generation, configPath);
  if (!files)
    return files.error();
  checkpoint.configFiles = std::move(*files);
  if (Status status = checkpoint.openTensors(); !status)
    return status.error();
  if (std::string tokenizer = folder + "/tokenizer.json"; exists(tokenizer)) {
    Result<std::string> text = readFile(tokenizer, kMaxJsonBytes);
    if (!text)
      return text.error();
    if (Result<Json> json = parseJson(*text, tokenizer); !json)
      return json.error();
    checkpoint.tokenizerJson = std::move(*text);
  }
  return checkpoint;
}

Status Checkpoint::openTensors() {
  std::string single = path + "/model.safetensors", index = single + ".index.json";
  if (!exists(single) && exists(index))
    return openShards(index);
  Result<SafetensorsFile> file = SafetensorsFile::open(single);
  if (!file)
    return file.error();
  addFile(std::make_unique<SafetensorsFile>(std::move(*file)));
  return {};
}

Status Checkpoint::openShards(const std::string &indexPath) {
  Result<std::string> text = readFile(indexPath, kMaxJsonBytes);
  if (!text)
    return text.error();
  Result<Json> index = parseJson(*text, indexPath);
  if (!index)
    return index.error();
  JsonFields fields(*index, indexPath);
  const Json *map = fields.find("weight_map");
  if (!map || !map->is_object() || map->empty())
    return Error{indexPath + ": has no weight_map"};
  std::set<std::string> names;
  for (const auto &[tensor, shard] : map->items()) {
    if (!shard.is_string() || shard.get_ref<const std::string &>().find('/') != std::string::npos)
      return Error{indexPath + ": gives tensor " + printable(tensor) + " no file name in this folder"};
    names.insert(shard.get<std::string>());
  }
  for (const std::string &name : names) {
    Result<SafetensorsFile> file = SafetensorsFile::open(path + "/" + name);
    if (!file)
      return file.error();
    shards.push_back(std::make_unique<SafetensorsFile>(std::move(*file)));
  }
  for (const auto &[tensor, shard] : map->items()) {
    size_t at = size_t(std::distance(names.begin(), names.find(shard.get<std::string>())));
    if (!shards[at]->find(tensor))
      return Error{indexPath + ": places tensor " + printable(tensor) + " in " + printable(shard.get<std::string>()) +
                   ", which does not hold it"};
    shardOf.emplace(tensor, at);
  }
  return {};
}

std::string Checkpoint::name() const {
  std::error_code ignored;
  fs::path own = fs::canonical(path, ignored).filename();
  return (own.extension() == ".gguf" ? own.stem() : own).string();
}

Result<TensorView> Checkpoint::find(const std::string &tensor) const {
  auto at = shardOf.find(tensor);
  if (at == shardOf.end())
    return Error{path + ": has no tensor " + printable(tensor)};
  const TensorFile &shard = *shards[at->second];
  return TensorView{tensor, shard.find(tensor), &shard};
}

Result<bool> Checkpoint::same(const TensorView &a, const TensorView &b) const {
  if (a.info->dtype != b.info->dtype || a.info->shape != b.info->shape)
    return false;
  constexpr uint64_t kBlock = 1 << 20;
  std::vector<std::byte> left, right;
  for (uint64_t at = 0; at < a.info->bytes; at += kBlock) {
    left.resize(size_t(std::min(kBlock, a.info->bytes - at)));
    right.resize(left.size());
    if (Status status = a.file->read(*a.info, at, left); !status)
      return status.error();
    if (Status status = b.file->read(*b.info, at, right); !status)
      return status.error();
    if (left != right)
      return false;
  }
  return true;
}

std::vector<std::string> Checkpoint::tensors() const {
  std::vector<std::string> names;
  for (const auto &[name, shard] : shardOf)
    names.push_back(name);
  return names;
}

uint64_t Checkpoint::largestTensor() const {
  uint64_t largest = 0;
  for (const std::unique_ptr<TensorFile> &shard : shards)
    for (const auto &[name, info] : shard->tensors())
      largest = std::max(largest, info.bytes);
  return largest;
}

} // namespace tern
