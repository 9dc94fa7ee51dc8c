//===- KernelLowering.td - How a kernel becomes loops, and others like it ---===//
#ifndef TERN_COMPILER_KERNELS_SUPPORT_KERNELLOWERING_TD
#define TERN_COMPILER_KERNELS_SUPPORT_KERNELLOWERING_TD

include "mlir/IR/Interfaces.td"

def KernelLowering : AttrInterface<"KernelLowering"> {
  let cppNamespace = "::tern";
  let description = [{
    The part of a kernel (ternary's KernelAttr) that needs a compiler. Implemented by external models, one file a kernel, in compiler/kernels.
  }];
  let methods = [
    InterfaceMethod<"Builds the loops of a product of this kernel in its place. What the layout must be for that, KernelAttr has verified.",
                    "void", "build", (ins "::tern::ternary::GemmOp":$gemm)>,
    InterfaceMethod<[{
      What a tuner may vary: appends kernels that differ from this one in their parameters and are worth timing on one token. Those that are for blocks have none.
    }], "void", "vary", (ins "const ::tern::KernelSearch &":$search, "::tern::KernelList &":$list)>
  ];
}

#endif // TERN_COMPILER_KERNELS_SUPPORT_KERNELLOWERING_TD
