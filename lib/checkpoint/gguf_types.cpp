//===- gguf_types.cpp - What the tensors of a GGUF file are made of ---------===//
//
// ggml's ggml-common.h and ggml-quants.c. d and dmin are binary16, widened exactly; products are float32, from left to
// right as written. What must not be fused into one rounding stands in statements of its own.
//
//===----------------------------------------------------------------------===//
#include "lib/checkpoint/gguf_types.h"

#include "lib/base/half.h"

#include <cstring>
#include <vector>

namespace tern {
namespace {

float halfAt(const uint8_t *bytes) { return halfToFloat(uint16_t(bytes[0] | bytes[1] << 8)); }

// Integers.

void q8_0(const uint8_t *block, int8_t *out) { std::memcpy(out, block + 2, 32); }

void q4_0(const uint8_t *block, int8_t *out) {
  for (int j = 0; j < 16; ++j) {
    out[j] = int8_t((block[2 + j] & 15) - 8);
    out[16 + j] = int8_t((block[2 + j] >> 4) - 8);
  }
}

/// Digit n of a byte that holds a fraction of 256 in base 3; the first is the most significant.
int8_t tritOf(uint8_t byte, int n) {
  constexpr uint8_t kPowers[] = {1, 3, 9, 27, 81};
  return int8_t(((uint8_t(byte * kPowers[n]) * 3) >> 8) - 1);
}

void tq1_0(const uint8_t *block, int8_t *out) {
  for (int n = 0; n < 5; ++n) {
    for (int m = 0; m < 32; ++m)
      out[32 * n + m] = tritOf(block[m], n);
    for (int m = 0; m < 16; ++m)
      out[160 + 16 * n + m] = tritOf(block[32 + m], n);
  }
  for (int n = 0; n < 4; ++n)
    for (int j = 0; j < 4; ++j)
      out[240 + 4 * n + j] = tritOf(block[48 + j], n);
}

void tq2_0(const uint8_t *block, int8_t *out) {
  for (int g = 0; g < 2; ++g)
    for (int n = 0; n < 4; ++n)
      for (int m = 0; m < 32; ++m)
        out[128 * g + 32 * n + m] = int8_t(((block[32 * g + m] >> 2 * n) & 3) - 1);
}

/// Signs: a bit that is set is +1.
void q1_0(const uint8_t *block, int8_t *out) {
  for (int j = 0; j < 128; ++j)
    out[j] = (block[2 + j / 8] >> j % 8) & 1 ? 1 : -1;
}

template <int kElements> void q2_0(const uint8_t *block, int8_t *out) {
  for (int j = 0; j < kElements; ++j)
    out[j] = int8_t(((block[2 + j / 4] >> 2 * (j % 4)) & 3) - 1);
}

/// Quarters of a block in the fields of its bytes, the first in the top bits.
template <int kElements> void i2_s(const uint8_t *block, int8_t *out) {
  constexpr int kQuarter = kElements / 4;
  for (int n = 0; n < 4; ++n)
    for (int m = 0; m < kQuarter; ++m)
      out[kQuarter * n + m] = int8_t(((block[m] >> (6 - 2 * n)) & 3) - 1);
}

// Floats: the K types, whose sub-blocks have scales of their own.

/// Scale and minimum of sub-block u of Q4_K and Q5_K, 6 bits each.
struct ScaleAndMinimum {
  int scale, minimum;
};
ScaleAndMinimum sixBits(const uint8_t *b, int u) {
  if (u < 4)
    return {b[u] & 63, b[u + 4] & 63};
  return {(b[u + 4] & 15) | b[u - 4] >> 6 << 4, b[u + 4] >> 4 | b[u] >> 6 << 4};
}

/// `fifth` has bit u of byte l for the fifth bit of number l of sub-block u; null: there are four bits.
void q4OrQ5K(const uint8_t *block, const uint8_t *fifth, const uint8_t *nibbles, float *out) {
  float d = halfAt(block), dmin = halfAt(block + 2);
  for (int u = 0; u < 8; ++u) {
    auto [scale, minimum] = sixBits(block + 4, u);
    float step = d * float(scale), offset = dmin * float(minimum);
    for (int l = 0; l < 32; ++l) {
      int q = (nibbles[32 * (u / 2) + l] >> 4 * (u % 2)) & 15;
      if (fifth)
        q += ((fifth[l] >> u) & 1) << 4;
      float product = step * float(q);
      out[32 * u + l] = product - offset;
    }
  }
}

void q4_k(const uint8_t *block, float *out) { q4OrQ5K(block, nullptr, block + 16, out); }
void q5_k(const uint8_t *block, float *out) { q4OrQ5K(block, block + 16, block + 48, out); }

void q6_k(const uint8_t *block, float *out) {
  const uint8_t *low = block, *high = block + 128, *scales = block + 192;
  float d = halfAt(block + 208);
  for (int h = 0; h < 2; ++h)
    for (int k = 0; k < 4; ++k)
      for (int l = 0; l < 32; ++l) {
        int four = (low[64 * h + 32 * (k & 1) + l] >> 4 * (k >> 1)) & 15;
        int two = (high[32 * h + l] >> 2 * k) & 3;
        float scale = d * float(int8_t(scales[8 * h + 2 * k + l / 16]));
        out[128 * h + 32 * k + l] = scale * float((four | two << 4) - 32);
      }
}

constexpr GgufType plain(uint32_t id, std::string_view name, DType dtype, int64_t bytes) {
  return {id, name, GgufForm::Plain, 1, bytes, dtype};
}
constexpr GgufType floats(uint32_t id, std::string_view name, int64_t bytes, void (*decode)(const uint8_t *, float *)) {
  return {.id = id, .name = name, .form = GgufForm::Floats, .elements = 256, .bytes = bytes, .floats = decode};
}
constexpr GgufType integers(uint32_t id, std::string_view name, int64_t elements, int64_t bytes, int64_t scaleAt,
                            std::string_view storage, void (*decode)(const uint8_t *, int8_t *)) {
  return {.id = id,
          .name = name,
          .form = GgufForm::Integers,
          .elements = elements,
          .bytes = bytes,
          .scaleAt = scaleAt,
          .storage = storage,
          .integers = decode};
}
constexpr GgufType i2s(std::string_view name, int64_t elements, std::string_view storage,
                       void (*decode)(const uint8_t *, int8_t *)) {
  GgufType type = integers(36, name, elements, elements / 4, -1, storage, decode);
  type.tail = 32;
  return type;
}
/// Of types that are not read; where their block is known the rest of a file can be checked.
constexpr GgufType refused(uint32_t id, std::string_view name, int64_t elements = 1, int64_t bytes = 0) {
  return {id, name, GgufForm::Refused, elements, bytes};
}

constexpr GgufType kTypes[] = {
    plain(0, "F32", DType::F32, 4),
    plain(1, "F16", DType::F16, 2),
    plain(30, "BF16", DType::BF16, 2),
    integers(2, "Q4_0", 32, 18, 0, "", q4_0),
    integers(8, "Q8_0", 32, 34, 0, "", q8_0),
    floats(12, "Q4_K", 144, q4_k),
    floats(13, "Q5_K", 176, q5_k),
    floats(14, "Q6_K", 210, q6_k),
    integers(34, "TQ1_0", 256, 54, 52, "tq1_0", tq1_0),
    integers(35, "TQ2_0", 256, 66, 64, "tq2_0", tq2_0),
    i2s("I2_S", 128, "i2_s", i2_s<128>),
    i2s("I2_S of aarch64", 64, "i2_s_aarch64", i2_s<64>),
    integers(41, "Q1_0", 128, 18, 0, "q1_0", q1_0),
    integers(42, "Q2_0", 64, 18, 0, "q2_0", q2_0<64>),
    integers(42, "Q2_0 of 128 (PrismML)", 128, 34, 0, "pq2_0", q2_0<128>),
    refused(42, "STQ1_0 (AngelSlim)", 256, 42),
    integers(142, "PQ2_0", 128, 34, 0, "pq2_0", q2_0<128>),
    refused(3, "Q4_1", 32, 20),
    refused(6, "Q5_0", 32, 22),
    refused(7, "Q5_1", 32, 24),
    refused(9, "Q8_1", 32, 36),
    refused(10, "Q2_K", 256, 84),
    refused(11, "Q3_K", 256, 110),
    refused(15, "Q8_K"),
    refused(16, "IQ2_XXS", 256, 66),
    refused(17, "IQ2_XS", 256, 74),
    refused(18, "IQ3_XXS", 256, 98),
    refused(19, "IQ1_S", 256, 50),
    refused(20, "IQ4_NL", 32, 18),
    refused(21, "IQ3_S", 256, 110),
    refused(22, "IQ2_S", 256, 82),
    refused(23, "IQ4_XS", 256, 136),
    refused(24, "I8", 1, 1),
    refused(25, "I16", 1, 2),
    refused(26, "I32", 1, 4),
    refused(27, "I64", 1, 8),
    refused(28, "F64", 1, 8),
    refused(29, "IQ1_M", 256, 56),
    refused(37, "I8_S"),
    refused(38, "TL1"),
    refused(39, "MXFP4 or TL2"),
    refused(40, "NVFP4"),
    refused(43, "STQ1_0 (AngelSlim)"),
    refused(133, "Q6_0"),
    refused(134, "IQ1_BN"),
    refused(135, "IQ2_BN"),
    refused(143, "PTQ1_0 (PrismML)", 128, 28),
    refused(335, "IQ2_BN_R4"),
};

} // namespace

float GgufType::scaleOf(const uint8_t *block) const { return halfAt(block + scaleAt); }

void GgufType::decode(std::span<const std::byte> row, float tensorScale, std::span<float> out) const {
  const uint8_t *from = reinterpret_cast<const uint8_t *>(row.data());
  for (size_t i = 0; i < out.size(); i += size_t(elements), from += bytes) {
    if (form == GgufForm::Floats) {
      floats(from, out.data() + i);
      continue;
    }
    int8_t numbers[256];
    integers(from, numbers);
    float scale = scaleAt >= 0 ? scaleOf(from) : tensorScale;
    for (int64_t j = 0; j < elements; ++j)
      out[i + size_t(j)] = float(numbers[j]) * scale;
  }
}

std::vector<const GgufType *> ggufTypes(uint32_t id, I2sBlocks i2s) {
  std::vector<const GgufType *> found;
  for (const GgufType &type : kTypes)
    if (type.id == id && (type.tail == 0 || (i2s == I2sBlocks::X86) == (type.elements == 128)))
      found.push_back(&type);
  return found;
}

std::string ggufTypeNames() {
  std::string names;
  for (const GgufType &type : kTypes)
    if (type.form != GgufForm::Refused)
      names += (names.empty() ? "" : ", ") + std::string(type.name);
  return names;
}

} // namespace tern
