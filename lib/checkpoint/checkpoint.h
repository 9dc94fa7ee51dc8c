//===- checkpoint.h - A checkpoint: a folder in the hub's format, or a GGUF file --===//
#pragma once

#include "lib/base/text.h"
#include "lib/checkpoint/config_reader.h"
#include "lib/checkpoint/gguf_types.h"
#include "lib/checkpoint/tensor_file.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tern {

/// A tensor of a checkpoint and the file that holds it. Valid while the Checkpoint lives.
struct TensorView {
  std::string name;
  const TensorInfo *info;
  const TensorFile *file;

  /// "PATH: tensor NAME", the beginning of errors; NAME is the file's own.
  std::string where() const {
    return file->path() + ": tensor " + printable(info->ownName.empty() ? name : info->ownName);
  }
};

/// Of a folder: config.json, model.safetensors or the shards that model.safetensors.index.json lists (the single file
/// wins, as in transformers), and tokenizer.json if there is one. Of a GGUF file: its keys and tensors as these would
/// have them (lib/checkpoint/gguf_config.h, gguf_tensors.h, gguf_tokenizer.h).
class Checkpoint {
public:
  /// `i2s` is looked at for GGUF files only.
  static Result<Checkpoint> open(const std::string &path, I2sBlocks i2s = I2sBlocks::X86);

  /// The path that it was opened by.
  const std::string &folder() const { return path; }
  /// Of the tokenizer, for errors: tokenizer.json of a folder, or the GGUF file.
  std::string tokenizerPath() const { return isGguf ? path + ": tokenizer" : path + "/tokenizer.json"; }
  /// The folder's or the file's own name, for people; nothing is decided by it.
  std::string name() const;
  /// As they were parsed, or as a GGUF file's keys amount to: what they say is for the family to read
  /// (compiler/families).
  const ConfigFiles &config() const { return configFiles; }
  /// Empty when the checkpoint has none, or one that is not supported.
  const std::string &tokenizer() const { return tokenizerJson; }
  /// Why tokenizer() is empty though the checkpoint has one; mostly success.
  const Status &tokenizerStatus() const { return tokenizerState; }
  /// What was taken for what where the checkpoint does not say it itself, a sentence each; none of a folder.
  const std::vector<std::string> &notes() const { return remarks; }
  /// An error that names the tensor and the folder when there is none of that name.
  Result<TensorView> find(const std::string &tensor) const;
  /// Whether two tensors have the same dtype, shape and bytes; reads both, a megabyte at a time.
  Result<bool> same(const TensorView &a, const TensorView &b) const;
  /// The names of all tensors, in their order.
  std::vector<std::string> tensors() const;
  /// Bytes of the largest tensor.
  uint64_t largestTensor() const;

private:
  Checkpoint() = default;
  static Result<Checkpoint> openGguf(const std::string &path, I2sBlocks i2s);
  Status openTensors();
  Status openShards(const std::string &indexPath);
  void addFile(std::unique_ptr<TensorFile> file);
  std::string path;
  bool isGguf = false;
  ConfigFiles configFiles;
  std::string tokenizerJson;
  Status tokenizerState;
  std::vector<std::string> remarks;
  std::vector<std::unique_ptr<TensorFile>> shards;
  std::map<std::string, size_t, std::less<>> shardOf; ///< by tensor; what no index lists does not exist
};

} // namespace tern
