//===- text_test.cpp - Small helpers for messages -----------------------------===//
#include "lib/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

TEST(Text, NearestNamesFirst) {
  std::vector<std::string> cpus = {"znver3", "znver4", "haswell", "znver5", "z", "znver4"};
  EXPECT_THAT(nearestNames("znver44", cpus, 3), ElementsAre("znver4", "znver3", "znver5"));
  EXPECT_THAT(nearestNames("haswel", cpus, 1), ElementsAre("haswell"));
  EXPECT_THAT(nearestNames("qqq", cpus, 3), IsEmpty());
  EXPECT_THAT(nearestNames("", cpus, 3), IsEmpty());
}

TEST(Text, JoinAndSplit) {
  EXPECT_EQ(join(std::vector<std::string>{"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_THAT(splitCommas("avx2,fma"), ElementsAre("avx2", "fma"));
  EXPECT_THAT(splitCommas("avx2"), ElementsAre("avx2"));
  EXPECT_THAT(splitCommas("a,,b"), ElementsAre("a", "", "b"));
  EXPECT_THAT(splitCommas(""), IsEmpty());
}

TEST(Text, NamesOfFilesStayOnOneLine) {
  EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a?b?[31m?");
  EXPECT_EQ(printable("wei\xc3\x9f"), "wei\xc3\x9f");
  std::string cut = printable(std::string(1000, 'a') + std::string(1000, 'b'));
  EXPECT_EQ(cut, std::string(70, 'a') + "..." + std::string(70, 'b'));
  std::string bytes; // the cuts are at bytes 70 and 132, each within a character of two
  for (int i = 0; i < 102; ++i)
    bytes += i % 101 == 0 ? "a" : "\xc3\x9f";
  cut = printable(bytes);
  EXPECT_EQ(cut.find("..."), 69u);
  EXPECT_EQ(cut.substr(cut.find("...") + 3, 2), "\xc3\x9f");
  EXPECT_EQ(quote("x\ty"), "\"x?y\"");
}

TEST(Text, Bytes) {
  EXPECT_EQ(formatBytes(0), "0 B");
  EXPECT_EQ(formatBytes(999), "999 B");
  EXPECT_EQ(formatBytes(1234567), "1.2 MB");
  EXPECT_EQ(formatBytes(UINT64_MAX), "18446744.1 TB");
}

} // namespace
