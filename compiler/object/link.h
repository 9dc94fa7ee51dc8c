//===- link.h - From an object to a shared object ----------------------------===//
#pragma once

#include "lib/base/result.h"

#include <string>
#include <string_view>

namespace tern {

/// Links one ELF relocatable object into a shared object and returns its bytes. An undefined symbol
/// is an error, unless `allowUndefined` (sanitized code calls its runtime, which the loading
/// program provides). The same object gives the same bytes. Nothing is
/// written to a disk.
Result<std::string> linkSharedObject(std::string_view object, bool allowUndefined);

} // namespace tern
