//===- device_ceilings.h - A tuning file's ceilings ---------------------------===//
#pragma once

#include "lib/tuning/tuning_file.h"

#include <span>

namespace tern {

/// Measures this machine's read bandwidth and dot peak for each of these numbers of threads that `device` has none for,
/// and adds them; about half a second each. An error when there is no memory for it, or no room for the threads.
Status addCeilings(TuningDevice &device, std::span<const int64_t> threads);

} // namespace tern
