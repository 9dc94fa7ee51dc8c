//===- cache_rows_test.cpp - Rows as the cache stores them -----------------===//
#include "test/compiler/dense/dense_jit.h"

#include <bit>
#include <cmath>

namespace tern::test {
namespace {

class CacheRowsTest : public DenseTest {};

DenseOperand rowsOf(DenseElement element, int64_t depth) { return {element, {dynamic, depth}}; }

TEST_P(CacheRowsTest, LoadsEveryFiniteFloat16) {
  constexpr int64_t depth = 256;
  CompiledKernel load({.symbol = "load",
                       .kind = "cache_load_f16",
                       .operands = {rowsOf(DenseElement::F16, depth), f32({dynamic, depth})}},
                      GetParam().target);
  Strided<uint16_t> stored({256, depth});
  Strided<float> x({256, depth});
  auto bitsAt = [](int64_t r, int64_t i) {
    auto bits = uint16_t(r * 256 + i);
    return (bits & 0x7c00) == 0x7c00 ? uint16_t(bits & 0x83ff) : bits; // infinities and NaNs are never stored
  };
  for (int64_t r = 0; r < 256; ++r)
    for (int64_t i = 0; i < depth; ++i)
      stored(r, i) = bitsAt(r, i);
  load(stored, x);
  for (int64_t r = 0; r < 256; ++r)
    for (int64_t i = 0; i < depth; ++i)
      ASSERT_EQ(std::bit_cast<uint32_t>(x(r, i)), std::bit_cast<uint32_t>(float(std::bit_cast<_Float16>(bitsAt(r, i)))))
          << bitsAt(r, i);
}

TEST_P(CacheRowsTest, StoresTheNearestFloat16) {
  for (int64_t depth : {3, 64}) {
    CompiledKernel store({.symbol = "store",
                          .kind = "cache_store_f16",
                          .operands = {f32({dynamic, depth}), rowsOf(DenseElement::F16, depth)}},
                         GetParam().target);
    constexpr int64_t rows = 400;
    Strided<float> x({rows, depth});
    Strided<uint16_t> stored({rows, depth}, 5);
    Numbers numbers{uint64_t(depth)};
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t i = 0; i < depth; ++i) {
        float value = std::ldexp(numbers.normal(), int(r % 48) - 32); // subnormals and overflow among them
        // Every third is a tie between two neighbours.
        x(r, i) = i % 3 == 1 ? std::bit_cast<float>((std::bit_cast<uint32_t>(value) & 0xffffe000u) | 0x1000u) : value;
      }
    store(x, stored);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t i = 0; i < depth; ++i)
        ASSERT_EQ(stored(r, i), std::bit_cast<uint16_t>(_Float16(std::clamp(x(r, i), -65504.0f, 65504.0f)))) << x(r, i);
    EXPECT_TRUE(stored.gapsAreUntouched());
  }
}

TEST_P(CacheRowsTest, CodesAreWithinHalfAStep) {
  for (int64_t depth : {5, 64}) {
    CompiledKernel store({.symbol = "store",
                          .kind = "cache_store_i8",
                          .operands = {f32({dynamic, depth}), rowsOf(DenseElement::I8, depth), f32({dynamic})}},
                         GetParam().target);
    CompiledKernel load({.symbol = "load",
                         .kind = "cache_load_i8",
                         .operands = {rowsOf(DenseElement::I8, depth), f32({dynamic, depth}), f32({dynamic})}},
                        GetParam().target);
    constexpr int64_t rows = 9;
    Strided<float> x({rows, depth}), back({rows, depth}), scale({rows});
    Strided<int8_t> codes({rows, depth});
    Numbers numbers{uint64_t(depth)};
    numbers.fill(x);
    for (int64_t i = 0; i < depth; ++i)
      x(4, i) = 0; // zeros stay zeros
    store(x, codes, scale);
    load(codes, back, scale);
    for (int64_t r = 0; r < rows; ++r) {
      float most = 0;
      for (int64_t i = 0; i < depth; ++i)
        most = std::max(most, std::abs(x(r, i)));
      for (int64_t i = 0; i < depth; ++i) {
        ASSERT_NEAR(back(r, i), x(r, i), most / 127 * 0.50001) << r << ", " << i;
        ASSERT_TRUE(std::abs(x(r, i)) < most || r == 4 || std::abs(codes(r, i)) == 127);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(CacheRows, CacheRowsTest, testing::ValuesIn(runnableTargets()),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace tern::test
