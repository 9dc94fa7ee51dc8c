//===- kernels_test.cpp - Every kernel family against the scalar product ------===//
//
// The sums are integers, so they are equal or wrong. Shapes are sampled, others for every family, mostly no multiple of
// any tile; the smallest, the largest and whole tiles are always among them.
//
//===----------------------------------------------------------------------===//
#include "compiler/jit/kernel_library.h"
#include "compiler/select/kernel_choice.h"
#include "lib/base/text.h"
#include "lib/cpu/features.h"
#include "test/conformance/emulated_instructions.h"

#include "llvm/TargetParser/Triple.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>

namespace tern::test {
namespace {

/// Most tokens of a call: more than a block, and no multiple of one.
int64_t tokenBound(const KernelFamily &family) { return std::max<int64_t>(family.blockTokens, 8) + 1; }

constexpr int32_t kUntouched = 0x5a5a5a5a;

/// A kernel family on a CPU: run here, or with the instructions of that CPU emulated.
struct Case {
  std::string cpu, triple, family;
  bool emulated;
};

void PrintTo(const Case &value, std::ostream *out) {
  *out << value.family << " on " << value.cpu << (value.emulated ? ", emulated" : "");
}

TargetInfo targetOf(const Case &which) { return std::move(*resolveTarget(which.cpu, which.triple)); }

/// Adds the families that a CPU has the features for, and on "host" all: which CPU this is must not shorten the list.
void addFamilies(std::vector<Case> &cases, const std::string &cpu, const std::string &triple, bool emulated,
                 llvm::StringRef only = "") {
  TargetInfo target = targetOf({cpu, triple, "", false});
  for (const KernelFamily &family : kernelFamilies())
    if ((cpu == "host" || isRunnable(family, target)) && (only.empty() || family.strategy == only))
      cases.push_back({cpu, triple, family.name.str(), emulated});
}

std::vector<Case> nativeCases() {
  std::vector<Case> cases;
  addFamilies(cases, "host", "", false);
  for (const char *cpu : {"haswell", "x86-64"})
    addFamilies(cases, cpu, "x86_64-linux-gnu", false);
  return cases;
}

/// AVX-512 with VNNI, VBMI and AMX; VNNI for vectors of 32 bytes; NEON; i8mm. What the second and the last have more
/// than AVX2 and NEON are dot products, so only these are different code.
std::vector<Case> emulatedCases() {
  std::vector<Case> cases;
  addFamilies(cases, "sapphirerapids", "x86_64-linux-gnu", true);
  addFamilies(cases, "alderlake", "x86_64-linux-gnu", true, "dot");
  addFamilies(cases, "cortex-a76", "aarch64-linux-gnu", true);
  addFamilies(cases, "neoverse-v1", "aarch64-linux-gnu", true, "dot");
  return cases;
}

/// Whether this machine can run the code of a case itself.
bool isRunnableHere(const Case &which, const TargetInfo &target) {
  std::vector<std::string> required = requiredFeatures(target);
  for (std::string_view feature : findKernelFamily(which.family)->features)
    required.emplace_back(feature);
  return llvm::Triple(target.triple).getArch() == llvm::Triple(resolveTarget("host")->triple).getArch() &&
         missingFeatures(join(required, ",")).empty();
}

/// Nearly all of this test's time goes into compiling, twice a shape. What differs between bit-serial families is the
/// number of planes: fewer shapes for them.
std::vector<KernelShape> sampledShapes(size_t count, const Case &which) {
  int64_t bound = tokenBound(*findKernelFamily(which.family));
  std::vector<KernelShape> shapes = {
      {1, 1, bound},     {70, 300, bound}, {4, 256, bound},
      {5, 257, bound},   {600, 40, bound}, // several bands of every layout
      {70, 9001, bound}, // several stretches of columns of every panel; more than 16-bit sums or one stretch of tables
                         // have room for
  };
  std::string name = which.family + " " + which.cpu;
  std::seed_seq seed(name.begin(), name.end());
  std::mt19937 random(seed);
  while (shapes.size() < count)
    shapes.push_back({1 + int64_t(random() % 70), 1 + int64_t(random() % 300), bound});
  return shapes;
}

std::vector<KernelShape> planesShapes(const Case &which) {
  std::vector<KernelShape> shapes = sampledShapes(4, which);
  for (KernelShape &shape : shapes)
    shape.planes = 2;
  return shapes;
}

/// Groups of one tile of columns and of several, one group and many, one panel's stretch and several.
std::vector<KernelShape> groupShapes(const KernelFamily &family) {
  int64_t bound = tokenBound(family), tile = family.layout.tileColumns;
  std::vector<KernelShape> shapes;
  for (auto [rows, tiles, groups] : {std::array<int64_t, 3>{1, 1, 1}, {70, 3, 5}, {5, 4, 16}, {600, 8, 2}, {70, 8, 70}})
    shapes.push_back({rows, tile * tiles * groups, bound, {}, tile * tiles});
  return shapes;
}

/// Calls the kernel for each thread's share of the rows; a share may write nothing outside itself.
void checkProduct(const ProductKernel &kernel, const ProductOperands &operands, int64_t tokens, int64_t threads) {
  const ProductShape &shape = kernel.shape;
  std::vector<int32_t> out(size_t(shape.paddedTokens * shape.paddedRows), kUntouched);
  for (int64_t thread = 0; thread < threads; ++thread) {
    auto [begin, end] = productShare(shape, thread, threads);
    std::vector<int32_t> before = out;
    kernel.run({operands.codes.data(), operands.sums.data(), operands.packed.data(), out.data(), begin, end - begin,
                tokens, operands.scales.data()});
    for (int64_t i = 0; i < int64_t(out.size()); ++i)
      if (int64_t row = i % shape.paddedRows; row < begin || (row >= end && end < shape.rows))
        ASSERT_EQ(out[size_t(i)], before[size_t(i)]) << "row " << row << " of another thread";
  }
  for (int64_t token = 0; token < tokens; ++token)
    for (int64_t row = 0; row < shape.rows; ++row)
      ASSERT_TRUE(operands.isRight(out[size_t(token * shape.paddedRows + row)], token, row))
          << out[size_t(token * shape.paddedRows + row)] << " for "
          << operands.expected[size_t(token * shape.rows + row)] << " +- " << operands.errors[size_t(token)]
          << " in row " << row << ", token " << token;
}

class Kernels : public testing::TestWithParam<Case> {
protected:
  void checkGroups(const TargetInfo &target, const std::optional<Emulation> &emulation);
  /// All tokens that a call may have, on one thread to three.
  void check(const TargetInfo &target, const std::vector<KernelShape> &shapes,
             const std::optional<Emulation> &emulation) {
    Result<std::vector<ProductKernel>> kernels = compileProducts(target, GetParam().family, shapes, {}, emulation);
    ASSERT_TRUE(kernels) << kernels.error().message;
    ASSERT_EQ(kernels->size(), 2 * shapes.size()); // one token, and a block
    std::mt19937 random(1);
    for (const ProductKernel &kernel : *kernels) {
      // Every other product has few codes that are not zero: kernels may skip the others.
      ProductOperands operands(kernel.shape, random, (&kernel - kernels->data()) % 2 ? 0.25 : 1);
      for (int64_t tokens = 1; tokens <= kernel.shape.tokenBound; ++tokens)
        for (int64_t threads = 1; threads <= 3; ++threads) {
          SCOPED_TRACE(testing::Message() << kernel.shape.rows << " x " << kernel.shape.columns << ", " << tokens
                                          << " of " << kernel.shape.tokenBound << " tokens, " << threads << " threads");
          checkProduct(kernel, operands, tokens, threads);
          if (HasFatalFailure())
            return;
        }
    }
  }
};

/// A family whose kernels meet scales of groups gives the scalar floats, bit by bit; others say that they cannot.
void Kernels::checkGroups(const TargetInfo &target, const std::optional<Emulation> &emulation) {
  const KernelFamily &family = *findKernelFamily(GetParam().family);
  std::vector<KernelShape> shapes = groupShapes(family);
  if (family.scalesGroups)
    return check(target, shapes, emulation);
  Result<std::vector<ProductKernel>> kernels = compileProducts(target, GetParam().family, shapes, {}, emulation);
  ASSERT_FALSE(kernels);
  EXPECT_TRUE(kernels.error().message.find("has sums of whole rows") != std::string::npos) << kernels.error().message;
}

TEST_P(Kernels, EqualTheScalarProduct) {
  TargetInfo target = targetOf(GetParam());
  if (!isRunnableHere(GetParam(), target))
    GTEST_SKIP() << "this CPU lacks instructions of a kernel family, which are emulated in EmulatedKernels instead";
  bool bitSerial = findKernelFamily(GetParam().family)->strategy == "bit_serial";
  check(target, sampledShapes(bitSerial ? 6 : 24, GetParam()), std::nullopt);
}

/// Two rows of codes for a token, as the planes of 16-bit codes are, have a kernel of their own where one token has.
TEST_P(Kernels, EqualTheScalarProductOfTwoPlanes) {
  TargetInfo target = targetOf(GetParam());
  if (!isRunnableHere(GetParam(), target))
    GTEST_SKIP() << "this CPU lacks instructions of a kernel family, which are emulated in EmulatedKernels instead";
  check(target, planesShapes(GetParam()), std::nullopt);
}

TEST_P(Kernels, MeetScalesOfGroups) {
  TargetInfo target = targetOf(GetParam());
  if (!isRunnableHere(GetParam(), target))
    GTEST_SKIP() << "this CPU lacks instructions of a kernel family, which are emulated in EmulatedKernels instead";
  checkGroups(target, std::nullopt);
}

/// As above, where this machine cannot run the code, and where it can: then what is emulated is checked besides.
class EmulatedKernels : public Kernels {};

TEST_P(EmulatedKernels, EqualTheScalarProduct) {
  check(targetOf(GetParam()), sampledShapes(6, GetParam()), Emulation{*resolveTarget("host"), emulateInstructions});
}

TEST_P(EmulatedKernels, MeetScalesOfGroups) {
  checkGroups(targetOf(GetParam()), Emulation{*resolveTarget("host"), emulateInstructions});
}

std::string nameOf(const testing::TestParamInfo<Case> &info) {
  std::string name = info.param.cpu + "_" + info.param.family;
  std::ranges::replace_if(name, [](char c) { return !std::isalnum(c); }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Kernels, testing::ValuesIn(nativeCases()), nameOf);
INSTANTIATE_TEST_SUITE_P(All, EmulatedKernels, testing::ValuesIn(emulatedCases()), nameOf);

} // namespace
} // namespace tern::test
