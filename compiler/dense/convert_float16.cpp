//===- convert_float16.cpp - The target's own float16 conversion ---------===//
//
// Halide 14 has no way to write vcvtph2ps, so its pipelines widen with a shift, a mask and a multiplication
// (elementary.cpp): four operations a vector where attention over a float16 cache multiplies and adds four times.
//
//===----------------------------------------------------------------------===//
#include "compiler/dense/convert_float16.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Transforms/Utils/Local.h"

namespace tern {

bool convertsFloat16(const TargetInfo &target) { return target.architecture() == "x86_64" && target.has("f16c"); }

/// The 16-bit numbers of which this widens the floats; null when it is something else.
static llvm::Value *widened(llvm::Instruction &instruction) {
  using namespace llvm::PatternMatch;
  llvm::Value *bits = nullptr;
  auto fields = m_And(m_Shl(m_SExt(m_Value(bits)), m_SpecificInt(13)), m_SpecificInt(uint64_t(0x8fffe000)));
  if (!match(&instruction, m_c_FMul(m_BitCast(fields), m_SpecificFP(0x1p112))) ||
      !instruction.getType()->getScalarType()->isFloatTy())
    return nullptr;
  return bits->getType()->isIntOrIntVectorTy(16) ? bits : nullptr;
}

void convertFloat16(llvm::Function &function) {
  llvm::SmallVector<std::pair<llvm::Instruction *, llvm::Value *>> found;
  for (llvm::Instruction &instruction : llvm::instructions(function))
    if (llvm::Value *bits = widened(instruction))
      found.push_back({&instruction, bits});
  for (auto [instruction, bits] : found) {
    llvm::IRBuilder<> b(instruction);
    llvm::Value *halves = b.CreateBitCast(bits, bits->getType()->getWithNewType(b.getHalfTy()));
    instruction->replaceAllUsesWith(b.CreateFPExt(halves, instruction->getType()));
    llvm::RecursivelyDeleteTriviallyDeadInstructions(instruction);
  }
}

} // namespace tern
