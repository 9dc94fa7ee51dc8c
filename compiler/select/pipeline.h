//===- pipeline.h - Phase ternary: step graphs with layouts and kernels -------===//
#pragma once

#include "mlir/Pass/PassOptions.h"

#include <string>

namespace mlir {
class OpPassManager;
}

namespace tern {

struct SelectOptions : mlir::PassPipelineOptions<SelectOptions> {
  Option<int64_t> block{*this, "block", llvm::cl::desc("Most tokens in one prefill step"), llvm::cl::init(32)};
  Option<std::string> family{*this, "family", llvm::cl::desc("Take this kernel family instead of the cheapest")};
  Option<bool> remarks{*this, "remarks", llvm::cl::desc("Say what was chosen and why"), llvm::cl::init(false)};
};

/// From the output of phase graph to the output of phase ternary.
void buildSelectPipeline(mlir::OpPassManager &manager, const SelectOptions &options);

} // namespace tern
