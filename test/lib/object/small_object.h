//===- small_object.h - A model object around no code --------------------------===//
#pragma once

#include "lib/base/result.h"
#include "lib/object/manifest.h"
#include "lib/object/model_abi.h"

#include <string>
#include <vector>

namespace tern::test {

/// A right header for `weightsBytes` bytes of weights: vocabulary 8, context 16, blocks of 4 tokens, no features.
tern_model_header smallHeader(uint64_t weightsBytes);

/// An ELF shared object with `header` in .tern.header and empty .tern.weights, .tern.tokenizer and .tern.manifest
/// sections, as ternc's linker makes them, but without code.
std::string smallCode(const tern_model_header &header);

/// A manifest that agrees with smallHeader and has one tensor of all the weights.
std::string smallManifest(uint64_t weightsBytes, const std::vector<ManifestExport> &exports = {});

/// A whole model object at `path`.
Status writeSmallObject(const std::string &path, const std::string &weights, const std::string &tokenizer = "");

} // namespace tern::test
