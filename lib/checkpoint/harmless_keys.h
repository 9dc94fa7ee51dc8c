//===- harmless_keys.h - Keys of config.json that change no arithmetic -------===//
#pragma once

#include "lib/base/json.h"

namespace tern {

/// Fails for the first key of config.json that nobody asked `fields` for, unless it is known to change nothing that a
/// model computes, or has the one value that changes nothing: what wrote the checkpoint computes with it.
void refuseUnknownKeys(JsonFields &fields, const Json &config);

} // namespace tern
