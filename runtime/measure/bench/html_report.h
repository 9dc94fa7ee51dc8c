//===- html_report.h - Benchmark reports as one page of charts ----------------===//
#pragma once

#include "runtime/measure/bench/kernel_bench.h"
#include "runtime/measure/bench/model_bench.h"
#include "runtime/measure/report/page.h"

#include <span>
#include <string>

namespace tern {

/// Adds the kernels on their roofline, and the strategies of each shape side by side.
void addKernelCharts(HtmlPage &page, std::span<const Ceilings> ceilings, std::span<const KernelFigures> kernels);
/// Adds speeds beside their ceilings, bytes per token and decode time by part.
void addModelCharts(HtmlPage &page, const ModelReport &report);

/// A whole page of what was measured; either may be null.
std::string htmlReport(const ModelReport *model, const std::string &modelName, const KernelReport *kernels);

} // namespace tern
