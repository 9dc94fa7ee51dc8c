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
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let extraClassDeclaration = [{
    static ::llvm::LogicalResult verifyPort(::mlir::Operation *op, ::mlir::NamedAttribute attribute);
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

class StepTypeDef<string name, string typeMnemonic, list<Trait> traits = []> : TypeDef<StepDialect, name, traits> {
  let mnemonic = typeMnemonic;
}

def StepType : StepTypeDef<"Step", "step", [DeclareTypeInterfaceMethods<OpAsmTypeInterface, ["getAsmName"]>]> {
  let summary = "Pointer to struct tern_step (lib/object/model_abi.h)";
  let description = "What the runtime hands to a step function; its values are printed as `%step`.";
}

def PositionsType : StepTypeDef<"Positions", "positions", [DeclareTypeInterfaceMethods<OpAsmTypeInterface, ["getAsmName"]>]> {
  let summary = "Where the rows of a step stand";
  let description = [{
    For each row of the step the sequence that it belongs to and its position in it. Neighbouring rows at neighbouring positions of one sequence are a
    run (struct tern_run in lib/object/model_abi.h). Printed as `%positions`.
  }];
}

// What the caller hands to a step and gets from it.
def PortEachRow : I32EnumAttrCase<"Rows", 0, "rows">;
def PortOutputs : I32EnumAttrCase<"Outputs", 1, "outputs">;
def PortListed : I32EnumAttrCase<"Listed", 2, "listed">;
def PortFixed : I32EnumAttrCase<"Fixed", 3, "fixed">;
def PortWeights : I32EnumAttrCase<"Weights", 4, "weights">;
def PortExtentAttr : I32EnumAttr<"PortExtent", "what the first dimension of a port counts", [PortEachRow, PortOutputs, PortListed, PortFixed, PortWeights]> {
  let cppNamespace = "::tern::step";
  let description = [{
    - `rows`: the rows of the step.
    - `outputs`: its rows from first_output on.
    - `listed`: what a list that the caller passes counts, such as rows of the output head.
    - `fixed`: always the same.
    - `weights`: rows of one of the model's own tensors, which the caller passes from where it has them.
  }];
}
def PortAttr : AttrDef<StepDialect, "Port"> {
  let mnemonic = "port";
  let summary = "A tensor that the caller of a step passes or gets";
  let description = [{
    `#step.port<"hidden", outputs>`, of an argument or result of a step graph: its name, by which the runtime finds it, and what its first dimension counts.
    Its type and direction are those of the argument or result.
  }];
  let parameters = (ins StringRefParameter<"name">:$name, EnumParameter<PortExtentAttr>:$extent);
  let assemblyFormat = "`<` $name `,` $extent `>`";
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
def StepBufferAttr : I32EnumAttr<"StepBuffer", "a buffer of the step", [BufferWeights, BufferShared, BufferScratch, BufferCache]> {
  let cppNamespace = "::tern::step";
}
def ValueRows : I32EnumAttrCase<"RowCount", 0, "n_rows">;
def ValueRuns : I32EnumAttrCase<"RunCount", 1, "n_runs">;
def ValueFirstOutput : I32EnumAttrCase<"FirstOutput", 2, "first_output">;
def ValueListed : I32EnumAttrCase<"ListedCount", 3, "n_listed">;
def StepValueAttr : I32EnumAttr<"StepValue", "a number of the step", [ValueRows, ValueRuns, ValueFirstOutput, ValueListed]> {
  let cppNamespace = "::tern::step";
}

#endif // TERN_DIALECTS_STEP_STEPDIALECT_TD
