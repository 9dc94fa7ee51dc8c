//===- toy_model.h - Model objects around toy_model.c --------------------------===//
#pragma once

#include "lib/base/file.h"
#include "lib/object/model_writer.h"
#include "runtime/model/model.h"
#include "test/lib/object/small_object.h"
#include "test/lib/temporary_folder.h"

namespace tern::test {

/// Writes the object with these 8 weights and loads it. Its manifest is that of small_object.h.
inline Result<std::shared_ptr<Model>> loadToyModel(const TemporaryFolder &folder, const std::vector<float> &weights,
                                                   const std::string &tokenizer = "") {
  Result<std::string> code = readFile(TERN_TOY_MODEL, 1 << 20);
  if (!code)
    return code.error();
  std::string manifest = smallManifest(weights.size() * sizeof(float)), path = folder.path + "/toy.tern";
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
