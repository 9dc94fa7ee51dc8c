//===- toy_model.h - Model objects around toy_model.c --------------------------===//
#pragma once

#include "lib/base/file.h"
#include "lib/object/model_writer.h"
#include "runtime/model/model.h"
#include "test/lib/object/small_object.h"
#include "test/lib/temporary_folder.h"

namespace tern::test {

/// The exports of toy_model.c.
inline std::vector<ManifestExport> toyExports() {
  auto port = [](const char *name, const char *type, const char *extent, std::vector<int64_t> shape, bool output) {
    return ManifestPort{name, type, extent, std::move(shape), output};
  };
  std::vector<ManifestPort> step = {port("tokens", "i32", "rows", {4}, false),
                                    port("hidden", "f32", "outputs", {4, 2}, true)};
  std::vector<ManifestPort> head = {port("hidden", "f32", "rows", {4, 2}, false),
                                    port("logits", "f32", "rows", {4, 8}, true)};
  return {{"decode", 1, step, {}, ""},
          {"prefill", 4, step, {}, ""},
          {"logits", 1, head, {}, ""},
          {"logits_block", 4, head, {}, ""}};
}

/// Writes the object with these 8 weights and loads it. Its manifest is that of small_object.h with these exports.
inline Result<std::shared_ptr<Model>> loadToyModel(const TemporaryFolder &folder, const std::vector<float> &weights,
                                                   const std::string &tokenizer = "",
                                                   const std::vector<ManifestExport> &exports = toyExports()) {
  Result<std::string> code = readFile(TERN_TOY_MODEL, 1 << 20);
  if (!code)
    return code.error();
  std::string manifest = smallManifest(weights.size() * sizeof(float), exports), path = folder.path + "/toy.tern";
  ModelParts parts;
  parts.code = *code;
  parts.weightsBytes = weights.size() * sizeof(float);
  parts.weights = [&](const auto &sink) { return sink(std::as_bytes(std::span(weights))); };
  parts.tokenizer = tokenizer;
  parts.manifest = manifest;
  if (Status status = writeModelObject(parts, path); !status)
    return status.error();
  return Model::load(path, Verify::Full);
}

} // namespace tern::test
