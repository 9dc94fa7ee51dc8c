//===- kernel_charts.cpp - Timed kernels as charts ----------------------------===//
#include "runtime/measure/report/kernel_charts.h"

#include "runtime/measure/report/charts.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace tern {
namespace {

/// More bars than this under one heading are too many to compare: then strategies are.
constexpr size_t kFewKernels = 8;

std::string shapeText(const TimedKernel &kernel) {
  return std::to_string(kernel.rows) + " x " + std::to_string(kernel.columns);
}

const MachineCeilings *ceilingsFor(std::span<const MachineCeilings> ceilings, int64_t threads) {
  auto at = std::ranges::find(ceilings, threads, &MachineCeilings::threads);
  return at == ceilings.end() ? nullptr : &*at;
}

/// GMAC/s that the ceilings allow a kernel; 0: they are not known.
double roofOf(const MachineCeilings *ceilings, const TimedKernel &kernel) {
  return ceilings ? std::min(ceilings->bandwidth * kernel.macs / kernel.bytes, ceilings->dotPeak) * 1e-9 : 0;
}

std::string figuresText(const MachineCeilings *ceilings, const TimedKernel &kernel) {
  std::string text = fixed(kernel.gmacs(), 1) + " GMAC/s, " + fixed(kernel.seconds * 1e6, 1) + " us";
  if (double roof = roofOf(ceilings, kernel); roof > 0)
    text += ", " + fixed(kernel.gmacs() / roof * 100, 0) + " % of roofline";
  return text;
}

/// "codes2" of "codes2:64x16" and of "codes2, 64 by 16"; bit planes are one whatever their number.
std::string encodingOf(const TimedKernel &kernel) {
  std::string encoding = kernel.layout.substr(0, kernel.layout.find_first_of(":,"));
  return encoding.starts_with("planes") ? "planes" : encoding;
}

} // namespace

std::string plural(int64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

void addRooflines(HtmlPage &page, std::span<const MachineCeilings> ceilings, std::span<const TimedKernel> kernels) {
  std::set<std::string> families;
  std::set<int64_t> teams;
  for (const TimedKernel &kernel : kernels) {
    families.insert(kernel.family);
    teams.insert(kernel.threads);
  }
  bool byFamily = families.size() <= kFewKernels;
  page.heading("Kernels on the roofline");
  for (int64_t threads : teams) {
    const MachineCeilings *roof = ceilingsFor(ceilings, threads);
    std::vector<RooflineCeiling> roofs;
    if (roof)
      roofs.push_back({fixed(roof->bandwidth * 1e-9, 1) + " GB/s, " + fixed(roof->dotPeak * 1e-9, 0) + " GMAC/s",
                       roof->bandwidth, roof->dotPeak});
    std::vector<RooflinePoint> points;
    std::map<int64_t, size_t> fastest; ///< by tokens
    for (const TimedKernel &kernel : kernels) {
      if (kernel.threads != threads)
        continue;
      auto [best, isFirst] = fastest.try_emplace(kernel.tokens, points.size());
      RooflinePoint point{byFamily ? kernel.family : encodingOf(kernel),
                          kernel.family + " <" + kernel.kernel + ">, " + kernel.layout + ", " + shapeText(kernel) +
                              ", " + plural(kernel.tokens, "token") + ": " + figuresText(roof, kernel),
                          kernel.macs / kernel.bytes,
                          kernel.macs / kernel.seconds,
                          kernel.tokens > 1,
                          kernel.family};
      if (!isFirst && point.speed > points[best->second].speed)
        best->second = points.size();
      points.push_back(std::move(point));
    }
    std::set<size_t> named;
    for (auto [tokens, index] : fastest)
      named.insert(index);
    for (size_t i = 0; i < points.size(); ++i)
      if (!named.contains(i))
        points[i].label.clear();
    page.figure(
        rooflineChart(roofs, points),
        plural(threads, "thread") + ". Each dot is a kernel on cold weights, coloured by " +
            (byFamily ? "family" : "encoding") +
            ", a disc for single tokens, a ring for blocks; the fastest of each is named, tooltips say the rest." +
            (roof ? " The line is this machine's read bandwidth and 8-bit dot peak. Weights that fit into a "
                    "cache can be above it."
                  : " This machine's ceilings were not measured for so many threads."));
  }
}

std::string strategyOf(std::string_view kernel) { return std::string(kernel.substr(0, kernel.find_first_of(",<"))); }

void addStrategies(HtmlPage &page, std::span<const MachineCeilings> ceilings, std::span<const TimedKernel> kernels) {
  using Key = std::tuple<int64_t, int64_t, int64_t, int64_t>;
  std::vector<std::pair<Key, std::vector<const TimedKernel *>>> shapes; ///< in the order of the kernels
  for (const TimedKernel &kernel : kernels) {
    Key key{kernel.rows, kernel.columns, kernel.tokens, kernel.threads};
    auto at = std::ranges::find(shapes, key, [](const auto &shape) { return shape.first; });
    if (at == shapes.end())
      at = shapes.insert(shapes.end(), {key, {}});
    at->second.push_back(&kernel);
  }
  bool all = std::ranges::all_of(shapes, [](const auto &shape) { return shape.second.size() <= kFewKernels; });
  std::vector<BarGroup> groups;
  for (auto &[key, candidates] : shapes) {
    const TimedKernel &first = *candidates.front();
    BarGroup group{shapeText(first) + ", " + plural(first.tokens, "token") + ", " + plural(first.threads, "thread"),
                   {}};
    std::ranges::sort(candidates, std::greater(), &TimedKernel::gmacs);
    std::set<std::string> seen;
    for (const TimedKernel *kernel : candidates) {
      if (!all && !seen.insert(kernel->strategy).second)
        continue;
      const MachineCeilings *roof = ceilingsFor(ceilings, kernel->threads);
      group.bars.push_back({all ? kernel->family : kernel->strategy,
                            (all ? "" : kernel->family + ": ") + figuresText(roof, *kernel), kernel->gmacs(),
                            roofOf(roof, *kernel)});
    }
    groups.push_back(std::move(group));
  }
  page.heading("Strategies for each shape");
  page.figure(barChart(groups), std::string("GMAC/s") + (all ? "" : " of each strategy's fastest kernel") +
                                    ", medians. The mark is what the roofline allows for the bytes of that layout.");
}

} // namespace tern
