//===- cache_rows_test.cpp - Rows as the cache stores them -----------------===//
#include "test/compiler/dense/dense_jit.h"

#include <bit>
#include <cmath>

namespace tern::test {
namespace {

class CacheRowsTest : public DenseTest {};

/// Where row r leaves its number i: a column of a strip of keys, or the strips of values.
template <typename Element> struct Stored {
  Stored(bool keys, int64_t rows, int64_t depth)
      : keys(keys), strip(depth % 64 == 0 ? 64 : depth),
        matrix(coded ? std::vector<int64_t>{depth / 2, rows, 2} : std::vector<int64_t>{depth, rows}, 5),
        strips(coded ? std::vector<int64_t>{depth / strip, rows, strip, 1}
                     : std::vector<int64_t>{depth / strip, rows, strip},
               5) {}
  /// Codes lie in pairs of columns of keys; a kernel sees one half of the pairs of positions of values.
  static constexpr bool coded = sizeof(Element) == 1;
  Element &operator()(int64_t r, int64_t i) {
    if constexpr (coded)
      return keys ? matrix(i / 2, r, i % 2) : strips(i / strip, r, i % strip, 0);
    else
      return keys ? matrix(i, r) : strips(i / strip, r, i % strip);
  }
  DenseOperand operand(DenseElement element) const {
    std::vector<int64_t> shape = keys ? matrix.shape : strips.shape;
    shape[1] = dynamic;
    return {element, shape};
  }
  template <typename... More> void store(CompiledKernel &kernel, Strided<float> &x, More &...more) {
    keys ? kernel(x, matrix, more...) : kernel(x, strips, more...);
  }
  bool keys;
  int64_t strip;
  Strided<Element> matrix, strips;
};

/// The kernel that stores rows of `depth` numbers as this element, called `suffix` in the kind's name.
template <typename Element>
CompiledKernel compileStore(const Stored<Element> &stored, int64_t depth, DenseElement element, const char *suffix,
                            const TargetInfo &target) {
  DenseKernel kernel{.symbol = "store",
                     .kind = std::string(stored.keys ? "cache_store_keys" : "cache_store_values") + suffix,
                     .operands = {f32({dynamic, depth}), stored.operand(element)}};
  if (element == DenseElement::I8)
    kernel.operands.push_back(f32({dynamic}));
  return CompiledKernel(kernel, target);
}

TEST_P(CacheRowsTest, StoresFloats) {
  for (bool keys : {true, false})
    for (int64_t depth : {3, 128}) {
      constexpr int64_t rows = 5;
      Stored<float> stored(keys, rows, depth);
      CompiledKernel store = compileStore(stored, depth, DenseElement::F32, "", GetParam().target);
      Strided<float> x({rows, depth});
      Numbers numbers{uint64_t(depth)};
      numbers.fill(x);
      stored.store(store, x);
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = 0; i < depth; ++i)
          ASSERT_EQ(stored(r, i), x(r, i)) << r << ", " << i;
      EXPECT_TRUE(stored.matrix.gapsAreUntouched());
    }
}

TEST_P(CacheRowsTest, StoresTheNearestFloat16) {
  for (bool keys : {true, false})
    for (int64_t depth : {3, 64, 128}) {
      constexpr int64_t rows = 400;
      Stored<uint16_t> stored(keys, rows, depth);
      CompiledKernel store = compileStore(stored, depth, DenseElement::F16, "_f16", GetParam().target);
      Strided<float> x({rows, depth});
      Numbers numbers{uint64_t(depth)};
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = 0; i < depth; ++i) {
          float value = std::ldexp(numbers.normal(), int(r % 48) - 32); // subnormals and overflow among them
          // Every third is a tie between two neighbours.
          x(r, i) = i % 3 == 1 ? std::bit_cast<float>((std::bit_cast<uint32_t>(value) & 0xffffe000u) | 0x1000u) : value;
        }
      stored.store(store, x);
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = 0; i < depth; ++i)
          ASSERT_EQ(stored(r, i), std::bit_cast<uint16_t>(_Float16(std::clamp(x(r, i), -65504.0f, 65504.0f))))
              << x(r, i);
      EXPECT_TRUE(stored.matrix.gapsAreUntouched());
    }
}

TEST_P(CacheRowsTest, CodesAreWithinHalfAStep) {
  for (bool keys : {true, false})
    for (int64_t depth : {6, 128}) {
      constexpr int64_t rows = 9;
      Stored<int8_t> codes(keys, rows, depth);
      CompiledKernel store = compileStore(codes, depth, DenseElement::I8, "_i8", GetParam().target);
      Strided<float> x({rows, depth}), scale({rows});
      Numbers numbers{uint64_t(depth)};
      numbers.fill(x);
      for (int64_t i = 0; i < depth; ++i)
        x(4, i) = 0; // zeros stay zeros
      codes.store(store, x, scale);
      for (int64_t r = 0; r < rows; ++r) {
        float most = 0;
        for (int64_t i = 0; i < depth; ++i)
          most = std::max(most, std::abs(x(r, i)));
        for (int64_t i = 0; i < depth; ++i) {
          ASSERT_NEAR(float(codes(r, i)) * scale(r), x(r, i), most / 127 * 0.50001) << r << ", " << i;
          ASSERT_TRUE(std::abs(x(r, i)) < most || r == 4 || std::abs(codes(r, i)) == 127);
        }
      }
    }
}

INSTANTIATE_TEST_SUITE_P(CacheRows, CacheRowsTest, testing::ValuesIn(runnableTargets()),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace tern::test
