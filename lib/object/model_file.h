//===- model_file.h - Reads and checks model.tern ----------------------------===//
#pragma once

#include "lib/base/file.h"
#include "lib/base/paths.h"
#include "lib/base/result.h"
#include "lib/object/manifest.h"
#include "lib/object/model_abi.h"

#include <span>
#include <string_view>
#include <vector>

namespace tern {

/// How much of a model object is compared with its hashes.
enum class Verify {
  /// All but the weights, and those too when they are at most 256 MB: hashing the 1.2 GB of a 2B4T
  /// object takes longer than a load may, 100 ms.
  Auto,
  Full, ///< also larger weights
};

extern const FileKind kModelKind;

/// The file, mapped but not looked at; a folder is an error that says what is missing.
Result<MappedFile> openModelObject(const std::string &path);

/// A model object whose every size, offset and hash was checked before anything of it runs.
class ModelFile {
public:
  /// Errors begin with the path: no model object, truncated, another version, damaged, made for
  /// another architecture, code that would run when it is loaded (loadable.h), or in need of CPU
  /// features that this machine does not have.
  static Result<ModelFile> open(const std::string &path, Verify verify);

  const tern_model_header &header() const { return modelHeader; }
  const Manifest &manifest() const { return modelManifest; }
  /// Mapped from the file; aligned to 4,096 bytes.
  std::span<const std::byte> weights() const { return weightBytes; }
  std::string_view tokenizer() const { return tokenizerJson; }
  /// Of the open file: what is loaded later is what was checked.
  int descriptor() const { return file.descriptor(); }
  std::span<const std::byte> bytes() const { return file.bytes(); }

  /// Takes the rows of tensors that are read here and there out of the process's memory: a row of 5 KB brings 0.5 MB
  /// around it (Linux 6.18, ext4).
  void releaseScattered() const;
  /// Fills `out` with weights() from `offset` on, without bringing what lies around it into the process's memory.
  Status copyWeights(uint64_t offset, std::span<std::byte> out) const {
    return file.copy(weightBytes.subspan(offset, out.size()), out);
  }

private:
  explicit ModelFile(MappedFile file) : file(std::move(file)) {}
  Status check(const std::string &path, Verify verify);
  void expectReads();

  MappedFile file;
  std::vector<std::span<const std::byte>> scattered;
  tern_model_header modelHeader{};
  Manifest modelManifest;
  std::span<const std::byte> weightBytes;
  std::string_view tokenizerJson;
};

/// What ModelFile::open finds in these bytes, without the checks of the running CPU: for tools and
/// fuzzing.
struct ModelContents {
  tern_model_header header{};
  Manifest manifest;
  std::span<const std::byte> weights;
  std::string_view tokenizer;
};
Result<ModelContents> parseModelObject(std::span<const std::byte> bytes, Verify verify, const std::string &name);

} // namespace tern
