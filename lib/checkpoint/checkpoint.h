//===- checkpoint.h - A checkpoint folder in the hub's format --------------===//
#pragma once

#include "lib/base/text.h"
#include "lib/checkpoint/config_reader.h"
#include "lib/checkpoint/safetensors.h"

#include <map>
#include <string>
#include <vector>

namespace tern {

/// A tensor of a checkpoint and the file that holds it. Valid while the Checkpoint lives.
struct TensorView {
  std::string name;
  const TensorInfo *info;
  const SafetensorsFile *file;

  /// "PATH: tensor NAME", the beginning of errors.
  std::string where() const { return file->path() + ": tensor " + printable(name); }
};

/// config.json, model.safetensors or the shards that model.safetensors.index.json lists (the single
/// file wins, as in transformers), and tokenizer.json if there is one.
class Checkpoint {
public:
  static Result<Checkpoint> open(const std::string &folder);

  const std::string &folder() const { return path; }
  /// The folder's own name, for people; nothing is decided by it.
  std::string name() const;
  /// As they were parsed: what they say is for the family to read (compiler/families).
  const ConfigFiles &config() const { return configFiles; }
  /// Empty when the checkpoint has none.
  const std::string &tokenizer() const { return tokenizerJson; }
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
  Status openTensors();
  Status openShards(const std::string &indexPath);
  std::string path;
  ConfigFiles configFiles;
  std::string tokenizerJson;
  std::vector<SafetensorsFile> shards;
  std::map<std::string, size_t, std::less<>> shardOf; ///< by tensor; what no index lists does not exist
};

} // namespace tern
