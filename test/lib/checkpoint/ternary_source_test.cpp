//===- ternary_source_test.cpp - Rows of trits out of a checkpoint -------------===//
#include "lib/checkpoint/ternary_source.h"
#include "test/lib/checkpoint/small_safetensors.h"
#include "test/lib/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

using namespace tern;
using test::bytesOf;
using test::safetensors;
using test::SmallTensor;
using testing::ElementsAreArray;
using testing::HasSubstr;

namespace {

class Source : public testing::Test {
protected:
  Source() {
    folder.write("config.json", R"({"model_type": "llama", "hidden_size": 8,
      "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 10,
      "max_position_embeddings": 16, "quantization_config": {"quant_method": "bitnet"}})");
  }
  Result<TernarySource> open(const SmallTensor &weight, TernaryStorage storage,
                             const SmallTensor &scale = {"F32", {1}, bytesOf<float>({0.5f})}) {
    folder.write("model.safetensors", safetensors({{"w", weight}, {"s", scale}}));
    Result<Checkpoint> opened = Checkpoint::open(folder.path);
    EXPECT_TRUE(opened);
    checkpoint = std::make_unique<Checkpoint>(std::move(*opened));
    std::optional<std::string> scaleName;
    if (storage != TernaryStorage::Master)
      scaleName = "s";
    return TernarySource::open(*checkpoint, "w", scaleName, storage);
  }
  std::string packedError(const SmallTensor &weight, const SmallTensor &scale) {
    Result<TernarySource> source = open(weight, TernaryStorage::PackedRows, scale);
    return source ? "" : source.error().message;
  }
  test::TemporaryFolder folder;
  std::unique_ptr<Checkpoint> checkpoint;
};

TEST_F(Source, PackedRowsAreQuartersOfTheMatrix) {
  // transformers' pack_weights for 8 rows of 3: bits 2i..2i+1 of byte [r, c] are weight [2i + r, c] + 1.
  std::vector<int8_t> trits;
  std::string bytes(6, '\0');
  for (int row = 0; row < 8; ++row)
    for (int column = 0; column < 3; ++column) {
      int trit = (row * 5 + column * 7) % 3 - 1;
      trits.push_back(int8_t(trit));
      bytes[size_t(row % 2) * 3 + size_t(column)] |= char((trit + 1) << (row / 2 * 2));
    }
  Result<TernarySource> source = open({"U8", {2, 3}, bytes}, TernaryStorage::PackedRows);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->rows(), 8);
  EXPECT_EQ(source->columns(), 3);
  EXPECT_EQ(source->scale(), 0.5f);
  std::vector<int8_t> all(24), middle(9);
  ASSERT_TRUE(source->readRows(0, 8, all));
  EXPECT_THAT(all, ElementsAreArray(trits));
  ASSERT_TRUE(source->readRows(3, 3, middle));
  EXPECT_THAT(middle, ElementsAreArray(trits.data() + 9, 9));
}

TEST_F(Source, CodeThreeIsNamed) {
  std::string bytes(4, '\x55');
  bytes[2] = '\x75'; // bits 4..5 are 3: row 2 of 4, column 2
  Result<TernarySource> source = open({"U8", {1, 4}, bytes}, TernaryStorage::PackedRows);
  ASSERT_TRUE(source);
  std::vector<int8_t> rows(16);
  EXPECT_TRUE(source->readRows(0, 2, std::span(rows).first(8))); // not there
  Status status = source->readRows(0, 4, rows);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("tensor w: has the packed code 3 for weight [2, 2]; only 0, 1 and 2 are"));
}

TEST_F(Source, MasterWeightsByAbsmean) {
  std::vector<float> values = {0.5f, -0.5f, 0.1f, -2.0f, 0.0f, 0.25f};
  double mean = 0;
  for (float value : values)
    mean += std::fabs(value) / 6;
  Result<TernarySource> source = open({"F32", {2, 3}, bytesOf(values)}, TernaryStorage::Master);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_FLOAT_EQ(source->scale(), float(mean)); // 0.558
  std::vector<int8_t> trits(6);
  ASSERT_TRUE(source->readRows(0, 2, trits));
  EXPECT_THAT(trits, ElementsAreArray({1, -1, 0, -1, 0, 0}));
}

TEST_F(Source, HalvesRoundToEvenAndZerosStay) {
  // Mean 1: 0.5 and -1.5 lie between two trits.
  Result<TernarySource> source =
      open({"F32", {1, 4}, bytesOf<float>({0.5f, -1.5f, 1.0f, 1.0f})}, TernaryStorage::Master);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->scale(), 1);
  std::vector<int8_t> trits(4);
  ASSERT_TRUE(source->readRows(0, 1, trits));
  EXPECT_THAT(trits, ElementsAreArray({0, -1, 1, 1}));
  Result<TernarySource> zeros = open({"F32", {1, 4}, std::string(16, '\0')}, TernaryStorage::Master);
  ASSERT_TRUE(zeros);
  EXPECT_EQ(zeros->scale(), 1e-5f);
}

TEST_F(Source, WrongTensors) {
  SmallTensor weight{"U8", {1, 4}, std::string(4, '\x55')}, scale{"F32", {1}, bytesOf<float>({1})};
  EXPECT_EQ(packedError(weight, scale), "");
  EXPECT_EQ(packedError(weight, {"BF16", {}, bytesOf<uint16_t>({0x3f80})}), ""); // no dimension
  EXPECT_THAT(packedError({"BF16", {2, 1}, "1234"}, scale),
              HasSubstr("tensor w: has dtype BF16, but packed ternary weights are U8"));
  EXPECT_THAT(packedError({"U8", {4}, "1234"}, scale), HasSubstr("tensor w: is no matrix"));
  EXPECT_THAT(packedError({"U8", {0, 4}, ""}, scale), HasSubstr("tensor w: is no matrix"));
  EXPECT_THAT(packedError(weight, {"F32", {2}, bytesOf<float>({1, 1})}),
              HasSubstr("tensor s: must hold one number, not 2"));
  EXPECT_THAT(packedError(weight, {"I32", {1}, "1234"}), HasSubstr("tensor s: has dtype I32"));
  for (auto [value, shown] : {std::pair{NAN, "nan"}, {INFINITY, "inf"}, {0.0f, "0"}, {-1.0f, "-1"}})
    EXPECT_THAT(packedError(weight, {"F32", {1}, bytesOf<float>({value})}),
                HasSubstr(std::string("tensor s: is ") + shown + "; a scale must be finite"));
}

TEST_F(Source, TritsThatAreFloats) {
  SmallTensor weight{"F32", {2, 3}, bytesOf<float>({1, -1, 0, -0.0f, 1, 1})};
  Result<TernarySource> source = open(weight, TernaryStorage::Trits);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->rows(), 2);
  EXPECT_EQ(source->scale(), 0.5f);
  std::vector<int8_t> trits(6), row(3);
  ASSERT_TRUE(source->readRows(0, 2, trits));
  EXPECT_THAT(trits, ElementsAreArray({1, -1, 0, 0, 1, 1}));
  for (auto [value, shown] : {std::pair{0.5f, "0.5"}, {NAN, "nan"}, {-2.0f, "-2"}}) {
    source = open({"F32", {2, 3}, bytesOf<float>({1, -1, 0, -1, value, 1})}, TernaryStorage::Trits);
    ASSERT_TRUE(source) << source.error().message;
    EXPECT_TRUE(source->readRows(0, 1, row));
    Status status = source->readRows(1, 1, row);
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().message,
                HasSubstr(std::string("tensor w: weight [1, 1] is ") + shown + ", but floats with a weight_scale"));
  }
  Result<TernarySource> packed = open({"U8", {1, 2}, "12"}, TernaryStorage::Trits);
  ASSERT_FALSE(packed);
  EXPECT_THAT(packed.error().message, HasSubstr("has dtype U8, but trits that are not packed are floats"));
}

TEST_F(Source, MasterWeightsThatAreNone) {
  Result<TernarySource> nan = open({"F32", {1, 2}, bytesOf<float>({1, NAN})}, TernaryStorage::Master);
  ASSERT_FALSE(nan);
  EXPECT_THAT(nan.error().message, HasSubstr("tensor w: holds a NaN or an infinity"));
  Result<TernarySource> packed = open({"U8", {1, 2}, "12"}, TernaryStorage::Master);
  ASSERT_FALSE(packed);
  EXPECT_THAT(packed.error().message, HasSubstr("has dtype U8, but master weights are floats"));
}

} // namespace
