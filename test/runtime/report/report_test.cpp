//===- report_test.cpp - Tables, charts and pages -------------------------------===//
#include "runtime/report/charts.h"
#include "runtime/report/page.h"

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

TEST(Charts, RooflineHasARoofForEachCeilingAndADotForEachKernel) {
  std::vector<RooflineCeiling> ceilings = {{"1 thread", 25e9, 230e9}, {"2 threads", 35e9, 460e9}};
  std::vector<RooflinePoint> points = {{"dot", "640x2560", 4, 90e9}, {"lut <tl1>", "2560x2560", 4.5, 60e9, true}};
  std::string chart = rooflineChart(ceilings, points);
  auto count = [&](std::string_view what) {
    size_t n = 0;
    for (size_t at = 0; (at = chart.find(what, at)) != std::string::npos; ++at)
      ++n;
    return n;
  };
  EXPECT_EQ(count("<polyline"), 2u);
  EXPECT_EQ(count("<circle"), 2u);
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
