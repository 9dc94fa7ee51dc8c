//===- tuning_page.cpp - A tuning file as a page ------------------------------===//
#include "runtime/measure/report/tuning_page.h"

#include "lib/base/text.h"
#include "lib/trit/product.h"
#include "runtime/measure/report/charts.h"
#include "runtime/measure/report/kernel_charts.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace tern {
namespace {

/// The layout that #ternary.layout writes as "codes2, 64 by 16".
Result<Layout> readLayout(std::string text) {
  for (auto [from, to] : {std::pair<std::string_view, const char *>(", ", ":"), {" by ", "x"}})
    if (size_t at = text.find(from); at != std::string::npos)
      text.replace(at, from.size(), to);
  return parseLayout(text);
}

/// The measurements of layouts that this version knows: a file may be older or edited.
std::vector<TimedKernel> timingsOf(const TuningDevice &device) {
  std::vector<TimedKernel> timings;
  for (const TuningMeasurement &m : device.measurements) {
    Result<Layout> layout = readLayout(m.layout);
    if (!layout || m.nanoseconds < 1) // in no nanosecond a product is made
      continue;
    timings.push_back({m.family, strategyOf(m.kernel), m.layout, m.kernel, m.rows, m.columns, m.tokens, m.threads,
                       productBytes(*layout, m.rows, m.columns, m.tokens),
                       double(m.rows) * double(m.columns) * double(m.tokens), m.nanoseconds * 1e-9});
  }
  return timings;
}

void addChoices(HtmlPage &page, const TuningDevice &device) {
  // Names only where there are any: tern-tune chooses by shape, a person may add a choice for one matrix.
  bool named = std::ranges::any_of(device.choices, [](const TuningChoice &choice) { return !choice.weight.empty(); });
  std::vector<std::string> key = {"rows", "columns", "threads"}, figures = key, kernels = key;
  if (named)
    for (auto *columns : {&figures, &kernels})
      columns->push_back("only");
  figures.insert(figures.end(), {"family", "layout", "decode us", "default", "gain", "prefill us", "default", "gain"});
  kernels.insert(kernels.end(), {"decode kernel", "prefill kernel"});
  Table figureTable(figures), kernelTable(kernels);
  for (const TuningChoice &choice : device.choices) {
    std::vector<std::string> cells = {std::to_string(choice.rows), std::to_string(choice.columns),
                                      std::to_string(choice.threads)};
    if (named)
      cells.push_back(choice.weight);
    std::vector<std::string> texts = cells;
    texts.insert(texts.end(), {choice.kernel.decode, choice.kernel.prefill});
    kernelTable.add(std::move(texts));
    cells.insert(cells.end(), {choice.kernel.family, choice.kernel.layout});
    for (const std::optional<MeasuredTime> &time : {choice.decode, choice.prefill}) {
      bool known = time && time->chosen > 0;
      cells.push_back(known ? fixed(time->chosen * 1e-3, 1) : "-");
      cells.push_back(known ? fixed(time->byDefault * 1e-3, 1) : "-");
      cells.push_back(known ? fixed(time->byDefault / time->chosen, 2) : "-");
    }
    figureTable.add(std::move(cells));
  }
  page.heading("What was chosen");
  page.paragraph(
      "Microseconds of one product on weights that no cache holds, medians. A gain is the default's time over "
      "the choice's, both measured side by side in the end; where the times are equal the default was kept.");
  page.table(figureTable);
  page.details("The kernels in full", kernelTable);
}

/// All candidates of each shape, token count and number of threads.
void addCandidates(HtmlPage &page, std::span<const TimedKernel> timings) {
  std::map<std::tuple<int64_t, int64_t, int64_t, int64_t>, std::vector<const TimedKernel *>> groups;
  for (const TimedKernel &timing : timings)
    groups[{timing.rows, timing.columns, timing.tokens, timing.threads}].push_back(&timing);
  page.heading("All candidates");
  for (auto &[key, candidates] : groups) {
    auto [rows, columns, tokens, threads] = key;
    std::ranges::sort(candidates, {}, &TimedKernel::seconds);
    Table table({"us", "GMAC/s", "family", "layout", "kernel"});
    for (const TimedKernel *timing : candidates)
      table.add(
          {fixed(timing->seconds * 1e6, 1), fixed(timing->gmacs(), 1), timing->family, timing->layout, timing->kernel});
    page.details(std::to_string(rows) + " x " + std::to_string(columns) + ", " + plural(tokens, "token") + ", " +
                     plural(threads, "thread") + ": " + plural(int64_t(candidates.size()), "candidate"),
                 table);
  }
}

} // namespace

std::string tuningPage(const TuningFile &file) {
  HtmlPage page("tern-tune: kernels for " + (file.devices.size() == 1 ? file.devices.front().cpu
                                                                      : plural(int64_t(file.devices.size()), "device")),
                "What was measured, and what was chosen");
  for (const TuningDevice &device : file.devices) {
    if (file.devices.size() > 1)
      page.heading(device.cpu);
    page.note("Compiler " + device.compiler + "; features: " + join(device.features, ", "));
    std::vector<TimedKernel> timings = timingsOf(device);
    std::vector<MachineCeilings> ceilings;
    for (const TuningCeilings &entry : device.ceilings)
      ceilings.push_back({entry.threads, entry.bandwidth, entry.dotPeak});
    addChoices(page, device);
    addRooflines(page, ceilings, timings);
    addStrategies(page, ceilings, timings);
    addCandidates(page, timings);
  }
  return page.text();
}

} // namespace tern
