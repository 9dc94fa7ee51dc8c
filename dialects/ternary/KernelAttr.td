//===- KernelAttr.td - What the kernel of a product says of itself ----------===//
#ifndef TERN_DIALECTS_TERNARY_KERNELATTR_TD
#define TERN_DIALECTS_TERNARY_KERNELATTR_TD

include "mlir/IR/Interfaces.td"

def KernelAttr : AttrInterface<"KernelAttr"> {
  let cppNamespace = "::tern::ternary";
  let description = [{
    The kernel of a ternary product: one attribute for each loop nest (TernaryKernels.td), with the parameters that this nest reads. Passes, tables and
    the manifest ask it by this interface. Its loops and what a tuner may vary are in `compiler/kernels`.
  }];
  let methods = [
    InterfaceMethod<"How it multiplies: dot, lut or bit_serial (docs/words.md).",
                    "::llvm::StringRef", "getStrategy", (ins), [{}], [{ return "dot"; }]>,
    InterfaceMethod<"The tokens that meet the weights at a time: rows of codes and results up to the next multiple may be read and written.",
                    "int64_t", "getTokens", (ins), [{}], [{ return 1; }]>,
    InterfaceMethod<"Bytes of its vectors; 0 where the layout decides.", "int64_t", "getWidth", (ins), [{}], [{ return 0; }]>,
    InterfaceMethod<"Fails with the constraint that a layout breaks; `fail` begins the sentence.",
                    "::llvm::LogicalResult", "verifyOn", (ins "::tern::ternary::EmitError":$fail, "const ::tern::Layout &":$layout)>,
    InterfaceMethod<"Whether its sums meet scales of groups of columns; else they are int32 over all columns.",
                    "bool", "scalesGroups", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<"The same kernel for `tokens` at a time; null where there is none, and tokens come one after the other.",
                    "::tern::ternary::KernelAttr", "withTokens", (ins "int64_t":$tokens, "const ::tern::Layout &":$layout), [{}], [{ return {}; }]>,
    InterfaceMethod<"Whether its int32 sums equal the scalar ones; else they are within byteTableError (lib/trit/table.h).",
                    "bool", "isExact", (ins), [{}], [{ return true; }]>,
    InterfaceMethod<"CPU features without which there are no instructions for it.",
                    "::llvm::ArrayRef<::llvm::StringLiteral>", "getFeatures", (ins), [{}], [{ return {}; }]>,
    InterfaceMethod<"Vector registers that hold sums; 0 where they do not decide whether it is worth timing.",
                    "int64_t", "sumVectors", (ins "const ::tern::Layout &":$layout), [{}], [{ return 0; }]>,
    InterfaceMethod<"By how much the tile of its family may grow in columns and still be worth timing; 1: no other columns are, neither more nor fewer.",
                    "int64_t", "columnFactor", (ins), [{}], [{ return 1; }]>
  ];
}

#endif // TERN_DIALECTS_TERNARY_KERNELATTR_TD
