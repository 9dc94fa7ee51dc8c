//===- operators_test.cpp - Plain operators, by examples -----------------------===//
#include "lib/operators/operator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

using namespace tern;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

/// Rows by name.
struct SmallWeights : ReferenceWeights {
  Result<std::vector<double>> row(const std::string &name, int64_t row) const override {
    auto at = rows.find(name);
    if (at == rows.end())
      return Error{"no tensor " + name};
    return at->second[size_t(row)];
  }
  Result<Trits> ternary(const std::string &name) const override {
    if (name == "g") // two groups of two columns
      return Trits{2, 4, {1, -1, 0, 1, 1, 1, 1, 1}, {0.5f, 2, 1, 4}};
    if (name != "w" && name != "v" && name != "short")
      return Error{"no tensor " + name};
    return Trits{2, 3, {1, 0, -1, 1, 1, 1}};
  }
  Result<std::vector<double>> codes(const std::string &name, int64_t plane, int64_t row) const override {
    if (name != "head.codes")
      return Error{"no codes " + name};
    return std::vector<double>{double(plane), double(row), 15};
  }
  std::map<std::string, Matrix> rows = {
      {"n", {{1, 2}}},           {"w.scale", {{0.5}}}, {"v.scale", {{0.5, 0.25}}},
      {"short.scale", {{0.5}}},  {"b", {{10, 20}}},    {"t", {{1, 0}, {0, 1}, {0.6, 0.8}}},
      {"head", {{1, 1}, {0, 2}}}};
};

OperatorTensor tensor(const std::string &dtype, int64_t columns) {
  return {.dtype = dtype, .per = "token", .columns = columns, .role = "", .arena = "shared", .port = ""};
}

Operator make(const std::string &op, const Json &attributes, std::vector<OperatorTensor> outputs) {
  return {op, op + " x", 0, attributes, {}, {}, std::move(outputs)};
}

/// The results of an operator on these inputs, at position 1.
std::vector<Matrix> compute(const Operator &op, const std::vector<Matrix> &inputs) {
  OperatorCall call{op, {}, 1};
  for (const Matrix &input : inputs)
    call.inputs.push_back(&input);
  Result<std::vector<Matrix>> results = computeOperator(call, SmallWeights());
  EXPECT_TRUE(results) << results.error().message;
  return results ? *results : std::vector<Matrix>();
}

std::string refusal(const Operator &op, const std::vector<Matrix> &inputs) {
  OperatorCall call{op, {}};
  for (const Matrix &input : inputs)
    call.inputs.push_back(&input);
  Result<std::vector<Matrix>> results = computeOperator(call, SmallWeights());
  return results ? "" : results.error().message;
}

/// The fields of #ternary.codes.
Json codes(int bits = 8, const char *statistic = "absmax", double range = 127) {
  return {{"bits", bits}, {"statistic", statistic}, {"range", range}, {"floor", 1e-5}, {"roundings", 2}};
}

const OperatorTensor kTwo = tensor("f32", 2);

TEST(Reference, NormAndQuantisation) {
  Operator norm = make("decoder.rms_norm", {{"weight", "n"}, {"eps", 0.0}}, {kTwo});
  EXPECT_THAT(compute(norm, {{{3, 3}}})[0][0], ElementsAre(DoubleNear(1, 1e-12), DoubleNear(2, 1e-12)));
  Operator fused = make("decoder.rms_norm_quantize", {{"weight", "n"}, {"eps", 0.0}, {"quantizer", codes()}},
                        {tensor("i8", 4), tensor("f32", 1), tensor("i32", 1)});
  std::vector<Matrix> results = compute(fused, {{{3, 3}}});
  EXPECT_THAT(results[0][0], ElementsAre(64, 127, 0, 0)); // padded to 4 columns
  EXPECT_THAT(results[1][0], ElementsAre(63.5));
  EXPECT_THAT(results[2][0], ElementsAre(191));
}

TEST(Reference, QuantisationByOtherRules) {
  auto quantized = [](const Json &rule) {
    return compute(
        make("ternary.quantize", {{"quantizer", rule}}, {tensor("i8", 2), tensor("f32", 1), tensor("i32", 1)}),
        {{{4, -2}}});
  };
  EXPECT_THAT(quantized(codes(8, "absmax", 128))[0][0], ElementsAre(127, -64)); // 128, clipped
  EXPECT_THAT(quantized(codes(4, "absmean", 6))[0][0], ElementsAre(7, -4));     // 8 and -4 by a scale of 2
  Operator odd = make("ternary.quantize", {{"quantizer", codes(8, "absmedian")}}, {kTwo});
  EXPECT_THAT(refusal(odd, {{{1, 2}}}), HasSubstr("no statistic absmedian"));
}

/// Those of #ternary.codes<i16, absmax 32512.0, floor 1.0e-20, rounded once>.
Json wideCodes() {
  return {{"bits", 16}, {"statistic", "absmax"}, {"range", 32512}, {"floor", 1e-20}, {"roundings", 1}};
}

TEST(Reference, QuantisationToTwoPlanes) {
  auto quantize = [](int64_t columns, int64_t sums) {
    return make("ternary.quantize", {{"quantizer", wideCodes()}},
                {tensor("i8", columns), tensor("f32", 1), tensor("i32", sums)});
  };
  // 32512 = 256 * 127, -16256 = 256 * -63 - 128, 163 = 256 - 93; each plane is padded to 4 columns.
  std::vector<Matrix> results = compute(quantize(8, 2), {{{1, -0.5, 0.005}}});
  EXPECT_THAT(results[0][0], ElementsAre(127, -63, 1, 0, /**/ 0, -128, -93, 0));
  EXPECT_THAT(results[1][0], ElementsAre(32512));
  EXPECT_THAT(results[2][0], ElementsAre(65, -221));
  // Plane by plane the sums of two groups of columns, without the padding.
  EXPECT_THAT(compute(quantize(12, 4), {{{1, -0.5, 0.005, 0}}})[2][0], ElementsAre(64, 1, -128, -93));
  EXPECT_THAT(refusal(quantize(5, 2), {{{1, -0.5, 0.005}}}), HasSubstr("has no room for its codes"));
}

TEST(Reference, SumsOfGroupsOfCodes) {
  Operator quantize =
      make("ternary.quantize", {{"quantizer", codes()}}, {tensor("i8", 6), tensor("f32", 1), tensor("i32", 2)});
  std::vector<Matrix> results = compute(quantize, {{{4, -2, 1, 0}}});
  EXPECT_THAT(results[0][0], ElementsAre(127, -64, 32, 0, 0, 0));
  EXPECT_THAT(results[2][0], ElementsAre(63, 32));
}

TEST(Reference, ProductsOfPlanesAndGroups) {
  auto matmul = [](const char *weight, int planes, int64_t columns) {
    return make("ternary.matmul", {{"weight", weight}, {"planes", planes}}, {tensor("i32", columns)});
  };
  const Matrix planes = {{3, 5, 7, 99, /**/ 1, -1, 2, 99}}, sums = {{15, 2}}; // 99 is padding
  EXPECT_THAT(compute(matmul("w", 2, 8), {planes, sums})[0][0], ElementsAre(-4, 15, 0, 0, /**/ -1, 2, 0, 0));
  EXPECT_THAT(compute(matmul("g", 1, 2), {{{3, 5, 7, -9}}, {{8, -2}}})[0][0], ElementsAre(-19, 0));
  EXPECT_THAT(compute(matmul("g", 2, 6), {{{3, 5, 7, -9, /**/ 0, 0, 1, 1}}, {{8, -2, 0, 2}}})[0][0],
              ElementsAre(-19, 0, 0, /**/ 2, 8, 0));
  EXPECT_THAT(refusal(matmul("w", 2, 8), {{{3, 5, 7, 0}}, sums}), HasSubstr("fewer columns than its weight"));
}

TEST(Reference, RescalingOfPlanesAndGroups) {
  auto rescale = [](int planes, const char *scales, bool divide, int64_t columns) {
    Json attributes = {{"weight", "v"}, {"planes", planes}, {"divide", divide}, {"scales", scales}};
    return make("ternary.rescale", attributes, {tensor("f32", columns)});
  };
  const Matrix planes = {{8, -1, 99, /**/ 4, 6, 99}}, four = {{4}}; // 2052 and -250
  EXPECT_THAT(compute(rescale(2, "groups", false, 2), {planes, four})[0][0], ElementsAre(513, -62.5));
  EXPECT_THAT(compute(rescale(2, "tensor", false, 2), {planes, four})[0][0], ElementsAre(256.5, -31.25));
  EXPECT_THAT(compute(rescale(2, "rows", false, 2), {planes, four})[0][0], ElementsAre(256.5, -15.625));
  EXPECT_THAT(compute(rescale(2, "rows", true, 2), {planes, four})[0][0], ElementsAre(1026, -250));
  EXPECT_THAT(compute(rescale(1, "groups", false, 1), {{{8.5}}, four})[0][0], ElementsAre(2.125));
  EXPECT_THAT(refusal(rescale(2, "groups", false, 4), {planes, four}), HasSubstr("fewer sums or steps than results"));
}

TEST(Reference, NormsOfHeads) {
  auto norm = [](int headDim) {
    return make("decoder.head_norm", {{"weight", "n"}, {"eps", 0.0}, {"head_dim", headDim}}, {tensor("f32", 4)});
  };
  EXPECT_THAT(compute(norm(2), {{{3, 3, 0, -8}}})[0][0],
              ElementsAre(DoubleNear(1, 1e-12), DoubleNear(2, 1e-12), 0, DoubleNear(-2 * std::sqrt(2), 1e-12)));
  EXPECT_THAT(refusal(norm(2), {{{3, 3, 4}}}), HasSubstr("has rows that are no whole heads of its weight"));
  EXPECT_THAT(refusal(norm(4), {{{3, 3, 4, 4}}}), HasSubstr("has rows that are no whole heads of its weight"));
}

TEST(Reference, RowsOfAPackedMatrix) {
  auto embed = [](const char *weight, const char *scales) {
    return make("ternary.embed", {{"weight", weight}, {"scales", scales}}, {tensor("f32", 3)});
  };
  const Matrix ids = {{1}, {0}};
  EXPECT_THAT(compute(embed("w", "tensor"), {ids})[0],
              ElementsAre(ElementsAre(0.5, 0.5, 0.5), ElementsAre(0.5, 0, -0.5)));
  EXPECT_THAT(compute(embed("v", "rows"), {ids})[0],
              ElementsAre(ElementsAre(0.25, 0.25, 0.25), ElementsAre(0.5, 0, -0.5)));
  EXPECT_THAT(compute(embed("g", "groups"), {ids})[0],
              ElementsAre(ElementsAre(1, 1, 4, 4), ElementsAre(0.5, -0.5, 0, 2)));
  EXPECT_THAT(refusal(embed("w", "tensor"), {{{2}}}), HasSubstr("has an id that is no row of its matrix"));
  EXPECT_THAT(refusal(embed("short", "rows"), {ids}), HasSubstr("has an id that is no row of its matrix"));
  EXPECT_EQ(refusal(embed("u", "tensor"), {ids}), "no tensor u");
}

TEST(Reference, ProductsAndTheirScales) {
  Operator matmul = make("ternary.matmul", {{"weight", "w"}, {"planes", 1}}, {tensor("i32", 4)});
  EXPECT_THAT(compute(matmul, {{{3, 5, 7, 0}}, {{15}}})[0][0], ElementsAre(-4, 15, 0, 0));
  for (auto [divide, expected] : {std::pair{false, 8.0 / 4 * 0.5}, {true, 8.0 / (4 * 0.5)}}) {
    Operator rescale =
        make("ternary.rescale", {{"weight", "w"}, {"planes", 1}, {"divide", divide}, {"scales", "tensor"}},
             {tensor("f32", 1)});
    EXPECT_THAT(compute(rescale, {{{8}}, {{4}}})[0][0], ElementsAre(expected));
  }
  for (bool divide : {false, true}) {
    double first = divide ? 8.0 / (4 * 0.5) : 8.0 / 4 * 0.5, second = divide ? 8.0 / (4 * 0.25) : 8.0 / 4 * 0.25;
    Json attributes = {{"weight", "v"}, {"planes", 1}, {"divide", divide}, {"scales", "rows"}};
    EXPECT_THAT(compute(make("ternary.rescale", attributes, {kTwo}), {{{8, 8}}, {{4}}})[0][0],
                ElementsAre(first, second));
    EXPECT_THAT(refusal(make("ternary.rescale", attributes, {tensor("f32", 3)}), {{{8, 8, 8}}, {{4}}}),
                HasSubstr("fewer scales than rows"));
    attributes["scales"] = "columns"; // they have met the activations before
    EXPECT_THAT(compute(make("ternary.rescale", attributes, {kTwo}), {{{8, 4}}, {{4}}})[0][0], ElementsAre(2, 1));
    Operator columns = make("ternary.scale_columns", {{"weight", "v"}, {"divide", divide}}, {kTwo});
    EXPECT_THAT(compute(columns, {{{8, 8}}})[0][0], ElementsAre(divide ? 16 : 4, divide ? 32 : 2));
    attributes["scales"] = "diagonals";
    EXPECT_THAT(refusal(make("ternary.rescale", attributes, {kTwo}), {{{8, 4}}, {{4}}}),
                HasSubstr("scales along \"diagonals\", which the reference does not know"));
  }
  EXPECT_THAT(compute(make("decoder.linear", {{"weight", "head"}}, {kTwo}), {{{3, 4}}})[0][0], ElementsAre(7, 8));
}

TEST(Reference, Elementwise) {
  EXPECT_THAT(compute(make("arith.addf", Json::object(), {kTwo}), {{{1, 2}}, {{3, 4}}})[0][0], ElementsAre(4, 6));
  EXPECT_THAT(compute(make("decoder.add_bias", {{"bias", "b"}}, {kTwo}), {{{1, 2}}})[0][0], ElementsAre(11, 22));
  EXPECT_THAT(compute(make("decoder.gate", {{"activation", "relu2"}}, {kTwo}), {{{3, -3}}, {{2, 2}}})[0][0],
              ElementsAre(18, 0));
  EXPECT_THAT(compute(make("decoder.gate", {{"activation", "silu"}}, {kTwo}), {{{1, 0}}, {{2, 2}}})[0][0],
              ElementsAre(DoubleNear(2 / (1 + std::exp(-1)), 1e-12), 0));
}

TEST(Reference, RotationAndAttention) {
  // Position 1 is row 1 of the table: a quarter turn.
  Operator rope = make("decoder.rope", {{"table", "t"}, {"head_dim", 2}}, {kTwo});
  EXPECT_THAT(compute(rope, {{{3, 4}}})[0][0], ElementsAre(-4, 3));
  // Keys that are alike: the mean of the two values, for both query heads of the one cache head.
  const Matrix keys = {{0}, {0}}, values = {{2}, {4}};
  Operator attention =
      make("decoder.attention", {{"scale", 1.0}, {"head_dim", 1}, {"page", 256}, {"query_range", 0}}, {kTwo});
  EXPECT_THAT(compute(attention, {{{5, 7}}, keys, values})[0][0], ElementsAre(3, 3));
  EXPECT_THAT(refusal(attention, {{{5, 7}}, {}, values}), HasSubstr("empty input"));
  EXPECT_THAT(refusal(attention, {{{5, 7}, {1, 1}, {1, 1}}, keys, values}), HasSubstr("do not fit together"));
}

TEST(Reference, PagesAndTheirSum) {
  // Scores 0 and log 3: pages of one position, weighed 1 to 3.
  Operator pages = make("decoder.attention_pages", {{"scale", 1.0}, {"head_dim", 1}, {"page", 1}, {"query_range", 0}},
                        {tensor("f32", 1), tensor("f32", 1), tensor("f32", 1)});
  std::vector<Matrix> parts = compute(pages, {{{1}}, {{0}, {std::log(3)}}, {{2}, {4}}});
  EXPECT_THAT(parts[0], ElementsAre(ElementsAre(2), ElementsAre(4)));
  EXPECT_THAT(parts[1], ElementsAre(ElementsAre(0), ElementsAre(std::log(3))));
  EXPECT_THAT(parts[2], ElementsAre(ElementsAre(1), ElementsAre(1)));
  Operator combine = make("decoder.attention_combine", Json::object(), {tensor("f32", 1)});
  EXPECT_THAT(compute(combine, parts)[0][0], ElementsAre(DoubleNear(3.5, 1e-12)));
}

TEST(Reference, WhatACacheKeeps) {
  auto kept = [](const std::string &dtype, const Matrix &rows) {
    OperatorTensor cache{.dtype = dtype,
                         .per = "token",
                         .columns = 4,
                         .heads = 2,
                         .role = "keys",
                         .strip = 64,
                         .arena = "cache",
                         .port = ""};
    return compute(make("decoder.cache_append", {{"cache", "k"}}, {cache}), {rows})[0][0];
  };
  const Matrix rows = {{1 + 0x1p-11, 1e6, 127, -0.25}};
  EXPECT_THAT(kept("f32", rows), ElementsAre(1 + 0x1p-11, 1e6, 127, -0.25));
  EXPECT_THAT(kept("f16", rows), ElementsAre(1, 65504, 127, -0.25)); // halfway, to even; out of range
  EXPECT_THAT(kept("f16", {{0x1p-24, 0x1p-26, 0, 1 + 0x3p-11}}), ElementsAre(0x1p-24, 0, 0, 1 + 0x1p-9));
  EXPECT_THAT(kept("i8", {{0, 0, 127, -0.75}}), ElementsAre(0, 0, 127, -1)); // each head has its own scale
}

TEST(Reference, WhatHappensToInputsOfLinears) {
  OperatorTensor four = tensor("f32", 4);
  // Mean 4, differences -3, -1, 1, 3, variance 5.
  std::vector<Matrix> norm = compute(make("decoder.layer_norm", {{"eps", 4.0}}, {four}), {{{1, 3, 5, 7}}});
  EXPECT_THAT(norm[0][0], ElementsAre(-1, DoubleNear(-1.0 / 3, 1e-12), DoubleNear(1.0 / 3, 1e-12), 1));
  // By hand: (a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d) / 2; and by pairs.
  EXPECT_THAT(compute(make("decoder.hadamard", {{"block", 4}}, {four}), {{{1, 3, 5, 11}}})[0][0],
              ElementsAre(10, -4, -6, 2));
  EXPECT_THAT(compute(make("decoder.hadamard", {{"block", 1}}, {four}), {{{1, 3, 5, 11}}})[0][0],
              ElementsAre(1, 3, 5, 11));
  auto keep = [&](int64_t count, int64_t block, const std::vector<double> &row) {
    return compute(make("decoder.keep_top", {{"keep", count}, {"block", block}}, {four}), {{row}})[0][0];
  };
  EXPECT_THAT(keep(2, 4, {1, -3, 2, 0}), ElementsAre(0, -3, 2, 0));
  EXPECT_THAT(keep(2, 4, {2, -2, 2, -2}), ElementsAre(2, -2, 0, 0)); // of equal ones the first
  EXPECT_THAT(keep(1, 2, {1, -3, 2, 0}), ElementsAre(0, -3, 2, 0));
}

TEST(Reference, ListedRows) {
  const Matrix rows = {{2}, {0}};
  EXPECT_THAT(compute(make("decoder.linear_rows", {{"weight", "t"}}, {tensor("f32", 1)}), {{{3, 4}}, rows})[0],
              ElementsAre(ElementsAre(DoubleNear(5, 1e-12)), ElementsAre(3)));
  // Codes (1, row, 15) of rows 2 and 0 in plane 1, times both bytes of the hidden state.
  Operator screen = make("decoder.screen", {{"codes", "head.codes"}, {"plane", 1}, {"vector", 64}}, {tensor("i32", 2)});
  EXPECT_THAT(compute(screen, {{{1, 2, 3}, {-1, 0, 0}}, rows})[0],
              ElementsAre(ElementsAre(50, -1), ElementsAre(46, -1)));
}

TEST(Reference, WhatItDoesNotKnow) {
  Operator unknown = make("decoder.later", Json::object(), {kTwo});
  EXPECT_FALSE(hasReference(unknown));
  EXPECT_THAT(refusal(unknown, {}), HasSubstr("does not know the operator decoder.later"));
  Operator norm = make("decoder.rms_norm", {{"weight", "none"}, {"eps", 1e-5}}, {kTwo});
  EXPECT_THAT(refusal(norm, {}), HasSubstr("has 0 inputs where decoder.rms_norm takes 1"));
  EXPECT_EQ(refusal(norm, {{{1, 2}}}), "no tensor none");
  EXPECT_THAT(refusal(make("ternary.matmul", {{"weight", "w"}, {"planes", 1}}, {tensor("i32", 4)}), {{{1, 2}}, {{3}}}),
              HasSubstr("fewer columns than its weight"));
}

TEST(Reference, AttributesAreAllReadAndNoneIsMissing) {
  auto norm = [](const Json &attributes) { return refusal(make("decoder.rms_norm", attributes, {kTwo}), {{{1, 2}}}); };
  EXPECT_EQ(norm({{"weight", "n"}, {"eps", 1e-5}}), "");
  EXPECT_THAT(norm({{"weight", "n"}, {"eps", 1e-5}, {"groups", 4}}),
              HasSubstr("rms_norm x: has an attribute 'groups' that the reference of decoder.rms_norm does not know"));
  EXPECT_THAT(norm({{"weight", "n"}}), HasSubstr("lacks the attribute 'eps'"));
  EXPECT_THAT(norm({{"weight", "n"}, {"eps", "small"}}),
              HasSubstr("lacks the attribute 'eps', or it has another type"));
  EXPECT_THAT(refusal(make("decoder.gate", {{"activation", "gelu"}}, {kTwo}), {{{1, 2}}, {{1, 2}}}),
              HasSubstr("does not know the activation gelu"));
}

TEST(Reference, ShapesThatDoNotFitAreErrors) {
  EXPECT_THAT(refusal(make("ternary.rescale", {{"weight", "w"}, {"planes", 1}, {"divide", false}, {"scales", "tensor"}},
                           {tensor("f32", 9)}),
                      {{{8}}, {{4}}}),
              HasSubstr("fewer sums"));
  EXPECT_THAT(refusal(make("decoder.rms_norm", {{"weight", "n"}, {"eps", 1e-5}}, {kTwo}), {{{1, 2, 3}}}),
              HasSubstr("another length"));
  EXPECT_THAT(refusal(make("decoder.rope", {{"table", "t"}, {"head_dim", 0}}, {kTwo}), {{{1, 2}}}),
              HasSubstr("no whole heads"));
}

TEST(ParseOperators, ReadsAndRefuses) {
  const std::vector<std::string> stages = {"barrier", "addf x"};
  const std::string tensor =
      R"({"id": 2, "dtype": "f32", "per": "token", "columns": 8, "arena": "scratch", "offset": 64})";
  Result<std::vector<Operator>> operators = parseOperators(
      R"([{"op": "arith.addf", "stage": 1, "attributes": {"eps": 0.5, "weight": "w"}, "inputs": [0, 1], "arguments": [], "outputs": [)" +
          tensor + "]}]",
      stages, "m");
  ASSERT_TRUE(operators) << operators.error().message;
  const Operator &op = operators->front();
  EXPECT_EQ(op.stage, "addf x");
  EXPECT_THAT(op.inputs, ElementsAre(0, 1));
  EXPECT_EQ(op.outputs[0].offset, 64u);
  EXPECT_EQ(op.attributes, Json({{"eps", 0.5}, {"weight", "w"}}));
  const std::string start = R"([{"op": "a", "attributes": {}, "stage": )";
  for (const std::string &bad :
       {std::string("{"), std::string("{}"), std::string("[1]"), start + "1}]", start + R"(1, "inputs": []}])",
        start + R"(2, "inputs": [], "arguments": [], "outputs": []}])",
        start + R"(1, "inputs": [-1], "arguments": [], "outputs": []}])",
        start + R"(1, "inputs": [], "arguments": [], "outputs": [{}]}])",
        start + R"(1, "inputs": [], "outputs": {}}])"}) {
    Result<std::vector<Operator>> refused = parseOperators(bad, stages, "m");
    ASSERT_FALSE(refused) << bad;
    EXPECT_TRUE(refused.error().message.starts_with("m")) << refused.error().message;
  }
}

} // namespace
