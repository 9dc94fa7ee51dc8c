//===- charts.cpp - SVG charts for HtmlPage -----------------------------------===//
#include "runtime/measure/report/charts.h"

#include "runtime/measure/report/page.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace tern {
namespace {

constexpr double kWidth = 880;
constexpr double kCharacter = 6.8; ///< width of one on the average, at 12 pixels
constexpr size_t kColours = 8;

std::string number(double value) { return fixed(value, 1); }

std::string text(double x, double y, const std::string &content, const char *anchor = "start", const char *style = "") {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\" class=\"" + style +
         "\">" + escapeHtml(content) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char *style) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) +
         "\" class=\"" + style + "\"/>\n";
}

std::string rect(double x, double y, double width, double height, size_t colour, const std::string &tooltip) {
  return "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(std::max(width, 0.5)) +
         "\" height=\"" + number(height) + "\" class=\"s" + std::to_string(colour) + "\"><title>" +
         escapeHtml(tooltip) + "</title></rect>\n";
}

std::string svg(double height, const char *label, const std::string &content) {
  return "<svg viewBox=\"0 0 " + number(kWidth) + " " + number(height) + "\" role=\"img\" aria-label=\"" + label +
         "\">\n" + content + "</svg>\n";
}

/// Gives each name a colour, in the order of their first use; the last colour is shared by all that come too late.
class Palette {
public:
  size_t colourOf(const std::string &name) {
    auto at = std::ranges::find(names, name);
    if (at == names.end())
      at = names.insert(names.end(), name);
    return std::min(size_t(at - names.begin()), kColours - 1);
  }
  size_t size() const { return std::max<size_t>(std::min(names.size(), kColours), 1); }
  /// A line of coloured names from `x`; wraps at the chart's edge. `y` is moved to the last line.
  std::string legend(double x, double &y) const {
    std::string out;
    double at = x;
    for (size_t i = 0; i < names.size(); ++i) {
      double width = 26 + kCharacter * double(names[i].size());
      if (at + width > kWidth && at > x) {
        at = x;
        y += 20;
      }
      out += rect(at, y - 10, 12, 12, std::min(i, kColours - 1), names[i]) + text(at + 18, y, names[i]);
      at += width + 8;
    }
    return out;
  }

private:
  std::vector<std::string> names;
};

/// A logarithmic axis over whole powers of `base` around the values.
struct LogAxis {
  LogAxis(double low, double high, double base, double from, double to) : base(base), from(from), to(to) {
    first = int(std::floor(std::log(low) / std::log(base) + 1e-9));
    last = std::max(first + 1, int(std::ceil(std::log(high) / std::log(base) - 1e-9)));
  }
  double at(double value) const {
    return from + (to - from) * (std::log(value) / std::log(base) - first) / (last - first);
  }
  double tick(int i) const { return std::pow(base, i); }

  double base, from, to;
  int first, last;
};

std::string shortNumber(double value) {
  if (value >= 1 || value == 0)
    return fixed(value, std::abs(value - std::round(value)) < 1e-6 * value ? 0 : 1);
  return fixed(value, value < 0.1 ? 3 : 2);
}

} // namespace

std::string rooflineChart(std::span<const RooflineCeiling> ceilings, std::span<const RooflinePoint> points) {
  constexpr double left = 64, right = kWidth - 24, top = 24, bottom = 380;
  double lowX = 1, highX = 16, lowY = 1e9, highY = 1e9;
  for (const RooflineCeiling &ceiling : ceilings) {
    highY = std::max(highY, ceiling.peak * 1.05);
    highX = std::max(highX, 2 * ceiling.peak / ceiling.bandwidth);
  }
  for (const RooflinePoint &point : points) {
    lowX = std::min(lowX, point.intensity);
    highX = std::max(highX, point.intensity * 1.2);
    highY = std::max(highY, point.speed);
  }
  lowY = highY;
  for (const RooflinePoint &point : points)
    lowY = std::min(lowY, point.speed);
  for (const RooflineCeiling &ceiling : ceilings)
    lowY = std::min(lowY, lowX * ceiling.bandwidth);
  LogAxis x(lowX, highX, 2, left, right), y(lowY, highY, 10, bottom, top);
  // Up to the next labelled step, not to the next power of ten.
  double ceilingY = y.tick(y.last);
  for (double share : {0.5, 0.2})
    if (highY <= y.tick(y.last) * share)
      ceilingY = y.tick(y.last) * share;
  double stretch = (bottom - top) / (bottom - y.at(ceilingY));
  y.to = bottom - (bottom - top) * stretch;

  std::string out;
  for (int i = x.first; i <= x.last; ++i)
    out += line(x.at(x.tick(i)), top, x.at(x.tick(i)), bottom, "grid") +
           text(x.at(x.tick(i)), bottom + 18, shortNumber(x.tick(i)), "middle", "quiet");
  for (int i = y.first; i <= y.last; ++i)
    for (double step : {1.0, 2.0, 5.0}) {
      double value = y.tick(i) * step;
      if (value > ceilingY * 1.001)
        continue;
      out += line(left, y.at(value), right, y.at(value), "grid") +
             text(left - 8, y.at(value) + 4, shortNumber(value * 1e-9), "end", "quiet");
    }
  out += text((left + right) / 2, bottom + 38, "multiply-adds per byte from memory", "middle") +
         text(left + 6, top - 4, "GMAC/s");

  // The roofs, each labelled on its flat part; labels that would cover each other stand in a column below.
  double lastLabel = -1e9;
  std::string labels; // over the dots
  for (const RooflineCeiling &ceiling : ceilings) {
    double knee = ceiling.peak / ceiling.bandwidth, start = x.tick(x.first);
    double labelY = y.at(ceiling.peak) - 6;
    if (std::abs(labelY - lastLabel) < 14)
      labelY = std::max(labelY, lastLabel) + 20;
    // Below the axis the slope starts where it enters the chart.
    start = std::max(start, y.tick(y.first) / ceiling.bandwidth);
    out += "<polyline class=\"roof\" points=\"" + number(x.at(start)) + "," + number(y.at(start * ceiling.bandwidth)) +
           " " + number(x.at(knee)) + "," + number(y.at(ceiling.peak)) + " " + number(right) + "," +
           number(y.at(ceiling.peak)) + "\"><title>" + escapeHtml(ceiling.label) + "</title></polyline>\n";
    labels += text(right - 4, labelY, ceiling.label, "end", "halo");
    lastLabel = labelY;
  }
  // Kernels of one intensity would cover each other: each series stands a little beside the others.
  Palette palette;
  for (const RooflinePoint &point : points)
    palette.colourOf(point.series);
  double middle = double(palette.size() - 1) / 2;
  for (const RooflinePoint &point : points) {
    size_t index = palette.colourOf(point.series);
    std::string colour = "s" + std::to_string(index);
    double cx = x.at(point.intensity) + (double(index) - middle) * 7, cy = y.at(point.speed);
    out += "<circle cx=\"" + number(cx) + "\" cy=\"" + number(cy) + "\" r=\"4\" class=\"" + colour +
           (point.hollow ? " hollow" : "") + "\"><title>" + escapeHtml(point.tooltip) + "</title></circle>\n";
    if (!point.label.empty()) // to the left and below where the chart ends, for the roof has its label there
      labels += cx < right - 120 ? text(cx + 8, cy - 6, point.label, "start", "halo")
                                 : text(cx - 8, cy + 14, point.label, "end", "halo");
  }
  out += labels;
  double legendY = bottom + 64;
  out += palette.legend(left, legendY);
  return svg(legendY + 16, "Roofline", out);
}

std::string barChart(std::span<const BarGroup> groups) {
  constexpr double left = 130, barHeight = 16, gap = 4;
  double most = 0;
  size_t longest = 0;
  for (const BarGroup &group : groups)
    for (const Bar &bar : group.bars) {
      most = std::max({most, bar.value, bar.target});
      longest = std::max(longest, bar.text.size());
    }
  double right = std::max(kWidth - 16 - kCharacter * double(longest), 2 * left);
  double scale = most > 0 ? (right - left) / most : 0;
  std::string out;
  Palette palette;
  double y = 8;
  for (const BarGroup &group : groups) {
    out += text(0, y + 12, group.label);
    y += 20;
    for (const Bar &bar : group.bars) {
      out += text(left - 8, y + 12, bar.series, "end", "quiet") +
             rect(left, y, bar.value * scale, barHeight, palette.colourOf(bar.series),
                  group.label + ", " + bar.series + ": " + bar.text) +
             text(left + std::max(bar.value, bar.target) * scale + 8, y + 12, bar.text);
      if (bar.target > 0)
        out += line(left + bar.target * scale, y - 1, left + bar.target * scale, y + barHeight + 1, "target");
      y += barHeight + gap;
    }
    y += 10;
  }
  return svg(y, "Bars", out);
}

std::string shareChart(std::span<const ShareRow> rows) {
  constexpr double left = 120, right = kWidth - 110, height = 28;
  // The largest labels get colours of their own.
  std::map<std::string, double> totals;
  for (const ShareRow &row : rows)
    for (const SharePart &part : row.parts)
      totals[part.label] += part.value;
  std::vector<std::pair<double, std::string>> order;
  for (const auto &[label, total] : totals)
    order.emplace_back(total, label);
  std::ranges::sort(order, std::greater<>());
  if (order.size() > kColours)
    order.resize(kColours - 1);
  Palette palette;
  std::vector<std::string> shown;
  for (const auto &[total, label] : order) {
    palette.colourOf(label);
    shown.push_back(label);
  }
  std::string out;
  double y = 8;
  for (const ShareRow &row : rows) {
    double whole = 0, other = 0, at = left;
    for (const SharePart &part : row.parts)
      whole += part.value;
    auto draw = [&](const std::string &label, double value) {
      if (value <= 0)
        return;
      double width = (right - left) * value / whole;
      std::string share = fixed(value / whole * 100, 1) + " %";
      out += rect(at, y, std::max(width - 1, 0.5), height, palette.colourOf(label),
                  row.label + ", " + label + ": " + share);
      at += width;
    };
    out += text(left - 8, y + 18, row.label, "end") + text(right + 8, y + 18, row.total);
    for (const std::string &label : shown)
      for (const SharePart &part : row.parts)
        if (part.label == label)
          draw(label, part.value);
    for (const SharePart &part : row.parts)
      if (std::ranges::find(shown, part.label) == shown.end())
        other += part.value;
    draw("other", other);
    y += height + 10;
  }
  y += 14;
  out += palette.legend(left, y);
  return svg(y + 16, "Shares", out);
}

} // namespace tern
