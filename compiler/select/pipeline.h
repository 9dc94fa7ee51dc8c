//===- pipeline.h - Phase ternary: step graphs with layouts and kernels -------===//
#pragma once

#include "mlir/Pass/PassOptions.h"

#include <string>

namespace mlir {
class OpPassManager;
}

namespace tern {

struct SelectOptions : mlir::PassPipelineOptions<SelectOptions> {
  Option<int64_t> block{*this, "block", llvm::cl::desc("Most tokens in one prefill step"), llvm::cl::init(128)};
  Option<std::string> family{*this, "family", llvm::cl::desc("Take this kernel family instead of the cheapest")};
  Option<std::string> tuning{*this, "tuning", llvm::cl::desc("Take the choices that tern-tune wrote to this file")};
  Option<std::string> schedule{*this, "schedule",
                               llvm::cl::desc("Take the choices of this edited schedule, before all others")};
  Option<std::string> lmHead{*this, "lm-head", llvm::cl::desc("Output head: auto, screened by low-bit codes, or full"),
                             llvm::cl::init("auto")};
};

/// From the output of phase graph to the output of phase ternary.
void buildSelectPipeline(mlir::OpPassManager &manager, const SelectOptions &options);

} // namespace tern
