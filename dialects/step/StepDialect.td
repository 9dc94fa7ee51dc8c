//===- StepDialect.td - Dialect, types and attributes of steps -------------===//
#ifndef TERN_DIALECTS_STEP_STEPDIALECT_TD
#define TERN_DIALECTS_STEP_STEPDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/OpBase.td"

def StepDialect : Dialect {
  let name = "step";
  let cppNamespace = "::tern::step";
  let summary = "The step function that threads share: shares, barriers and the buffers that the runtime passes";
  let description = [{
    What a step is made of, whatever its operators compute: access to the step that the runtime passes (lib/object/model_abi.h), the share of a thread, barriers, and
    the marks of stages. Operators of a step graph say by the interface `StepOperator` how threads share them and what they read.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

class StepTypeDef<string name, string typeMnemonic, list<Trait> traits = []> : TypeDef<StepDialect, name, traits> {
  let mnemonic = typeMnemonic;
}

def StepType : StepTypeDef<"Step", "step", [DeclareTypeInterfaceMethods<OpAsmTypeInterface, ["getAsmName"]>]> {
  let summary = "Pointer to struct tern_step (lib/object/model_abi.h)";
  let description = "What the runtime hands to a step function; its values are printed as `%step`.";
}

// How the threads of a team share one operator.
def PartitionReplicated : I32EnumAttrCase<"Replicated", 0, "replicated">;
def PartitionTokens : I32EnumAttrCase<"Tokens", 1, "tokens">;
def PartitionFeatures : I32EnumAttrCase<"Features", 2, "features">;
def PartitionPages : I32EnumAttrCase<"Pages", 3, "pages">;
def PartitionTiles : I32EnumAttrCase<"Tiles", 4, "tiles">;
def PartitionKindAttr : I32EnumAttr<"PartitionKind", "what a thread's share of an operator is",
                                    [PartitionReplicated, PartitionTokens, PartitionFeatures, PartitionPages, PartitionTiles]> {
  let cppNamespace = "::tern::step";
  let description = [{
    - `replicated`: every thread computes all of it, into its own scratch arena.
    - `tokens`: a thread computes some tokens, into the shared arena.
    - `features`: a thread computes some result columns, in whole granules, into the shared arena.
    - `pages`: a thread computes some pages of positions for some cache heads, with all query heads of each, into the shared arena.
    - `tiles`: a thread computes some token tiles, of `granule` tokens, for some cache heads, with all query heads of each, into the shared arena.
  }];
}
def PartitionAttr : AttrDef<StepDialect, "Partition"> {
  let mnemonic = "partition";
  let summary = "How an operator is shared among the threads";
  let description = "`#step.partition<features, 4>`: granules of 4 result columns; kinds that have none say 1.";
  let parameters = (ins EnumParameter<PartitionKindAttr>:$kind, "int64_t":$granule);
  let assemblyFormat = "`<` $kind `,` $granule `>`";
  let genVerifyDecl = 1;
}

// Buffers and numbers of a step: the fields of struct tern_step that generated code reads.
def BufferWeights : I32EnumAttrCase<"Weights", 0, "weights">;
def BufferShared : I32EnumAttrCase<"Shared", 1, "shared">;
def BufferScratch : I32EnumAttrCase<"Scratch", 2, "scratch">;
def BufferCache : I32EnumAttrCase<"Cache", 3, "cache">;
def BufferTokens : I32EnumAttrCase<"Tokens", 4, "tokens">;
def BufferLogits : I32EnumAttrCase<"Logits", 5, "logits">;
def BufferHidden : I32EnumAttrCase<"Hidden", 6, "hidden">;
def BufferHiddenCodes : I32EnumAttrCase<"HiddenCodes", 7, "hidden_codes">;
def BufferRows : I32EnumAttrCase<"Rows", 8, "rows">;
def BufferSums : I32EnumAttrCase<"Sums", 9, "sums">;
def StepBufferAttr : I32EnumAttr<"StepBuffer", "a buffer of the step",
    [BufferWeights, BufferShared, BufferScratch, BufferCache, BufferTokens, BufferLogits, BufferHidden, BufferHiddenCodes, BufferRows,
     BufferSums]> {
  let cppNamespace = "::tern::step";
}
def ValueCapacity : I32EnumAttrCase<"CacheCapacity", 0, "cache_capacity">;
def ValueTokens : I32EnumAttrCase<"TokenCount", 1, "n_tokens">;
def ValuePosition : I32EnumAttrCase<"Position", 2, "position">;
def ValueFirstOutput : I32EnumAttrCase<"FirstOutput", 3, "first_output">;
def ValueRows : I32EnumAttrCase<"RowCount", 4, "n_rows">;
def ValuePlane : I32EnumAttrCase<"Plane", 5, "plane">;
def StepValueAttr : I32EnumAttr<"StepValue", "a number of the step",
    [ValueCapacity, ValueTokens, ValuePosition, ValueFirstOutput, ValueRows, ValuePlane]> {
  let cppNamespace = "::tern::step";
}

#endif // TERN_DIALECTS_STEP_STEPDIALECT_TD
