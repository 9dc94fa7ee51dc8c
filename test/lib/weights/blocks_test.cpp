//===- blocks_test.cpp - Weights in the blocks of GGUF files ----------------------===//
#include "lib/weights/storage.h"
#include "test/lib/checkpoint/small_gguf.h"
#include "test/lib/temporary_folder.h"

#include <gmock/gmock.h>

#include <cmath>

namespace tern::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char *kTensor = "model.layers.0.mlp.up_proj.weight";
constexpr uint16_t kHalf = 0x3800, kOne = 0x3c00, kTwo = 0x4000;

class Blocks : public testing::Test {
protected:
  /// blk.0.ffn_up of these ggml type and bytes.
  void write(int64_t rows, int64_t columns, uint32_t type, const std::string &bytes, I2sBlocks i2s = I2sBlocks::X86) {
    std::string path =
        folder.write("m.gguf", smallGgufModel().tensor("blk.0.ffn_up.weight", {columns, rows}, type, bytes).bytes());
    Result<Checkpoint> opened = Checkpoint::open(path, i2s);
    ASSERT_TRUE(opened) << opened.error().message;
    checkpoint = std::make_unique<Checkpoint>(std::move(*opened));
    this->rows = rows;
    this->columns = columns;
  }

  /// What the first storage that recognises it declares.
  Result<WeightDeclaration> declare() {
    for (const Storage *storage : storages())
      if (storage->recognises({}, *checkpoint->find(kTensor)->info))
        return storage->declare(*checkpoint, {}, "model.layers.0.mlp.up_proj", kTensor, rows, columns);
    return Error{"no storage"};
  }
  std::string declared() {
    Result<WeightDeclaration> weight = declare();
    return weight ? weight->storage + " " + formatText(weight->format) : weight.error().message;
  }
  Result<std::unique_ptr<StoredWeights>> open(const std::string &format = "") {
    Result<WeightDeclaration> weight = declare();
    if (weight && !format.empty())
      weight->format = *parseWeightFormat(format);
    return weight ? openWeights(*checkpoint, *weight) : weight.error();
  }
  /// Integers times scales of a format with one scale are the floats that the tensor reads as.
  void expectFloats(float scale) {
    Result<std::unique_ptr<StoredWeights>> weights = open();
    ASSERT_TRUE(weights) << weights.error().message;
    EXPECT_THAT(*(*weights)->scales(), ElementsAre(scale));
    std::vector<int8_t> integers(size_t(rows * columns));
    ASSERT_TRUE((*weights)->readRows(0, rows, integers));
    std::vector<float> floats(integers.size());
    TensorView view = *checkpoint->find(kTensor);
    ASSERT_TRUE(view.file->readFloats(*view.info, 0, floats));
    for (size_t i = 0; i < floats.size(); ++i)
      ASSERT_EQ(float(integers[i]) * scale, floats[i]) << i;
    std::vector<int8_t> last(static_cast<size_t>(columns)); // rows alone
    ASSERT_TRUE((*weights)->readRows(rows - 1, 1, last));
    EXPECT_EQ(last, std::vector<int8_t>(integers.end() - columns, integers.end()));
  }
  std::string readError(const std::string &format = "") {
    Result<std::unique_ptr<StoredWeights>> weights = open(format);
    if (!weights)
      return weights.error().message;
    std::vector<int8_t> integers(size_t(rows * columns));
    Status status = (*weights)->readRows(0, rows, integers);
    return status ? "" : status.error().message;
  }

  /// `count` bytes without a code 3 in any pair of bits.
  static std::string codes(size_t count, unsigned seed = 0) {
    std::string bytes;
    for (size_t i = 0; i < count; ++i)
      bytes.push_back(char((i + seed) % 3 | (i / 3 + seed) % 3 << 2 | (i / 9) % 3 << 4 | (i / 27) % 3 << 6));
    return bytes;
  }
  static std::string tq2(uint16_t scale) { return codes(64, scale) + rawBytes(scale); }
  static std::string q2(uint16_t scale, size_t bytes = 16) { return rawBytes(scale) + codes(bytes, scale); }

  TemporaryFolder folder;
  std::unique_ptr<Checkpoint> checkpoint;
  int64_t rows = 0, columns = 0;
};

TEST_F(Blocks, OneScaleForTheTensor) {
  write(2, 512, 35, tq2(kHalf) + tq2(kHalf) + tq2(kHalf) + tq2(kHalf));
  EXPECT_EQ(declared(), "tq2_0 trits, scale <tensor, stored f16, multiply>");
  expectFloats(0.5f);
  std::string tq1; // any bytes are trits
  for (int i = 0; i < 2 * 54; ++i)
    tq1.push_back(char(i * 37 + 11));
  tq1.replace(52, 2, rawBytes(kTwo)).replace(106, 2, rawBytes(kTwo));
  write(2, 256, 34, tq1);
  EXPECT_EQ(declared(), "tq1_0 trits, scale <tensor, stored f16, multiply>");
  expectFloats(2);
}

TEST_F(Blocks, I2sHasItsScaleBehindTheTensor) {
  std::string bytes = codes(64) + rawBytes(0.75f) + std::string(28, '\xa5');
  for (I2sBlocks i2s : {I2sBlocks::X86, I2sBlocks::Aarch64}) {
    write(2, 128, 36, bytes, i2s);
    EXPECT_EQ(declared(), std::string(i2s == I2sBlocks::X86 ? "i2_s" : "i2_s_aarch64") +
                              " trits, scale <tensor, stored f32, multiply>");
    expectFloats(0.75f);
  }
  std::vector<int8_t> x86(256), aarch64(256);
  ASSERT_TRUE((*open())->readRows(0, 2, aarch64));
  write(2, 128, 36, bytes);
  ASSERT_TRUE((*open())->readRows(0, 2, x86));
  EXPECT_NE(x86, aarch64);
  for (size_t i = 0; i < 16; ++i) { // a byte's quarters are 32 columns apart, or 16
    EXPECT_EQ(x86[i], aarch64[i]);
    EXPECT_EQ(x86[32 + i], aarch64[16 + i]);
  }
  bytes[40] = '\x70'; // code 1 in the top bits, 3 below: row 1, block 0, byte 8
  write(2, 128, 36, bytes);
  EXPECT_THAT(readError(), HasSubstr("m.gguf: tensor blk.0.ffn_up.weight: has the code 3 for weight [1, 40]"));
  write(2, 128, 36, bytes, I2sBlocks::Aarch64);
  EXPECT_THAT(readError(), HasSubstr("has the code 3 for weight [1, 24]"));
}

TEST_F(Blocks, ScalesOfParts) {
  // By rows; one of two rows of a part is zeros, whose scale is 0.
  write(4, 256, 35, tq2(kHalf) + tq2(0) + tq2(kTwo) + tq2(kTwo));
  EXPECT_EQ(declared(), "tq2_0 trits, scale <rows [2, 2], stored f16, multiply>");
  Result<std::unique_ptr<StoredWeights>> weights = open();
  ASSERT_TRUE(weights) << weights.error().message;
  EXPECT_THAT(*(*weights)->scales(), ElementsAre(0.5f, 2.0f));
  std::vector<int8_t> zeros(256, 1);
  ASSERT_TRUE((*weights)->readRows(1, 1, zeros));
  EXPECT_EQ(zeros, std::vector<int8_t>(256, 0));
  // By columns.
  write(2, 768, 35, tq2(kHalf) + tq2(kOne) + tq2(kOne) + tq2(kHalf) + tq2(0) + tq2(kOne));
  EXPECT_EQ(declared(), "tq2_0 trits, scale <columns [256, 512], stored f16, multiply>");
  EXPECT_THAT(*(*open())->scales(), ElementsAre(0.5f, 1.0f));
  // Of each row.
  write(3, 256, 35, tq2(kHalf) + tq2(kOne) + tq2(kTwo));
  EXPECT_EQ(declared(), "tq2_0 trits, scale <row, stored f16, multiply>");
  EXPECT_THAT(*(*open())->scales(), ElementsAre(0.5f, 1.0f, 2.0f));
  // A matrix of zeros has any.
  write(1, 256, 35, tq2(0));
  EXPECT_EQ(declared(), "tq2_0 trits, scale <tensor, stored f16, multiply>");
  EXPECT_THAT(*(*open())->scales(), ElementsAre(1.0f));
}

/// Sizes are such that those of another type of id 42 are told apart.
TEST_F(Blocks, GroupsOfScales) {
  // Pairs of 64 repeat their scale: the groups are of 128.
  std::string bytes;
  std::vector<float> scales;
  for (int group = 0; group < 16; ++group) {
    uint16_t scale = group % 3 == 0 ? kHalf : group % 3 == 1 ? kOne : kTwo;
    bytes += q2(scale) + q2(scale);
    scales.push_back(group % 3 == 0 ? 0.5f : float(group % 3));
  }
  write(4, 512, 42, bytes);
  EXPECT_EQ(declared(), "q2_0 trits, scale <group 128, stored f16, multiply>");
  EXPECT_EQ(*(*open())->scales(), scales);
  EXPECT_EQ(readError(), "");
  bytes.replace(0, 2, rawBytes(kTwo));
  write(4, 512, 42, bytes);
  EXPECT_EQ(declared(), "q2_0 trits, scale <group 64, stored f16, multiply>");
  EXPECT_THAT(readError("trits, scale <group 128, stored f16, multiply>"),
              HasSubstr("weight [0, 64] has the scale 0.5, but those of its format have 2"));
  for (uint32_t type : {42u, 142u}) { // 34 bytes for 128
    std::string wide;
    for (int block = 0; block < 16; ++block)
      wide += q2(block % 5 < 2 ? kHalf : kOne, 32);
    write(8, 256, type, wide);
    EXPECT_EQ(declared(), "pq2_0 trits, scale <group 128, stored f16, multiply>");
  }
  write(2, 256, 41, q2(kHalf) + q2(kOne) + q2(kTwo) + q2(kHalf));
  EXPECT_EQ(declared(), "q1_0 signs, scale <group 128, stored f16, multiply>");
  EXPECT_EQ(readError(), "");
}

TEST_F(Blocks, WrongBlocks) {
  std::string bad = tq2(kHalf);
  bad[33] = '\x0c'; // field 1 of the second half
  write(1, 256, 35, bad);
  EXPECT_THAT(readError(), HasSubstr("has the code 3 for weight [0, 161]"));
  for (auto [half, text] :
       {std::pair{0x7c00, "inf"}, std::pair{0xfc00, "-inf"}, std::pair{0x7e00, "nan"}, std::pair{0xbc00, "-1"}}) {
    write(2, 256, 35, tq2(kHalf) + tq2(uint16_t(half)));
    EXPECT_THAT(declared(), HasSubstr("the scale of row 1, block 0 is " + std::string(text)));
  }
  write(1, 128, 36, codes(32) + rawBytes(-1.0f) + std::string(28, '\0'));
  EXPECT_THAT(declared(), HasSubstr("the scale of row 0, block 0 is -1"));
  write(1, 128, 41, q2(0));
  EXPECT_THAT(readError(), HasSubstr("has the scale 0, but weights of Q1_0 are never 0"));
  write(1, 256, 35, tq2(kHalf));
  Result<WeightDeclaration> weight = declare();
  weight->storage = "tq1_0";
  EXPECT_THAT(openWeights(*checkpoint, *weight).error().message,
              HasSubstr("is not of the GGUF type that storage tq1_0 reads"));
  EXPECT_THAT(readError("signs, scale <tensor, stored f16, multiply>"), HasSubstr("its values are trits"));
  EXPECT_THAT(readError("trits, scale <tensor, stored f16, divide>"), HasSubstr("its scales are stored, and multiply"));
  EXPECT_THAT(readError("trits, scale <column, stored, multiply>"), HasSubstr("no scale for each column"));
}

} // namespace
} // namespace tern::test
