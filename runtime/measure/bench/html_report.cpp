//===- html_report.cpp - Benchmark reports as one page of charts --------------===//
#include "runtime/measure/bench/html_report.h"

#include "lib/base/version.h"
#include "lib/cpu/features.h"
#include "runtime/measure/report/charts.h"
#include "runtime/measure/report/kernel_charts.h"

namespace tern {

/// "lanes<width = 64>" of "#ternary.lanes<width = 64>"; "dot, width = 64" of "#ternary.kernel<dot, width = 64>", which
/// objects of before have.
static std::string_view kernelText(std::string_view variant) {
  constexpr std::string_view now = "#ternary.", former = "#ternary.kernel<";
  if (variant.starts_with(former) && variant.ends_with('>'))
    return variant.substr(former.size(), variant.size() - former.size() - 1);
  return variant.starts_with(now) ? variant.substr(now.size()) : variant;
}

void addKernelCharts(HtmlPage &page, std::span<const Ceilings> ceilings, std::span<const KernelFigures> kernels) {
  std::vector<MachineCeilings> roofs;
  for (const Ceilings &entry : ceilings)
    roofs.push_back({entry.threads, entry.bandwidth(), entry.dotPeak()});
  std::vector<TimedKernel> timings;
  for (const KernelFigures &figures : kernels) {
    std::string kernel(kernelText(figures.variant));
    timings.push_back({figures.family, strategyOf(kernel), figures.layout, kernel, figures.rows, figures.columns,
                       figures.tokens, figures.threads, figures.bytes, figures.macs, figures.seconds.median()});
  }
  addRooflines(page, roofs, timings);
  addStrategies(page, roofs, timings);
  Table table({"kernel", "layout", "shape", "tokens", "threads", "us", "GMAC/s", "GB/s", "of roofline"});
  for (const KernelFigures &figures : kernels)
    table.add({figures.family, figures.layout, std::to_string(figures.rows) + "x" + std::to_string(figures.columns),
               std::to_string(figures.tokens), std::to_string(figures.threads),
               fixed(figures.seconds.median() * 1e6, 1), fixed(figures.gmacs(), 1), fixed(figures.gigabytes(), 2),
               fixed(figures.ofRoofline(), 3)});
  page.details(plural(int64_t(kernels.size()), "kernel"), table);
}

void addModelCharts(HtmlPage &page, const ModelReport &report) {
  const ModelBenchOptions &options = report.options;
  std::vector<BarGroup> prefill{{"prefill of " + std::to_string(options.promptTokens) + " tokens", {}}},
      decode{{"decode of " + std::to_string(options.decodeTokens) + " tokens", {}}};
  for (const ModelFigures &figures : report.figures) {
    auto add = [&](BarGroup &group, const TestFigures &test, double perToken) {
      if (!test.speed.values().empty())
        group.bars.push_back({plural(figures.threads, "thread"),
                              fixed(test.speed.median(), 1) + " ± " + fixed(test.speed.deviation(), 1) + " tok/s, " +
                                  fixed(test.ofCeiling(perToken) * 100, 0) + " % of ceiling",
                              test.speed.median(), test.peak.median() / perToken});
    };
    add(prefill[0], figures.prefill, report.prefillMacs());
    add(decode[0], figures.decode, report.decodeBytes());
  }
  page.heading("Speed");
  if (!decode[0].bars.empty())
    page.figure(barChart(decode), "Tokens per second after " + std::to_string(options.depth) +
                                      " positions. The mark is the read bandwidth over the bytes of a token.");
  if (!prefill[0].bars.empty())
    page.figure(barChart(prefill), "The mark is the 8-bit dot peak over the ternary multiply-adds of a token.");

  const TokenCost &cost = report.cost;
  page.heading("Bytes of a decoded token");
  ShareRow bytes{"bytes",
                 fixed(cost.bytes() / 1e6, 1) + " MB",
                 {{"body", cost.body}, {"head", cost.head}, {"cache", cost.cache}, {"other", cost.other}}};
  page.figure(shareChart(std::span(&bytes, 1)),
              "What a step must read at a context of " + fixed(report.context, 0) +
                  " positions: layers, output head, keys and values, embedding and rotary rows.");
  if (report.profileThreads == 0)
    return;
  double tokens = double(std::max<uint64_t>(report.decodeProfile.tokens, 1));
  std::vector<ShareRow> rows(2);
  rows[0].label = "by part";
  rows[1].label = "by operator";
  for (ShareRow &row : rows)
    row.total = fixed(report.decodeProfile.seconds / tokens * 1e3, 2) + " ms";
  for (const PartTime &part : timeByPart(report.decodeProfile))
    rows[0].parts.push_back({part.part, part.seconds});
  for (const OperatorTime &entry : report.decodeProfile.operators)
    rows[1].parts.push_back({entry.stage, entry.mean()});
  page.heading("Where a decoded token's time goes");
  for (const ShareRow &row : rows)
    page.figure(shareChart(std::span(&row, 1)), "Mean over the threads, " + plural(report.profileThreads, "thread") +
                                                    "; waiting is the time at barriers for the other threads.");
  Table table({"operator", "calls a token", "ms a token", "share", "balance"});
  for (const OperatorTime &entry : report.decodeProfile.operators)
    table.add({entry.stage, fixed(double(entry.calls) / tokens, 0), fixed(entry.mean() / tokens * 1e3, 3),
               fixed(entry.mean() / report.decodeProfile.seconds * 100, 1) + " %", fixed(entry.balance(), 2)});
  page.details("All operators", table);
}

std::string htmlReport(const ModelReport *model, const std::string &modelName, const KernelReport *kernels) {
  const DotLoop *loop = &bestDotLoop();
  if (model && !model->figures.empty())
    loop = model->figures.front().ceilings.loop;
  else if (kernels && !kernels->ceilings.empty())
    loop = kernels->ceilings.front().loop;
  HtmlPage page(model ? "tern-bench: " + modelName : "tern-bench: kernels",
                hostCpuBrand() + "; dot peak by " + std::string(loop->name) + "; tern " + TERN_VERSION);
  if (model)
    addModelCharts(page, *model);
  if (kernels)
    addKernelCharts(page, kernels->ceilings, kernels->kernels);
  return page.text();
}

} // namespace tern
