//===- inspect_gguf.h - What a GGUF file says about itself --------------------===//
#pragma once

#include "lib/base/json.h"
#include "lib/checkpoint/gguf_types.h"

#include <string>

namespace tern {

/// Before anything is compiled: {"file", "version", "architecture", "name", "notes": [...], "tensors": [{"name",
/// "type", "shape", "bytes", "format"}], "can_run", "reasons": [...], "without": [...]}. A format is that of a ternary
/// matrix as ternc would declare it, which takes its scales to be read; it is absent where the file cannot be compiled.
/// Reasons are all that keep ternc from compiling the file, as far as its keys, tensors and scales say; what is in
/// "without" (a tokenizer) can be left out. An error is a file that cannot be read as GGUF at all.
Result<Json> inspectGguf(const std::string &path, I2sBlocks i2s);

/// The same for people.
std::string ggufText(const Json &description);

} // namespace tern
