//===- tuning_page.h - A tuning file as a page --------------------------------===//
#pragma once

#include "lib/tuning/tuning_file.h"

#include <string>

namespace tern {

/// One self-contained HTML page (no network): for every device its choices beside the defaults, all candidates on the
/// roofline, the strategies for each shape, and tables of what was timed, fastest first.
std::string tuningPage(const TuningFile &file);

} // namespace tern
