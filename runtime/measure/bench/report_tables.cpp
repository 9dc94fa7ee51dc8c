//===- report_tables.cpp - Benchmark reports as tables ------------------------===//
#include "runtime/measure/bench/report_tables.h"

#include "lib/cpu/features.h"
#include "runtime/measure/table/table.h"

namespace tern {

static std::string spread(const Sample &sample, double unit, int decimals) {
  return fixed(sample.mean() / unit, decimals) + " ± " + fixed(sample.deviation() / unit, decimals);
}

/// Mean and deviation: one cell for people, two for programs.
static void addSpread(std::vector<std::string> &row, const Sample &sample, double unit, int decimals, bool csv) {
  if (!csv)
    return row.push_back(spread(sample, unit, decimals));
  row.push_back(fixed(sample.mean() / unit, decimals));
  row.push_back(fixed(sample.deviation() / unit, decimals));
}

static Table ceilingTable(std::span<const Ceilings> all) {
  Table table({"threads", "read GB/s", "prefetched GB/s", "dot GMAC/s"});
  for (const Ceilings &ceilings : all)
    table.add({std::to_string(ceilings.threads), spread(ceilings.read, 1e9, 2), spread(ceilings.readAhead, 1e9, 2),
               spread(ceilings.dot, 1e9, 0)});
  return table;
}

static Table partTable(const ModelReport &report) {
  Table table({"decode time by part, " + std::to_string(report.profileThreads) + " threads", "ms a token", "share"});
  double tokens = double(std::max<uint64_t>(report.decodeProfile.tokens, 1)), seconds = report.decodeProfile.seconds;
  for (const PartTime &part : timeByPart(report.decodeProfile))
    table.add({part.part, fixed(part.seconds / tokens * 1e3, 3), fixed(part.seconds / seconds * 100, 1) + " %"});
  return table;
}

static std::string machineLine(std::span<const Ceilings> ceilings) {
  const DotLoop &loop = ceilings.empty() ? bestDotLoop() : *ceilings.front().loop;
  return "CPU: " + hostCpuBrand() + "; dot peak by " + std::string(loop.name) + "\n\n";
}

std::string reportText(const ModelReport &report, const Model &model, bool csv) {
  const ModelBenchOptions &options = report.options;
  std::string at = options.depth ? " @ d" + std::to_string(options.depth) : "";
  Table speeds(
      csv ? std::vector<std::string>{"threads", "test", "tok/s", "stddev", "median", "ceiling tok/s", "of ceiling"}
          : std::vector<std::string>{"threads", "test", "tok/s", "median", "ceiling tok/s", "of ceiling"});
  std::vector<Ceilings> ceilings;
  for (const ModelFigures &figures : report.figures) {
    ceilings.push_back(figures.ceilings);
    auto row = [&](const std::string &name, const TestFigures &test, double perToken) {
      if (test.speed.values().empty())
        return;
      std::vector<std::string> cells = {std::to_string(figures.threads), name};
      addSpread(cells, test.speed, 1, 2, csv);
      cells.insert(cells.end(), {fixed(test.speed.median(), 2), fixed(test.peak.median() / perToken, 2),
                                 fixed(test.ofCeiling(perToken), 3)});
      speeds.add(std::move(cells));
    };
    row("pp" + std::to_string(options.promptTokens) + at, figures.prefill, report.prefillMacs());
    row("tg" + std::to_string(options.decodeTokens) + at, figures.decode, report.decodeBytes());
  }
  if (csv)
    return speeds.csv();
  const TokenCost &cost = report.cost;
  Table bytes({"bytes per decoded token", "MB", "share"});
  for (auto [name, value] : {std::pair("body", cost.body), std::pair("head", cost.head), std::pair("cache", cost.cache),
                             std::pair("other", cost.other), std::pair("total", cost.bytes())})
    bytes.add({name, fixed(value / 1e6, 3), fixed(value / cost.bytes() * 100, 1) + " %"});
  return model.manifest().name + " for " + model.manifest().targetCpu + ", " + fixed(cost.ternaryMacs / 1e9, 3) +
         " G ternary weights; mean context " + fixed(report.context, 1) + "\n" + machineLine(ceilings) +
         speeds.markdown() + "\n" + bytes.markdown() + "\n" + partTable(report).markdown() + "\n" +
         ceilingTable(ceilings).markdown() +
         "\nThe ceiling of tg is the read bandwidth over the bytes of a token, that of pp the dot peak over the "
         "ternary\n"
         "multiply-adds of a token; both were measured before and after each run. Of ceiling: the median of the "
         "runs.\n";
}

std::string reportText(const KernelReport &report, bool csv) {
  std::vector<std::string> columns = {"kernel", "layout", "shape", "tokens", "density", "threads", "us"};
  if (csv)
    columns.push_back("stddev");
  columns.insert(columns.end(), {"GMAC/s", "GB/s", "of roofline", "sums"});
  Table table(columns);
  for (const KernelFigures &figures : report.kernels) {
    std::vector<std::string> cells = {figures.family,
                                      figures.layout,
                                      std::to_string(figures.rows) + "x" + std::to_string(figures.columns),
                                      std::to_string(figures.tokens),
                                      fixed(figures.density, 2),
                                      std::to_string(figures.threads)};
    addSpread(cells, figures.seconds, 1e-6, 1, csv);
    cells.insert(cells.end(), {fixed(figures.gmacs(), 1), fixed(figures.gigabytes(), 2), fixed(figures.ofRoofline(), 3),
                               figures.wrong == 0 ? (figures.lossy ? "in bound" : "exact")
                                                  : std::to_string(figures.wrong) + " wrong"});
    table.add(std::move(cells));
  }
  if (csv)
    return table.csv();
  return machineLine(report.ceilings) + table.markdown() + "\n" + ceilingTable(report.ceilings).markdown() +
         "\nCold weights; GMAC/s, GB/s and the ratio are of the median. The roofline is the longer of bytes over read "
         "bandwidth and\n"
         "multiply-adds over dot peak, measured in the same rounds.\n";
}

} // namespace tern
