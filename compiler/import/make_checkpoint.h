//===- make_checkpoint.h - Checkpoints of any family, made up -----------------===//
#pragma once

#include "lib/base/result.h"

#include <cstdint>
#include <string>

namespace tern {

/// Writes a checkpoint with the config.json of `configPath` into `folder`, with the tensors that its family asks for
/// and values by the formulas of lib/weights/generate.h. Errors: those of readModel and of generateCheckpoint.
Status makeCheckpoint(const std::string &configPath, uint64_t seed, const std::string &folder, bool force = false);

} // namespace tern
