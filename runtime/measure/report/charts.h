//===- charts.h - SVG charts for HtmlPage -------------------------------------===//
//
// Each returns an <svg> element that is coloured by the page's style. Details of a point or a bar are its tooltip.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <span>
#include <string>
#include <vector>

namespace tern {

/// The roof of a number of threads.
struct RooflineCeiling {
  std::string label;
  double bandwidth; ///< bytes per second
  double peak;      ///< multiply-adds per second
};

struct RooflinePoint {
  std::string series; ///< one colour each
  std::string tooltip;
  double intensity;       ///< multiply-adds per byte
  double speed;           ///< multiply-adds per second
  bool hollow = false;    ///< drawn as a ring
  std::string label = ""; ///< beside it; empty: none
};

/// Multiply-adds per second over multiply-adds per byte, both logarithmic (Williams, Waterman and Patterson 2009).
std::string rooflineChart(std::span<const RooflineCeiling> ceilings, std::span<const RooflinePoint> points);

struct Bar {
  std::string series; ///< named beside the bar; one colour each
  std::string text;   ///< behind the bar
  double value;       ///< >= 0
  double target = 0;  ///< a mark at what would be possible; 0: none
};
struct BarGroup {
  std::string label;
  std::vector<Bar> bars;
};
/// Groups of horizontal bars on one scale.
std::string barChart(std::span<const BarGroup> groups);

struct SharePart {
  std::string label;
  double value; ///< >= 0
};
struct ShareRow {
  std::string label, total; ///< before and behind the row
  std::vector<SharePart> parts;
};
/// Rows of parts that make a whole, with a legend. Parts of one label have one colour; all but the seven largest labels
/// are "other".
std::string shareChart(std::span<const ShareRow> rows);

} // namespace tern
