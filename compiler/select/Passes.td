//===- Passes.td - Passes of phase ternary -----------------------------------===//
#ifndef TERN_COMPILER_SELECT_PASSES_TD
#define TERN_COMPILER_SELECT_PASSES_TD

include "mlir/Pass/PassBase.td"

def TernSpecializeTokens : Pass<"tern-specialize-tokens", "::mlir::ModuleOp"> {
  let summary = "Make one step graph for decode and one for prefill";
  let description = [{
    `@forward` on tensors of `?` tokens becomes `@tern_decode` on 1 token and `@tern_prefill` on a block of tokens.
  }];
  let options = [Option<"block", "block", "int64_t", "32", "Most tokens in one prefill step">];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def TernaryQuantizeActivations : Pass<"ternary-quantize-activations", "::mlir::func::FuncOp"> {
  let summary = "Split ternary.linear into quantize, matmul and rescale";
  let description = [{
    A quantisation that several linears share (query, key and value; gate and up) is made once.
  }];
  let dependentDialects = ["::tern::ternary::TernaryDialect"];
}

def DecoderFuseNormQuantize : Pass<"decoder-fuse-norm-quantize", "::mlir::func::FuncOp"> {
  let summary = "Fuse an RMS norm with the quantisation that is its only use";
  let dependentDialects = ["::tern::decoder::DecoderDialect"];
}

def TernarySelectKernels : Pass<"ternary-select-kernels", "::mlir::ModuleOp"> {
  let summary = "Choose a layout for each ternary weight and a kernel for each product";
  let description = [{
    Takes for each weight the kernel family with the least cost among those whose features the module's `llvm.target` has (kernel_table.h),
    gives the weight its layout and its products their kernels, and pads codes and products to whole tiles; codes that weights of several
    layouts read are padded to the widest. Each choice is a remark.
  }];
  let options = [Option<"family", "family", "std::string", "\"\"", "Take this kernel family instead of the cheapest">,
                 Option<"remarks", "remarks", "bool", "false", "Say what was chosen, against what, by which figure">];
  let statistics = [Statistic<"products", "products", "Products that got a kernel">];
  let dependentDialects = ["::tern::ternary::TernaryDialect"];
}

#endif // TERN_COMPILER_SELECT_PASSES_TD
