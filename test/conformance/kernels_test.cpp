//===- kernels_test.cpp - Every kernel family against the scalar product ------===//
//
// The sums are integers, so they are equal or wrong. Shapes are sampled, mostly no multiple of any
// tile; the smallest, the largest and whole tiles are always among them.
//
//===----------------------------------------------------------------------===//
#include "compiler/select/kernel_table.h"
#include "lib/base/text.h"
#include "lib/cpu/features.h"
#include "lib/trit/reference.h"
#include "test/conformance/kernel_library.h"

#include <gtest/gtest.h>

#include <random>

namespace tern::test {
namespace {

constexpr int64_t kTokenBound = 9;
constexpr int32_t kUntouched = 0x5a5a5a5a;

struct Case {
  std::string cpu, family;
};

void PrintTo(const Case &value, std::ostream *out) { *out << value.family << " on " << value.cpu; }

/// Every family on every target of which this machine can run the code.
std::vector<Case> runnableCases() {
  std::vector<Case> cases;
  for (const char *cpu : {"host", "haswell", "x86-64"}) {
    Result<TargetInfo> target = resolveTarget(cpu);
    if (!target || !missingFeatures(join(requiredFeatures(*target), ",")).empty())
      continue;
    for (const KernelFamily &family : kernelFamilies())
      if (std::ranges::all_of(family.features, [&](auto name) { return target->has(name.str()); }))
        cases.push_back({cpu, family.name.str()});
  }
  return cases;
}

std::vector<KernelShape> sampledShapes() {
  std::vector<KernelShape> shapes = {
      {1, 1, kTokenBound}, {70, 300, kTokenBound}, {4, 256, kTokenBound}, {5, 257, kTokenBound}};
  std::mt19937 random(20240227);
  while (shapes.size() < 48)
    shapes.push_back({1 + int64_t(random() % 70), 1 + int64_t(random() % 300), kTokenBound});
  return shapes;
}

/// Weights, codes and the sums they must give.
struct Operands {
  Operands(const CompiledProduct &product, std::mt19937 &random) : product(product) {
    auto [rows, columns, bound] = product.shape;
    trits.resize(size_t(rows * columns));
    for (int8_t &trit : trits)
      trit = int8_t(int(random() % 3) - 1);
    // Rows up to the next token block exist and may be read: what they hold must not matter.
    codes.resize(size_t(product.paddedTokens * product.paddedColumns));
    sums.resize(size_t(product.paddedTokens));
    for (int64_t token = 0; token < product.paddedTokens; ++token)
      for (int64_t column = 0; column < columns; ++column) {
        // The first token has extreme codes, which a 16-bit intermediate would not hold.
        int8_t code = token == 0 ? int8_t(random() % 2 ? 127 : -128) : int8_t(random());
        codes[size_t(token * product.paddedColumns + column)] = code;
        sums[size_t(token)] += code;
      }
    pack();
    std::vector<int8_t> dense;
    for (int64_t token = 0; token < bound; ++token) {
      auto row = codes.begin() + token * product.paddedColumns;
      dense.insert(dense.end(), row, row + columns);
    }
    expected.resize(size_t(bound * rows));
    referenceMatmul(trits, dense, rows, columns, bound, expected);
  }

  void pack() {
    auto [rows, columns, bound] = product.shape;
    const Layout &layout = product.layout;
    size_t band = size_t(layout.bandBytes(columns));
    packed.resize(size_t(layout.matrixBytes(rows, columns)));
    for (int64_t row = 0; row < rows; row += layout.tileRows) {
      int64_t count = std::min(layout.tileRows, rows - row);
      packBand(layout, std::span(trits).subspan(size_t(row * columns), size_t(count * columns)),
               count, columns,
               std::span(packed).subspan(size_t(row / layout.tileRows) * band, band));
    }
  }

  const CompiledProduct &product;
  std::vector<int8_t> trits, codes;
  std::vector<int32_t> sums, expected;
  std::vector<uint8_t> packed;
};

/// Calls the kernel for each thread's share of the rows; a share may write nothing outside itself.
void checkProduct(const Operands &operands, int64_t tokens, int64_t threads) {
  const CompiledProduct &product = operands.product;
  auto [rows, columns, bound] = product.shape;
  std::vector<int32_t> out(size_t(product.paddedTokens * product.paddedRows), kUntouched);
  int64_t bands = product.paddedRows / product.layout.tileRows;
  for (int64_t thread = 0; thread < threads; ++thread) {
    int64_t begin = bands * thread / threads * product.layout.tileRows;
    int64_t end = bands * (thread + 1) / threads * product.layout.tileRows;
    std::vector<int32_t> before = out;
    product({operands.codes.data(), operands.sums.data(), operands.packed.data(), out.data(), begin,
             std::min(end, rows) - begin, tokens});
    for (int64_t i = 0; i < int64_t(out.size()); ++i)
      if (int64_t row = i % product.paddedRows; row < begin || row >= end)
        ASSERT_EQ(out[size_t(i)], before[size_t(i)]) << "row " << row << " of another thread";
  }
  for (int64_t token = 0; token < tokens; ++token)
    for (int64_t row = 0; row < rows; ++row)
      ASSERT_EQ(out[size_t(token * product.paddedRows + row)],
                operands.expected[size_t(token * rows + row)])
          << "row " << row << ", token " << token;
}

class Kernels : public testing::TestWithParam<Case> {};

TEST_P(Kernels, EqualTheScalarProduct) {
  Result<TargetInfo> target = resolveTarget(GetParam().cpu);
  ASSERT_TRUE(target);
  std::vector<KernelShape> shapes = sampledShapes();
  Result<KernelLibrary> library = KernelLibrary::build(*target, GetParam().family, shapes);
  ASSERT_TRUE(library) << library.error().message;
  ASSERT_EQ(library->products().size(), 2 * shapes.size()); // one token, and a block
  std::mt19937 random(1);
  for (const CompiledProduct &product : library->products()) {
    Operands operands(product, random);
    for (int64_t tokens = 1; tokens <= product.shape.tokenBound; ++tokens)
      for (int64_t threads = 1; threads <= 3; ++threads) {
        SCOPED_TRACE(testing::Message()
                     << product.shape.rows << " x " << product.shape.columns << ", " << tokens
                     << " of " << product.shape.tokenBound << " tokens, " << threads << " threads");
        checkProduct(operands, tokens, threads);
        if (HasFatalFailure())
          return;
      }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Kernels, testing::ValuesIn(runnableCases()), [](const auto &info) {
  std::string name = info.param.cpu + "_" + info.param.family;
  std::ranges::replace_if(
      name, [](char c) { return !std::isalnum(c); }, '_');
  return name;
});

} // namespace
} // namespace tern::test
