//===- storages_test.cpp - How checkpoints store weight matrices ----------------===//
#include "lib/weights/storage.h"
#include "test/lib/weights/small_checkpoint.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

using namespace tern;
using test::bytesOf;
using test::safetensors;
using test::SmallTensor;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

namespace {

constexpr const char *kMultiply = "trits, scale <tensor, stored, multiply>";
constexpr const char *kAbsmean = "trits, scale <tensor, absmean>";

class Storages : public test::SmallCheckpoint {
protected:
  std::string packedError(const SmallTensor &weight, const SmallTensor &scale) {
    write(weight, scale);
    return errorOf("packed_rows", kMultiply, 4, 4);
  }
};

TEST_F(Storages, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Storage *storage : storages()) {
    EXPECT_TRUE(names.insert(storage->name).second) << storage->name;
    EXPECT_EQ(findStorage(storage->name), storage);
  }
  EXPECT_EQ(findStorage("papyrus"), nullptr);
}

TEST_F(Storages, PackedRowsAreQuartersOfTheMatrix) {
  // transformers' pack_weights for 8 rows of 3: bits 2i..2i+1 of byte [r, c] are weight [2i + r, c] + 1.
  std::vector<int8_t> trits;
  std::string bytes(6, '\0');
  for (int row = 0; row < 8; ++row)
    for (int column = 0; column < 3; ++column) {
      int trit = (row * 5 + column * 7) % 3 - 1;
      trits.push_back(int8_t(trit));
      bytes[size_t(row % 2) * 3 + size_t(column)] |= char((trit + 1) << (row / 2 * 2));
    }
  write({"U8", {2, 3}, bytes});
  Result<std::unique_ptr<StoredWeights>> weights = open("packed_rows", kMultiply, 8, 3);
  ASSERT_TRUE(weights) << weights.error().message;
  EXPECT_THAT(*(*weights)->scales(), ElementsAre(0.5f));
  std::vector<int8_t> all(24), middle(9);
  ASSERT_TRUE((*weights)->readRows(0, 8, all));
  EXPECT_THAT(all, ElementsAreArray(trits));
  ASSERT_TRUE((*weights)->readRows(3, 3, middle));
  EXPECT_THAT(middle, ElementsAreArray(trits.data() + 9, 9));
}

TEST_F(Storages, CodeThreeIsNamed) {
  std::string bytes(4, '\x55');
  bytes[2] = '\x75'; // bits 4..5 are 3: row 2 of 4, column 2
  write({"U8", {1, 4}, bytes});
  Result<std::unique_ptr<StoredWeights>> weights = open("packed_rows", kMultiply, 4, 4);
  ASSERT_TRUE(weights);
  std::vector<int8_t> rows(16);
  EXPECT_TRUE((*weights)->readRows(0, 2, std::span(rows).first(8))); // not there
  Status status = (*weights)->readRows(0, 4, rows);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("tensor w: has the packed code 3 for weight [2, 2]; only 0, 1 and 2 are"));
}

TEST_F(Storages, MasterWeightsByAbsmean) {
  std::vector<float> values = {0.5f, -0.5f, 0.1f, -2.0f, 0.0f, 0.25f};
  double mean = 0;
  for (float value : values)
    mean += std::fabs(value) / 6;
  write({"F32", {2, 3}, bytesOf(values)});
  Result<std::unique_ptr<StoredWeights>> weights = open("master", kAbsmean, 2, 3);
  ASSERT_TRUE(weights) << weights.error().message;
  EXPECT_FLOAT_EQ((*weights)->scales()->front(), float(mean)); // 0.558
  std::vector<int8_t> trits(6);
  ASSERT_TRUE((*weights)->readRows(0, 2, trits));
  EXPECT_THAT(trits, ElementsAreArray({1, -1, 0, -1, 0, 0}));
}

TEST_F(Storages, MasterWeightsByMedian) {
  // Of the six magnitudes 0, 0.1, 0.25, 0.5, 0.5 and 2 the third is the divisor.
  write({"F32", {2, 3}, bytesOf<float>({0.5f, -0.5f, 0.1f, -2.0f, 0.0f, 0.25f})});
  Result<std::unique_ptr<StoredWeights>> weights = open("master", "trits, scale <tensor, median, divide>", 2, 3);
  ASSERT_TRUE(weights) << weights.error().message;
  EXPECT_THAT(*(*weights)->scales(), ElementsAre(4.0f)); // what divides the product
  std::vector<int8_t> trits(6);
  ASSERT_TRUE((*weights)->readRows(0, 2, trits));
  EXPECT_THAT(trits, ElementsAreArray({1, -1, 0, -1, 0, 1}));
  weights = open("master", "trits, scale <tensor, absmax>", 2, 3);
  EXPECT_THAT(*(*weights)->scales(), ElementsAre(2.0f));
}

TEST_F(Storages, HalvesRoundToEvenAndZerosStay) {
  // Mean 1: 0.5 and -1.5 lie between two trits.
  write({"F32", {1, 4}, bytesOf<float>({0.5f, -1.5f, 1.0f, 1.0f})});
  Result<std::unique_ptr<StoredWeights>> weights = open("master", kAbsmean, 1, 4);
  ASSERT_TRUE(weights);
  EXPECT_THAT(*(*weights)->scales(), ElementsAre(1));
  std::vector<int8_t> trits(4);
  ASSERT_TRUE((*weights)->readRows(0, 1, trits));
  EXPECT_THAT(trits, ElementsAreArray({0, -1, 1, 1}));
  write({"F32", {1, 4}, std::string(16, '\0')});
  weights = open("master", kAbsmean, 1, 4);
  ASSERT_TRUE(weights);
  // transformers multiplies trits that it made itself by 1 / (1 / absmean), rounded twice.
  EXPECT_THAT(*(*weights)->scales(), ElementsAre(1.0f / (1.0f / 1e-5f)));
}

TEST_F(Storages, WrongTensors) {
  SmallTensor weight{"U8", {1, 4}, std::string(4, '\x55')}, scale{"F32", {1}, bytesOf<float>({1})};
  EXPECT_EQ(packedError(weight, scale), "");
  EXPECT_EQ(packedError(weight, {"BF16", {}, bytesOf<uint16_t>({0x3f80})}), ""); // no dimension
  EXPECT_THAT(packedError({"BF16", {2, 1}, "1234"}, scale),
              HasSubstr("tensor w: has dtype BF16, but weights stored as packed_rows are U8"));
  EXPECT_THAT(packedError({"U8", {4}, "1234"}, scale), HasSubstr("tensor w: is no matrix"));
  EXPECT_THAT(packedError({"U8", {0, 4}, ""}, scale), HasSubstr("tensor w: is no matrix"));
  EXPECT_THAT(packedError({"U8", {2, 4}, "12345678"}, scale), HasSubstr("tensor w: is 8 x 4, but the model has 4 x 4"));
  EXPECT_THAT(packedError(weight, {"F32", {2}, bytesOf<float>({1, 1})}),
              HasSubstr("tensor s: must hold one number, not 2"));
  EXPECT_THAT(packedError(weight, {"I32", {1}, "1234"}), HasSubstr("tensor s: has dtype I32"));
  for (auto [value, shown] : {std::pair{NAN, "nan"}, {INFINITY, "inf"}, {0.0f, "0"}, {-1.0f, "-1"}})
    EXPECT_THAT(packedError(weight, {"F32", {1}, bytesOf<float>({value})}),
                HasSubstr(std::string("tensor s: is ") + shown + "; a scale must be finite"));
}

TEST_F(Storages, WhatTheyDoNotHold) {
  write({"U8", {1, 4}, std::string(4, '\x55')});
  EXPECT_THAT(errorOf("papyrus", kMultiply, 4, 4),
              HasSubstr("tensor w: there is no storage \"papyrus\"; there are: tq1_0"));
  EXPECT_THAT(errorOf("packed_rows", kMultiply, 6, 4), HasSubstr("holds 4 rows in a byte, but has 6 rows"));
  EXPECT_THAT(errorOf("packed_rows", "signs, scale <tensor, stored>", 4, 4), HasSubstr("its values are trits"));
  EXPECT_THAT(errorOf("packed_rows", "trits, scale <row, stored>", 4, 4),
              HasSubstr("storage packed_rows does not hold the format \"trits, scale <row, stored, multiply>\": it has "
                        "one stored scale for the tensor"));
  EXPECT_THAT(errorOf("trits", kAbsmean, 4, 4), HasSubstr("its scales are stored"));
  EXPECT_THAT(errorOf("master", kMultiply, 4, 4), HasSubstr("is computed, by absmean, median or absmax"));
  EXPECT_THAT(errorOf("master", "trits, scale <tensor, median>, offset <tensor, real>", 4, 4),
              HasSubstr("it has no offsets"));
  WeightDeclaration unnamed = {"trits", *parseWeightFormat(kMultiply), "w", "", 4, 4};
  EXPECT_THAT(checkDeclaration(unnamed).error().message, HasSubstr("needs the name of a tensor of scales"));
  WeightDeclaration named = {"master", *parseWeightFormat(kAbsmean), "w", "s", 4, 4};
  EXPECT_THAT(checkDeclaration(named).error().message, HasSubstr("whose scales are no tensor of their own"));
}

TEST_F(Storages, TritsThatAreFloats) {
  write({"F32", {2, 3}, bytesOf<float>({1, -1, 0, -0.0f, 1, 1})});
  Result<std::unique_ptr<StoredWeights>> weights = open("trits", kMultiply, 2, 3);
  ASSERT_TRUE(weights) << weights.error().message;
  EXPECT_THAT(*(*weights)->scales(), ElementsAre(0.5f));
  std::vector<int8_t> trits(6), row(3);
  ASSERT_TRUE((*weights)->readRows(0, 2, trits));
  EXPECT_THAT(trits, ElementsAreArray({1, -1, 0, 0, 1, 1}));
  for (auto [value, shown] : {std::pair{0.5f, "0.5"}, {NAN, "nan"}, {-2.0f, "-2"}}) {
    write({"F32", {2, 3}, bytesOf<float>({1, -1, 0, -1, value, 1})});
    weights = open("trits", kMultiply, 2, 3);
    ASSERT_TRUE(weights) << weights.error().message;
    EXPECT_TRUE((*weights)->readRows(0, 1, row));
    Status status = (*weights)->readRows(1, 1, row);
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().message,
                HasSubstr(std::string("tensor w: weight [1, 1] is ") + shown + ", but floats with a weight_scale"));
  }
  write({"U8", {1, 2}, "12"});
  EXPECT_THAT(errorOf("trits", kMultiply, 1, 2), HasSubstr("has dtype U8, but weights stored as trits are floats"));
}

TEST_F(Storages, SignsAndScalesOfAnyShape) {
  SmallTensor weight{"F32", {2, 2}, bytesOf<float>({1, -1, -1, 1})};
  write(weight, {"F16", {2, 1}, bytesOf<uint16_t>({0x3c00, 0x3800})});
  for (const char *format : {"signs, scale <row, stored, multiply>", "signs, scale <columns [1, 1], stored, divide>",
                             "trits, scale <group 2, stored f16>"}) {
    Result<std::unique_ptr<StoredWeights>> weights = open("trits", format, 2, 2);
    ASSERT_TRUE(weights) << weights.error().message;
    EXPECT_THAT(*(*weights)->scales(), ElementsAre(1.0f, 0.5f));
    std::vector<int8_t> signs(4);
    ASSERT_TRUE((*weights)->readRows(0, 2, signs));
    EXPECT_THAT(signs, ElementsAre(1, -1, -1, 1));
  }
  EXPECT_THAT(errorOf("trits", "signs, scale <group 1, stored>", 2, 2),
              HasSubstr("tensor s: must hold 4 numbers, not 2"));
  write({"F32", {1, 2}, bytesOf<float>({1, 0})});
  Result<std::unique_ptr<StoredWeights>> zero = open("trits", "signs, scale <tensor, stored>", 1, 2);
  std::vector<int8_t> signs(2);
  EXPECT_THAT((*zero)->readRows(0, 1, signs).error().message, HasSubstr("weight [0, 1] is 0, but floats with a"));
}

/// Values that are scaled already: what declare finds in them, and what is read then.
class ScaledValues : public Storages {
protected:
  ScaledValues() {
    folder.write("config.json",
                 R"({"model_type": "llama", "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
      "num_attention_heads": 2, "vocab_size": 10, "max_position_embeddings": 16})");
  }
  Result<WeightDeclaration> declare(int64_t rows, const std::vector<float> &values, const char *module = "m") {
    int64_t columns = int64_t(values.size()) / rows;
    write({"F32", {rows, columns}, bytesOf(values)});
    EXPECT_TRUE(findStorage("scaled")->recognises({}, *checkpoint->find("w")->info));
    return findStorage("scaled")->declare(*checkpoint, {}, module, "w", rows, columns);
  }
  void expect(int64_t rows, const std::vector<float> &values, const char *format, const std::vector<float> &scales,
              const std::vector<int8_t> &trits) {
    Result<WeightDeclaration> found = declare(rows, values);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(formatText(found->format), format);
    Result<std::unique_ptr<StoredWeights>> weights = openWeights(*checkpoint, *found);
    ASSERT_TRUE(weights) << weights.error().message;
    EXPECT_EQ(*(*weights)->scales(), scales);
    std::vector<int8_t> read(values.size());
    ASSERT_TRUE((*weights)->readRows(0, rows, read));
    EXPECT_EQ(read, trits);
  }
};

TEST_F(ScaledValues, PartsOfRowsAndColumnsAreFound) {
  expect(2, {0.5f, -0.5f, 0, 0.5f}, "trits, scale <tensor, stored, multiply>", {0.5f}, {1, -1, 0, 1});
  expect(4, {2, -2, 2, 0, 0, 0, -3, 3}, "trits, scale <rows [3, 1], stored, multiply>", {2, 3},
         {1, -1, 1, 0, 0, 0, -1, 1}); // a row of zeros is in the part before it
  expect(4, {0, 0, 2, 0, 0, 0, 3, 3}, "trits, scale <rows [3, 1], stored, multiply>", {2, 3}, {0, 0, 1, 0, 0, 0, 1, 1});
  expect(2, {1, -1, 0, 4, 0, 1, 4, -4}, "trits, scale <columns [2, 2], stored, multiply>", {1, 4},
         {1, -1, 0, 1, 0, 1, 1, -1});
  expect(2, {1, -1, 0.25f, 0.25f}, "trits, scale <row, stored, multiply>", {1, 0.25f}, {1, -1, 1, 1});
  expect(1, {-0.0f, 0}, "trits, scale <tensor, stored, multiply>", {1}, {0, 0});
}

TEST_F(ScaledValues, WhatIsNotTernary) {
  for (const std::vector<float> &values : {std::vector<float>{1, 2, 2, 1}, {1, NAN, 1, 1}, {1, INFINITY, 1, 1}}) {
    Result<WeightDeclaration> none = declare(2, values);
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message, HasSubstr("tensor w: is no ternary matrix: config.json has no"));
  }
}

TEST_F(ScaledValues, WhatIsNotAsItIsDeclared) {
  ASSERT_TRUE(declare(2, {1, 1, 2, -2}));
  Result<std::unique_ptr<StoredWeights>> one = open("scaled", "trits, scale <tensor, stored, multiply>", 2, 2);
  ASSERT_TRUE(one) << one.error().message;
  std::vector<int8_t> trits(4);
  Status status = (*one)->readRows(0, 2, trits);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("weight [1, 0] is 2, which is neither 0 nor plus or minus the scale 1"));
  EXPECT_THAT(errorOf("scaled", "trits, scale <tensor, stored, divide>", 2, 2), HasSubstr("are in the values"));
}

/// Trits of rows of groups times their scales, a group after the other; the largest of each is there. Scale 0: zeros.
struct Grouped {
  Grouped(int64_t group, const std::vector<float> &scales) {
    for (size_t i = 0; i < scales.size(); ++i)
      for (int64_t column = 0; column < group; ++column) {
        trits.push_back(int8_t(scales[i] == 0 ? 0 : (column * 7 + int64_t(i)) % 3 - 1));
        values.push_back(float(trits.back()) * scales[i]);
      }
  }
  std::vector<int8_t> trits;
  std::vector<float> values;
};

TEST_F(ScaledValues, GroupsOfColumnsAreFound) {
  Grouped small(16, {1, 2, 3, /**/ 4, 5, 6}); // of 48 columns, which 32 do not divide
  expect(2, small.values, "trits, scale <group 16, stored, multiply>", {1, 2, 3, 4, 5, 6}, small.trits);
  // Groups of 64 that agree two by two are of 128, with half as many scales; in one row they do not.
  Grouped repeats(64, {1, 1, 2, 2, /**/ 3, 3, 4, 4});
  expect(2, repeats.values, "trits, scale <group 128, stored, multiply>", {1, 2, 3, 4}, repeats.trits);
  Grouped apart(64, {1, 1, 2, 2, /**/ 3, 3, 4, 5});
  expect(2, apart.values, "trits, scale <group 64, stored, multiply>", {1, 1, 2, 2, 3, 3, 4, 5}, apart.trits);
}

TEST_F(ScaledValues, GroupsOfZerosGoWithTheirNeighbours) {
  Grouped half(32, {1, 0, 0, 2, /**/ 4, 0, 0, 0});
  expect(2, half.values, "trits, scale <group 64, stored, multiply>", {1, 2, 4, 1}, half.trits); // the last has any
}

TEST_F(ScaledValues, WhatHasNoGroups) {
  Grouped narrow(8, {1, 2, 3, 4, /**/ 5, 6, 7, 8}), odd(20, {1, 2, /**/ 3, 4}), nan(16, {1, 2, /**/ 3, 4});
  nan.values[20] = NAN;
  for (const Grouped *matrix : {&narrow, &odd, &nan}) {
    Result<WeightDeclaration> none = declare(2, matrix->values);
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message, HasSubstr("or of each group of 16 or more columns of a row must be -s, 0 or s"));
  }
}

TEST_F(ScaledValues, OneValueThatDiffersFromItsGroup) {
  Grouped matrix(16, {1, 2, /**/ 3, 4});
  Result<WeightDeclaration> found = declare(2, matrix.values);
  ASSERT_TRUE(found) << found.error().message;
  matrix.values[47] = 5; // row 1, column 15
  write({"F32", {2, 32}, bytesOf(matrix.values)});
  Result<std::unique_ptr<StoredWeights>> weights = openWeights(*checkpoint, *found);
  ASSERT_TRUE(weights) << weights.error().message; // nothing is read yet
  const char *problem = "tensor w: has groups of 16 columns with more than one magnitude";
  EXPECT_THAT((*weights)->scales().error().message, HasSubstr(problem));
  std::vector<int8_t> row(32);
  Status status = (*weights)->readRows(0, 1, row);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr(problem));
}

TEST_F(ScaledValues, OtherFormsAreRefused) {
  folder.write("model.safetensors", safetensors({{"w", {"F32", {1, 1}, bytesOf<float>({1})}},
                                                 {"m.wscale", {"F32", {1}, bytesOf<float>({1})}}}));
  Result<Checkpoint> fbi = Checkpoint::open(folder.path);
  ASSERT_TRUE(fbi);
  EXPECT_THAT(findStorage("scaled")->declare(*fbi, {}, "m", "w", 1, 1).error().message,
              HasSubstr("tensor m.wscale: a linear layer that has this tensor is of no form that is supported"));
}

TEST_F(Storages, MasterWeightsThatAreNone) {
  write({"F32", {1, 2}, bytesOf<float>({1, NAN})});
  Result<std::unique_ptr<StoredWeights>> nan = open("master", kAbsmean, 1, 2);
  ASSERT_TRUE(nan); // nothing is read yet
  EXPECT_THAT((*nan)->scales().error().message, HasSubstr("tensor w: holds a NaN or an infinity"));
  std::vector<int8_t> trits(2);
  EXPECT_FALSE((*nan)->readRows(0, 1, trits));
  write({"U8", {1, 2}, "12"});
  EXPECT_THAT(errorOf("master", kAbsmean, 1, 2), HasSubstr("has dtype U8, but weights stored as master are floats"));
}

} // namespace
