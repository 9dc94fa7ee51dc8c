//===- html_report.cpp - Benchmark reports as one page of charts --------------===//
#include "runtime/bench/html_report.h"

#include "lib/base/version.h"
#include "lib/cpu/features.h"
#include "runtime/report/charts.h"

#include <algorithm>

namespace tern {

static std::string threadsText(int64_t threads) {
  return std::to_string(threads) + (threads == 1 ? " thread" : " threads");
}

static std::string shapeText(const KernelFigures &figures) {
  return std::to_string(figures.rows) + "x" + std::to_string(figures.columns);
}

static std::string figuresText(const KernelFigures &figures) {
  return fixed(figures.gmacs(), 1) + " GMAC/s, " + fixed(figures.gigabytes(), 1) + " GB/s, " +
         fixed(figures.ofRoofline() * 100, 0) + " % of roofline";
}

void addKernelCharts(HtmlPage &page, std::span<const Ceilings> ceilings, std::span<const KernelFigures> kernels) {
  std::vector<RooflineCeiling> roofs;
  for (const Ceilings &entry : ceilings)
    roofs.push_back({threadsText(entry.threads) + ": " + fixed(entry.bandwidth() * 1e-9, 1) + " GB/s, " +
                         fixed(entry.dotPeak() * 1e-9, 0) + " GMAC/s",
                     entry.bandwidth(), entry.dotPeak()});
  int64_t fewest = ceilings.empty() ? 0 : ceilings.front().threads;
  std::vector<RooflinePoint> points;
  std::vector<BarGroup> groups;
  for (const KernelFigures &figures : kernels) {
    points.push_back(
        {figures.family,
         figures.family + ", " + figures.layout + ", " + shapeText(figures) + ", " + std::to_string(figures.tokens) +
             " tokens, " + threadsText(figures.threads) + ": " + figuresText(figures),
         figures.macs / figures.bytes, figures.macs / figures.seconds.median(), figures.threads == fewest});
    std::string label = shapeText(figures) + ", " +
                        (figures.tokens == 1 ? "" : std::to_string(figures.tokens) + " tokens, ") +
                        threadsText(figures.threads);
    auto at = std::ranges::find(groups, label, &BarGroup::label);
    if (at == groups.end())
      at = groups.insert(groups.end(), {label, {}});
    at->bars.push_back({figures.family, figuresText(figures), figures.gmacs(), figures.macs / figures.roofline * 1e-9});
  }
  page.heading("Kernels on the roofline");
  page.figure(rooflineChart(roofs, points), "Each dot is a kernel on cold weights, families side by side; rings are " +
                                                threadsText(fewest) +
                                                ", discs more. The lines are this machine's read bandwidth and 8-bit "
                                                "dot peak, measured in the same rounds. Details are in the "
                                                "tooltips and in the table below.");
  page.heading("Strategies for each shape");
  page.figure(barChart(groups),
              "GMAC/s of the median run. The mark is what the roofline allows for the bytes of that layout.");
  Table table({"kernel", "layout", "shape", "tokens", "threads", "us", "GMAC/s", "GB/s", "of roofline"});
  for (const KernelFigures &figures : kernels)
    table.add({figures.family, figures.layout, shapeText(figures), std::to_string(figures.tokens),
               std::to_string(figures.threads), fixed(figures.seconds.median() * 1e6, 1), fixed(figures.gmacs(), 1),
               fixed(figures.gigabytes(), 2), fixed(figures.ofRoofline(), 3)});
  page.table(table);
}

void addModelCharts(HtmlPage &page, const ModelReport &report) {
  const ModelBenchOptions &options = report.options;
  std::vector<BarGroup> prefill{{"prefill of " + std::to_string(options.promptTokens) + " tokens", {}}},
      decode{{"decode of " + std::to_string(options.decodeTokens) + " tokens", {}}};
  for (const ModelFigures &figures : report.figures) {
    auto add = [&](BarGroup &group, const TestFigures &test, double perToken) {
      if (!test.speed.values().empty())
        group.bars.push_back({threadsText(figures.threads),
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
    page.figure(shareChart(std::span(&row, 1)), "Mean over the threads, " + threadsText(report.profileThreads) +
                                                    "; waiting is the time at barriers for the other threads.");
  Table table({"operator", "calls a token", "ms a token", "share", "balance"});
  for (const OperatorTime &entry : report.decodeProfile.operators)
    table.add({entry.stage, fixed(double(entry.calls) / tokens, 0), fixed(entry.mean() / tokens * 1e3, 3),
               fixed(entry.mean() / report.decodeProfile.seconds * 100, 1) + " %", fixed(entry.balance(), 2)});
  page.table(table);
}

std::string htmlReport(const ModelReport *model, const std::string &modelName, const KernelReport *kernels) {
  HtmlPage page(model ? "tern-bench: " + modelName : "tern-bench: kernels",
                hostCpuBrand() + "; dot peak by " + std::string(bestDotLoop().name) + "; tern " + TERN_VERSION);
  if (model)
    addModelCharts(page, *model);
  if (kernels)
    addKernelCharts(page, kernels->ceilings, kernels->kernels);
  return page.text();
}

} // namespace tern
