//===- report_test.cpp - Tables, charts and pages -------------------------------===//
#include "runtime/measure/report/charts.h"
#include "runtime/measure/report/page.h"
#include "runtime/measure/report/tuning_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Table, MarkdownAlignsNumbersToTheRight) {
  Table table({"name", "n"});
  table.add({"a", "1.50"});
  table.add({"longer", "20"});
  EXPECT_EQ(table.markdown(), "| name   |    n |\n"
                              "| ------ | ---: |\n"
                              "| a      | 1.50 |\n"
                              "| longer |   20 |\n");
}

TEST(Table, WidthCountsCharactersNotBytes) {
  Table table({"speed"});
  table.add({"1 ± 2"});
  table.add({"1 + 2"});
  EXPECT_EQ(table.markdown(), "| speed |\n| ----: |\n| 1 ± 2 |\n| 1 + 2 |\n");
}

TEST(Table, CsvQuotesWhatMustBeQuoted) {
  Table table({"a", "b"});
  table.add({"x,y", "say \"hi\""});
  EXPECT_EQ(table.csv(), "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n");
}

TEST(Page, TextIsEscapedAndNothingIsLoaded) {
  HtmlPage page("<model> & \"kernels\"", "it's");
  page.heading("<h>");
  Table table({"<c>"});
  table.add({"<script>"});
  page.table(table);
  std::string text = page.text();
  EXPECT_THAT(text, HasSubstr("<title>&lt;model&gt; &amp; &quot;kernels&quot;</title>"));
  EXPECT_THAT(text, HasSubstr("it&#39;s"));
  EXPECT_THAT(text, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(text, Not(HasSubstr("<script")));
  EXPECT_THAT(text, Not(HasSubstr("http")));
  EXPECT_THAT(text, Not(HasSubstr("url(")));
}

size_t count(const std::string &text, std::string_view what) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at)
    ++n;
  return n;
}

TEST(Charts, RooflineHasARoofForEachCeilingAndADotForEachKernel) {
  std::vector<RooflineCeiling> ceilings = {{"1 thread", 25e9, 230e9}, {"2 threads", 35e9, 460e9}};
  std::vector<RooflinePoint> points = {{"dot", "640x2560", 4, 90e9}, {"lut <tl1>", "2560x2560", 4.5, 60e9, true}};
  std::string chart = rooflineChart(ceilings, points);
  EXPECT_EQ(count(chart, "<polyline"), 2u);
  EXPECT_EQ(count(chart, "<circle"), 2u);
  EXPECT_THAT(chart, HasSubstr("lut &lt;tl1&gt;"));
  EXPECT_THAT(chart, Not(HasSubstr("nan")));
  EXPECT_THAT(chart, Not(HasSubstr("inf")));
}

TEST(Charts, EmptyDataIsDrawnWithoutANumberThatIsNone) {
  for (const std::string &chart : {rooflineChart({}, {}), barChart({}), shareChart({}),
                                   barChart(std::vector<BarGroup>{{"none", {{"a", "0", 0, 0}}}}),
                                   shareChart(std::vector<ShareRow>{{"none", "", {{"a", 0}}}})}) {
    EXPECT_THAT(chart, HasSubstr("</svg>"));
    EXPECT_THAT(chart, Not(HasSubstr("nan")));
    EXPECT_THAT(chart, Not(HasSubstr("inf")));
  }
}

TEST(TuningPage, HasEveryKernelOnTheRooflineOfItsThreadsAndTheBestOfEachStrategy) {
  TuningDevice device;
  device.cpu = "znver4";
  device.compiler = "0.1.0";
  device.choices = {{"",
                     64,
                     256,
                     8,
                     1,
                     {"dot2-v64", "codes2, 64 by 16", "dot", "dot, tokens = 4"},
                     MeasuredTime{100, 120},
                     std::nullopt}};
  for (int64_t threads : {1, 2})
    for (int64_t prefetch = 0; prefetch < 9; ++prefetch)
      device.measurements.push_back({64, 256, 1, threads, "dot2-v64", "codes2, 64 by 16",
                                     "dot, prefetch = " + std::to_string(prefetch), 100.0 + double(prefetch), 9});
  device.measurements.push_back({64, 256, 1, 1, "lut3-v64", "lut3, 64 by 9", "lut<stretch = 9>", 200, 9});
  device.measurements.push_back({64, 256, 1, 1, "new", "unknown, 1 by 1", "dot", 1, 9}); // of another version
  device.measurements.push_back({64, 256, 1, 3, "dot2-v64", "codes2, 64 by 16", "dot", 1e-310, 9}); // edited
  device.ceilings = {{1, 20e9, 200e9}};
  std::string page = tuningPage({{device}});
  EXPECT_EQ(count(page, "<circle"), 19u);
  EXPECT_EQ(count(page, "<polyline"), 1u); // the ceilings of two threads are not known, and that is said
  EXPECT_THAT(page, HasSubstr("were not measured for so many threads"));
  EXPECT_THAT(page, HasSubstr("64 x 256, 1 token, 1 thread, dot: dot2-v64: 163.8 GMAC/s"));
  EXPECT_THAT(page, HasSubstr("64 x 256, 1 token, 1 thread, lut: lut3-v64: 81.9 GMAC/s"));
  EXPECT_THAT(page, HasSubstr("<td class=\"number\">1.20</td>")); // the gain
  EXPECT_THAT(page, HasSubstr("64 x 256, 1 token, 2 threads: 9 candidates"));
  EXPECT_THAT(page, Not(HasSubstr("3 threads")));
  EXPECT_THAT(page, Not(HasSubstr("http")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

TEST(TuningPage, OfAnEmptyFileIsAPage) {
  TuningDevice device;
  device.cpu = "<cpu>";
  std::string page = tuningPage({{device}});
  EXPECT_THAT(page, HasSubstr("&lt;cpu&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

TEST(Charts, SmallPartsAreOneOther) {
  ShareRow row{"decode", "1 ms", {}};
  for (int i = 0; i < 12; ++i)
    row.parts.push_back({"part" + std::to_string(i), double(12 - i)});
  std::string chart = shareChart(std::vector<ShareRow>{row});
  EXPECT_THAT(chart, HasSubstr("decode, part0: "));
  EXPECT_THAT(chart, HasSubstr("decode, part6: "));
  EXPECT_THAT(chart, HasSubstr("decode, other: "));
  EXPECT_THAT(chart, Not(HasSubstr("part7")));
}

} // namespace
} // namespace tern
