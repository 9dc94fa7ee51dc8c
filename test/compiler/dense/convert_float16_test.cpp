//===- convert_float16_test.cpp - What becomes a conversion --------------===//
#include "compiler/dense/convert_float16.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"

#include <gmock/gmock.h>

using testing::HasSubstr;
using testing::Not;

namespace tern::test {
namespace {

/// A function that widens by this mask, as text after convertFloat16.
std::string converted(const std::string &mask) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  std::string text = "define <16 x float> @f(<16 x i16> %bits) {\n"
                     "  %wide = sext <16 x i16> %bits to <16 x i32>\n"
                     "  %moved = shl nsw <16 x i32> %wide, splat (i32 13)\n"
                     "  %fields = and <16 x i32> %moved, splat (i32 " +
                     mask +
                     ")\n"
                     "  %scaled = bitcast <16 x i32> %fields to <16 x float>\n"
                     "  %number = fmul <16 x float> %scaled, splat (float 0x46F0000000000000)\n"
                     "  ret <16 x float> %number\n}\n";
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(text, problem, context);
  EXPECT_TRUE(module) << problem.getMessage().str();
  if (!module)
    return "";
  convertFloat16(*module->getFunction("f"));
  std::string result;
  llvm::raw_string_ostream(result) << *module;
  return result;
}

} // namespace

TEST(ConvertFloat16, TheArithmeticBecomesAnExtension) {
  std::string text = converted("-1879056384"); // 0x8fffe000
  EXPECT_THAT(text, HasSubstr("fpext <16 x half>"));
  for (const char *gone : {"fmul", "shl", "and <"})
    EXPECT_THAT(text, Not(HasSubstr(gone)));
}

TEST(ConvertFloat16, OtherMasksAreLeftAlone) {
  std::string text = converted("-1879056385");
  EXPECT_THAT(text, HasSubstr("fmul"));
  EXPECT_THAT(text, Not(HasSubstr("fpext")));
}

TEST(ConvertFloat16, OnlyWhereTheTargetHasTheInstruction) {
  EXPECT_TRUE(convertsFloat16({.triple = "x86_64-unknown-linux-gnu", .features = {"+avx2", "+f16c"}}));
  EXPECT_FALSE(convertsFloat16({.triple = "x86_64-unknown-linux-gnu", .features = {"+avx2"}}));
  EXPECT_FALSE(convertsFloat16({.triple = "aarch64-unknown-linux-gnu", .features = {"+f16c"}}));
}

} // namespace tern::test
