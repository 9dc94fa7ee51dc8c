//===- report_tables.h - Benchmark reports as tables --------------------------===//
#pragma once

#include "runtime/measure/bench/kernel_bench.h"
#include "runtime/measure/bench/model_bench.h"

#include <string>

namespace tern {

/// A whole report as Markdown, or its main table as CSV.
std::string reportText(const ModelReport &report, const Model &model, bool csv);
std::string reportText(const KernelReport &report, bool csv);

} // namespace tern
