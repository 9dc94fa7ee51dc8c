//===- format_test.cpp - What the numbers of a weight matrix are ----------------===//
#include "lib/weights/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using testing::HasSubstr;

namespace {

std::string formatError(const char *text) {
  Result<WeightFormat> format = parseWeightFormat(text);
  return format ? "" : format.error().message;
}

std::string sizeError(const char *text, int64_t rows, int64_t columns) {
  Status status = parseWeightFormat(text)->verifyFor(rows, columns);
  return status ? "" : status.error().message;
}

TEST(Format, TextGoesBothWays) {
  for (const char *text : {
           "trits, scale <tensor, stored, multiply>",                                          // 2B4T
           "trits, scale <tensor, stored bf16, divide>",                                       // Falcon3
           "trits, scale <tensor, absmean>",                                                   // 1bitLLM
           "trits, scale <tensor, median, divide>",                                            // Reloaded
           "trits, scale <rows [2048, 256, 256], stored, multiply>",                           // TriLM
           "trits, scale <columns [96, 96], stored, multiply>",                                // TriLM
           "signs, scale <column, stored, multiply>, offset <column, real>",                   // FBI-LLM
           "ints 4 zero 8, scale <group 128, stored f16, multiply>, offset <group 128, code>", // GPTQ
           "signs, scale <row, stored, multiply>, offset <tensor, real f32>",
           "ints 2, scale <tensor, absmax>",
           "trits",
       }) {
    Result<WeightFormat> format = parseWeightFormat(text);
    ASSERT_TRUE(format) << format.error().message;
    EXPECT_EQ(formatText(*format), text);
    EXPECT_EQ(*parseWeightFormat(formatText(*format)), *format);
  }
}

TEST(Format, WhatIsSaid) {
  WeightFormat format =
      *parseWeightFormat("ints 4 zero 8,scale<rows[3,5],stored f16,divide> , offset <group 64, code>");
  EXPECT_EQ(format.values, WeightValues::Ints);
  EXPECT_EQ(format.bits, 4);
  EXPECT_EQ(format.zero, 8);
  EXPECT_EQ(format.scale->along.parts, (std::vector<int64_t>{3, 5}));
  EXPECT_EQ(format.scale->type, ScaleType::F16);
  EXPECT_EQ(format.scale->use, ScaleUse::Divide);
  EXPECT_EQ(format.offset->kind, OffsetKind::Code);
  EXPECT_EQ(format.offset->along.group, 64);
  EXPECT_EQ(parseWeightFormat("trits, scale <tensor, stored>")->scale->use, ScaleUse::Multiply);
}

TEST(Format, HowManyScales) {
  auto count = [](const char *text) { return parseWeightFormat(text)->scale->along.count(8, 256); };
  EXPECT_EQ(count("trits, scale <tensor, absmean>"), 1);
  EXPECT_EQ(count("trits, scale <rows [3, 5], stored>"), 2);
  EXPECT_EQ(count("trits, scale <row, stored>"), 8);
  EXPECT_EQ(count("trits, scale <column, stored>"), 256);
  EXPECT_EQ(count("trits, scale <group 128, stored>"), 16);
}

TEST(Format, PartsAreSpread) {
  WeightAlong rows = parseWeightFormat("trits, scale <rows [1, 3], stored>")->scale->along;
  EXPECT_EQ(rows.spread({5, 7}), (std::vector<float>{5, 7, 7, 7}));
  EXPECT_TRUE(rows.isOfRows() && !rows.isOfColumns());
  WeightAlong columns = parseWeightFormat("trits, scale <columns [2, 1], stored>")->scale->along;
  EXPECT_EQ(columns.spread({5, 7}), (std::vector<float>{5, 5, 7}));
  EXPECT_TRUE(columns.isOfColumns() && !columns.isOfRows());
  EXPECT_EQ(parseWeightFormat("trits, scale <row, stored>")->scale->along.spread({5, 7}), (std::vector<float>{5, 7}));
  EXPECT_EQ(WeightAlong().spread({5}), (std::vector<float>{5}));
}

TEST(Format, WhatIsNoFormat) {
  EXPECT_THAT(formatError(""), HasSubstr("expected trits, signs or ints at its end"));
  EXPECT_THAT(formatError("quads"), HasSubstr("expected trits, signs or ints before \"quads\""));
  EXPECT_THAT(formatError("trits scale <tensor, stored>"), HasSubstr("expected nothing more before \"scale"));
  EXPECT_THAT(formatError("trits, scales <tensor, stored>"), HasSubstr("expected scale or offset before \"scales"));
  EXPECT_THAT(formatError("trits, scale <row, guessed>"), HasSubstr("expected stored, absmean, median or absmax"));
  EXPECT_THAT(formatError("trits, scale <row, stored"), HasSubstr("expected '>' at its end"));
  EXPECT_THAT(formatError("trits, scale <rows [2, x], stored>"), HasSubstr("expected a number before \"x]"));
  EXPECT_THAT(formatError("trits, scale <rows [], stored>"), HasSubstr("expected a number before \"]"));
  EXPECT_THAT(formatError("trits, scale <row, stored>, scale <row, stored>"), HasSubstr("expected one scale, not two"));
  EXPECT_THAT(formatError("trits, scale <rows [2, 0], stored>"), HasSubstr("must be positive, not 0"));
  EXPECT_THAT(formatError("trits, scale <group 0, stored>"), HasSubstr("must be positive, not 0"));
  EXPECT_THAT(formatError("ints 9"), HasSubstr("1 to 8 bits, not 9"));
  EXPECT_THAT(formatError("ints 4 zero 16"), HasSubstr("the zero of integers of 4 bits is one of them, not 16"));
  EXPECT_THAT(formatError("ints 99999999999999999999"), HasSubstr("expected a number"));
}

TEST(Format, WhatAMatrixCannotHave) {
  EXPECT_EQ(sizeError("trits, scale <rows [3, 5], stored>", 8, 7), "");
  EXPECT_THAT(sizeError("trits, scale <rows [3, 5], stored>", 9, 7),
              HasSubstr("the parts of rows [3, 5] do not add up to the 9 rows of the matrix"));
  EXPECT_THAT(sizeError("trits, scale <columns [4, 4], stored>", 8, 7), HasSubstr("the 7 columns of the matrix"));
  EXPECT_THAT(sizeError("trits, scale <rows [9223372036854775807, 2], stored>", 1, 1), HasSubstr("do not add up"));
  EXPECT_EQ(sizeError("ints 4, scale <group 8, stored>", 3, 16), "");
  EXPECT_THAT(sizeError("ints 4, scale <row, stored>, offset <group 8, code>", 3, 12),
              HasSubstr("offsets for each 8 columns do not divide the 12 columns"));
}

} // namespace
