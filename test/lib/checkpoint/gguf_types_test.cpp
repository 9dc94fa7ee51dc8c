#include "lib/checkpoint/gguf_types.h"

#include <gtest/gtest.h>

#include <cstring>

namespace tern::test {
namespace {

uint64_t fnv(const std::vector<float> &values) {
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < values.size() * sizeof(float); ++i)
    hash = (hash ^ reinterpret_cast<const uint8_t *>(values.data())[i]) * 0x100000001b3;
  return hash;
}

const GgufType &typeOf(uint32_t id, size_t which = 0) { return *ggufTypes(id, I2sBlocks::X86).at(which); }

/// A block of bytes (37 i + 11) mod 256 with the scales d = 1 and dmin = 0.5, decoded.
std::vector<float> decodedBlock(const GgufType &type, int d, int dmin = -1) {
  std::vector<std::byte> block(size_t(type.bytes));
  for (size_t i = 0; i < block.size(); ++i)
    block[i] = std::byte(37 * i + 11);
  auto put = [&](int at, uint16_t half) { std::memcpy(block.data() + at, &half, sizeof half); };
  put(d, 0x3c00);
  if (dmin >= 0)
    put(dmin, 0x3800);
  std::vector<float> floats(size_t(type.elements));
  type.decode(block, 1, floats);
  return floats;
}

struct Golden {
  uint32_t id;
  const char *name;
  int d, dmin;
  std::vector<float> first;
  float last;
  uint64_t hash;
};
/// What ggml's dequantize_row functions make of such a block.
const Golden kGolden[] = {
    {8, "Q8_0", 0, -1, {85, 122, -97, -60}, -48, 0xc71c6b5dc8563bea},
    {2, "Q4_0", 0, -1, {-3, 2, 7, -4}, 0, 0x78a80805fdbeef48},
    {12, "Q4_K", 0, 2, {315.5, -25.5, 129.5, 284.5}, 48.5, 0x750c0e7faa3aea7a},
    {13, "Q5_K", 0, 2, {811.5, -25.5, 625.5, 284.5}, 108.5, 0x82d666586a6ee6df},
    {14, "Q6_K", 208, -1, {-1431, 1696, 583, -530}, -60, 0xf82b82cb2a497133},
    {34, "TQ1_0", 52, -1, {-1, -1, -1, 0}, -1, 0x9735e3cd9c7aa595},
    {35, "TQ2_0", 64, -1, {2, -1, 0, 1}, -1, 0x5dac136828ae8c18},
    {41, "Q1_0", 0, -1, {1, -1, 1, -1}, 1, 0xd543ae584616e825},
    {42, "Q2_0", 0, -1, {0, 0, 0, 0}, 1, 0x7405f8d807dfab75},
};

TEST(GgufTypes, DecodeAsGgmlDoes) {
  for (const Golden &golden : kGolden) {
    const GgufType &type = typeOf(golden.id);
    EXPECT_EQ(type.name, golden.name);
    std::vector<float> floats = decodedBlock(type, golden.d, golden.dmin);
    EXPECT_EQ(std::vector<float>(floats.begin(), floats.begin() + 4), golden.first) << golden.name;
    EXPECT_EQ(floats.back(), golden.last) << golden.name;
    EXPECT_EQ(fnv(floats), golden.hash) << golden.name;
  }
}

/// The trits ((i i + 3 i) mod 7) mod 3 - 1.
std::vector<float> pattern(int count) {
  std::vector<float> trits;
  for (int i = 0; i < count; ++i)
    trits.push_back(float((i * i + 3 * i) % 7 % 3 - 1));
  return trits;
}

/// Bytes that the encoders make of them begin so.
TEST(GgufTypes, FirstBytesOfEncoders) {
  std::vector<float> trits = pattern(256);
  EXPECT_EQ(std::vector<float>(trits.begin(), trits.begin() + 8), (std::vector<float>{-1, 0, -1, 0, -1, 1, 1, -1}));
  // TQ1_0 and TQ2_0: byte m holds trits m, 32 + m, ...; I2_S: m, 32 + m, 64 + m, 96 + m, from the top.
  auto decoded = [](const GgufType &type, std::vector<uint8_t> bytes) {
    bytes.resize(size_t(type.bytes));
    std::vector<int8_t> numbers(size_t(type.elements));
    type.integers(bytes.data(), numbers.data());
    return numbers;
  };
  std::vector<int8_t> tq1 = decoded(typeOf(34), {0x10, 0x96, 0x43, 0x5b}),
                      tq2 = decoded(typeOf(35), {0x90, 0x89, 0x18, 0x41}),
                      i2s = decoded(typeOf(36), {0x06, 0x62, 0x24, 0x41}),
                      arm = decoded(*ggufTypes(36, I2sBlocks::Aarch64).at(0), {0x02, 0x58, 0x09, 0x60});
  for (size_t m = 0; m < 4; ++m) {
    for (size_t n = 0; n < 5; ++n)
      EXPECT_EQ(tq1[32 * n + m], trits[32 * n + m]) << m << " " << n;
    for (size_t n = 0; n < 4; ++n) {
      EXPECT_EQ(tq2[32 * n + m], trits[32 * n + m]) << m << " " << n;
      EXPECT_EQ(i2s[32 * n + m], trits[32 * n + m]) << m << " " << n;
      EXPECT_EQ(arm[16 * n + m], trits[16 * n + m]) << m << " " << n;
    }
  }
  std::vector<int8_t> q2 = decoded(typeOf(42), {0x00, 0x3c, 0x44, 0x28}),
                      pq2 = decoded(typeOf(142), {0x00, 0x3c, 0x44, 0x28}),
                      q1 = decoded(typeOf(41), {0x00, 0x3c, 0x60, 0x30});
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(q2[i], trits[i]);
    EXPECT_EQ(pq2[i], trits[i]);
  }
  for (size_t i = 0; i < 16; ++i)
    EXPECT_EQ(q1[i], trits[i] > 0 ? 1 : -1);
}

TEST(GgufTypes, ScalesOfBlocks) {
  std::vector<uint8_t> block(54);
  block[52] = 0x01; // the least subnormal
  EXPECT_EQ(typeOf(34).scaleOf(block.data()), 0x1p-24f);
  const GgufType &i2s = typeOf(36);
  std::vector<std::byte> row(32, std::byte(0xaa)); // all +1
  std::vector<float> floats(128);
  i2s.decode(row, 0.25f, floats);
  EXPECT_EQ(floats, std::vector<float>(128, 0.25f));
}

} // namespace
} // namespace tern::test
