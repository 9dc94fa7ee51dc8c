//===- define_kernel.cpp - From a declaration to a body -------------------===//
#include "compiler/dense/convert_float16.h"
#include "compiler/dense/link_pipeline.h"

#include "llvm/IR/Module.h"

#include <bit>

namespace tern {

/// Everything that decides the pipeline's bitcode: all of the kernel but its symbol.
static std::string keyOf(const DenseKernel &kernel, const std::string &halideTarget) {
  std::string key = halideTarget + ';' + kernel.kind;
  for (const auto &[name, value] : kernel.parameters) {
    key += ';' + name + '=';
    if (const auto *number = std::get_if<float>(&value))
      key += std::to_string(std::bit_cast<uint32_t>(*number)) + 'f';
    else if (const auto *integer = std::get_if<int64_t>(&value))
      key += std::to_string(*integer);
    else
      key += '"' + std::get<std::string>(value) + '"';
  }
  for (const DenseOperand &operand : kernel.operands) {
    key += ';' + std::to_string(int(operand.element));
    for (int64_t size : operand.shape)
      key += ',' + std::to_string(size);
  }
  return key;
}

Status defineDenseKernel(llvm::Module &module, const DenseKernel &kernel, const TargetInfo &target, DenseCache &cache) {
  Result<std::string> halideTarget = halideTargetName(kernel, target);
  if (!halideTarget)
    return halideTarget.error();
  auto &pipeline = cache.pipelines[keyOf(kernel, *halideTarget)];
  if (!pipeline) {
    Result<CompiledPipeline> compiled = compilePipeline(kernel, cache.kinds, *halideTarget, vectorUnit(target));
    if (!compiled)
      return compiled.error();
    pipeline = std::make_shared<const CompiledPipeline>(std::move(*compiled));
  }
  if (Status linked = linkPipeline(module, kernel, *pipeline); !linked)
    return linked;
  if (convertsFloat16(target))
    convertFloat16(*module.getFunction(kernel.symbol));
  return {};
}

} // namespace tern
