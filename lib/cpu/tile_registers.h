//===- tile_registers.h - Leave to use the tile registers of AMX ----------===//
#pragma once

#include "lib/base/result.h"

#include <string_view>

namespace tern {

/// Before code that needs these features ("avx2,amx-tile,...") runs: Linux gives the tile registers of AMX, 8 KB of
/// state a thread, only to a process that asks for them, once and for all of its threads. Asks for nothing else. An
/// error says that it was denied, and what to compile instead.
Status enableFeatures(std::string_view required);

} // namespace tern
