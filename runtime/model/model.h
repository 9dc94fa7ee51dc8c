//===- model.h - A model object, loaded --------------------------------------===//
#pragma once

#include "lib/object/model_file.h"
#include "runtime/text/tokenizer.h"

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace tern {

/// A step function of a model, and its place among the exports.
struct Export {
  const tern_export *code;
  size_t index;
};

/// The code and the weights of a model; shared by any number of sessions, never changed after loading.
class Model {
public:
  static Result<std::shared_ptr<Model>> load(const std::string &path, Verify verify);
  ~Model();
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  /// The file it came from; errors about the model begin with it.
  const std::string &path() const { return filePath; }
  /// The whole file, as it was checked.
  std::span<const std::byte> bytes() const { return file.bytes(); }
  const tern_model_header &header() const { return file.header(); }
  const Manifest &manifest() const { return file.manifest(); }
  /// As mapped from the file: never copied.
  const uint8_t *weights() const { return reinterpret_cast<const uint8_t *>(file.weights().data()); }
  /// Bounds what rows read here and there leave in memory (ModelFile). Rows may be read meanwhile.
  void releaseScattered() const { file.releaseScattered(); }
  /// As ModelFile::copyWeights.
  Status copyWeights(uint64_t offset, std::span<std::byte> out) const { return file.copyWeights(offset, out); }
  /// What the object exports, in its order.
  std::span<const Export> exports() const { return exported; }
  /// Null when it has no such export.
  const Export *find(std::string_view name) const;
  /// For errors: "decode, prefill, ...".
  std::string exportNames() const;
  bool endsText(int32_t id) const;
  /// Built at the first use; an error when the model has none.
  Result<const Tokenizer *> tokenizer();

private:
  Model(ModelFile file, std::string path) : file(std::move(file)), filePath(std::move(path)) {}
  Status loadCode();
  Status readExports(const tern_library &library);

  ModelFile file;
  std::string filePath;
  void *code = nullptr; ///< dlopen's handle
  std::vector<Export> exported;
  std::mutex tokenizerLock;
  std::optional<Result<Tokenizer>> builtTokenizer;
};

} // namespace tern
