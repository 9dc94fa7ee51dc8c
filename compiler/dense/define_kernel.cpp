//===- define_kernel.cpp - From a declaration to a body -------------------===//
#include "compiler/dense/convert_float16.h"
#include "compiler/dense/link_pipeline.h"

#include "llvm/IR/Module.h"

#include <bit>

namespace tern {

/// Everything that decides the pipeline's bitcode.
static std::string keyOf(const DenseKernel &kernel, const std::string &halideTarget) {
  auto bits = [](std::optional<float> value) { return value ? std::to_string(std::bit_cast<uint32_t>(*value)) : ""; };
  std::string key = halideTarget + ';' + kernel.kind + ';' + bits(kernel.eps) + ';' + bits(kernel.scale) + ';' +
                    (kernel.headDim ? std::to_string(*kernel.headDim) : "") + ';' + kernel.activation.value_or("");
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
    Result<CompiledPipeline> compiled = compilePipeline(kernel, *halideTarget, vectorUnit(target));
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
