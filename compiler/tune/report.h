//===- report.h - A tuning file as a page -----------------------------------------===//
#pragma once

#include "lib/tuning/tuning_file.h"

#include <string>

namespace tern {

/// One self-contained HTML page (no network): for every device, shape, token count and number of
/// threads the candidates that were timed, fastest first, as bars with time and weight bandwidth,
/// and the choices beside the default.
std::string tuningReport(const TuningFile &file);

} // namespace tern
