//===- DecoderDialect.td - Dialect, types and attributes of decoder graphs --===//
#ifndef TERN_DIALECTS_DECODER_DECODERDIALECT_TD
#define TERN_DIALECTS_DECODER_DECODERDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/OpBase.td"

def DecoderDialect : Dialect {
  let name = "decoder";
  let cppNamespace = "::tern::decoder";
  let summary = "Float operators of autoregressive decoders, and the step function that threads share";
  let description = [{
    Two layers. On tensors: the operators of a decoder graph that are not ternary and have no upstream twin (norms, rotary embedding, cache,
    attention, gates, the dense head). On buffers: access to the step that the runtime passes (lib/object/model_abi.h), the share of
    a thread, and barriers.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

class DecoderType<string name, string typeMnemonic, list<Trait> traits = []> : TypeDef<DecoderDialect, name, traits> {
  let mnemonic = typeMnemonic;
}

def CacheKeys : I32EnumAttrCase<"Keys", 0, "keys">;
def CacheValues : I32EnumAttrCase<"Values", 1, "values">;
def CacheRoleAttr : I32EnumAttr<"CacheRole", "what a cache holds", [CacheKeys, CacheValues]> {
  let cppNamespace = "::tern::decoder";
}

def CacheType : DecoderType<"Cache", "cache"> {
  let summary = "A key or value cache after the tokens of this step were appended";
  let description = [{
    `!decoder.cache<keys, 2 by 64, f16>`: heads x head dimension of f32, f16 or i8, for every position of the context. Codes (i8) have one f32 scale for
    each position and head.

    In memory the context is cut into pages of 256 positions. A page holds all caches of the model, one after the other, so what is touched grows with the
    text, and not with the context that there is room for. A cache in a page is [heads], each cut into strips of 64 along what attention runs along:
    positions of keys, [256 / 64][head_dim][64], and columns of values, [head_dim / 64][256][64] (one strip, [1][256][head_dim], where head_dim is no
    multiple of 64). So both products of attention read memory in order, whole vectors at a time, and add nothing across lanes.

    Codes lie in pairs, so that one instruction multiplies and adds two of them in a lane: of columns of keys, [256 / 64][head_dim / 2][64][2], and of
    positions of values, [head_dim / 64][256 / 2][64][2]. Behind them stand their scales, [heads][256].
  }];
  let parameters = (ins EnumParameter<CacheRoleAttr>:$role, "int64_t":$heads, "int64_t":$headDim, "::mlir::Type":$element);
  let assemblyFormat = "`<` $role `,` $heads `by` $headDim `,` $element `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Positions in a page.
    static constexpr int64_t kPagePositions = 256;
    /// Positions or columns in a strip: two cache lines of f16, and as many sums for 4 query heads as half of AVX-512's registers hold.
    static constexpr int64_t kStrip = 64;
    /// Columns in a strip of values.
    int64_t getValueStrip() { return getHeadDim() % kStrip == 0 ? kStrip : getHeadDim(); }
    /// Whether numbers are codes, which lie in pairs.
    bool isCoded() { return getElement().isInteger(8); }
    /// Positions of keys or columns of values in a strip.
    int64_t getStrip() { return getRole() == CacheRole::Keys ? kStrip : getValueStrip(); }
    /// One head of a page: strips x rows of a strip x numbers in a row. A row of codes is pairs: [strip][2].
    ::std::array<int64_t, 3> getHeadShape();
    /// Bytes that one position takes.
    int64_t getPositionBytes();
    /// Bytes of a page before the scales of codes.
    int64_t getElementBytes() { return getHeads() * kPagePositions * getHeadDim() * getElement().getIntOrFloatBitWidth() / 8; }
  }];
}

def StepType : DecoderType<"Step", "step", [DeclareTypeInterfaceMethods<OpAsmTypeInterface, ["getAsmName"]>]> {
  let summary = "Pointer to struct tern_step (lib/object/model_abi.h)";
  let description = "What the runtime hands to a step function; its values are printed as `%step`.";
}

def ActivationRelu2 : I32EnumAttrCase<"Relu2", 0, "relu2">;
def ActivationSilu : I32EnumAttrCase<"Silu", 1, "silu">;
def ActivationAttr : I32EnumAttr<"Activation", "activation of a gate", [ActivationRelu2, ActivationSilu]> {
  let cppNamespace = "::tern::decoder";
  let description = "relu2: max(x, 0)^2. silu: x / (1 + exp(-x)).";
}

// How the threads of a team share one operator.
def PartitionReplicated : I32EnumAttrCase<"Replicated", 0, "replicated">;
def PartitionTokens : I32EnumAttrCase<"Tokens", 1, "tokens">;
def PartitionFeatures : I32EnumAttrCase<"Features", 2, "features">;
def PartitionPages : I32EnumAttrCase<"Pages", 3, "pages">;
def PartitionTiles : I32EnumAttrCase<"Tiles", 4, "tiles">;
def PartitionKindAttr : I32EnumAttr<"PartitionKind", "what a thread's share of an operator is",
                                    [PartitionReplicated, PartitionTokens, PartitionFeatures, PartitionPages, PartitionTiles]> {
  let cppNamespace = "::tern::decoder";
  let description = [{
    - `replicated`: every thread computes all of it, into its own scratch arena.
    - `tokens`: a thread computes some tokens, into the shared arena.
    - `features`: a thread computes some result columns, in whole granules, into the shared arena.
    - `pages`: a thread computes some pages of positions for some cache heads, with all query heads of each, into the shared arena.
    - `tiles`: a thread computes some token tiles, of `granule` tokens, for some cache heads, with all query heads of each, into the shared arena.
  }];
}
def PartitionAttr : AttrDef<DecoderDialect, "Partition"> {
  let mnemonic = "partition";
  let summary = "How an operator is shared among the threads";
  let description = "`#decoder.partition<features, 4>`: granules of 4 result columns; kinds that have none say 1.";
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
  let cppNamespace = "::tern::decoder";
}
def ValueCapacity : I32EnumAttrCase<"CacheCapacity", 0, "cache_capacity">;
def ValueTokens : I32EnumAttrCase<"TokenCount", 1, "n_tokens">;
def ValuePosition : I32EnumAttrCase<"Position", 2, "position">;
def ValueFirstOutput : I32EnumAttrCase<"FirstOutput", 3, "first_output">;
def ValueRows : I32EnumAttrCase<"RowCount", 4, "n_rows">;
def ValuePlane : I32EnumAttrCase<"Plane", 5, "plane">;
def StepValueAttr : I32EnumAttr<"StepValue", "a number of the step",
    [ValueCapacity, ValueTokens, ValuePosition, ValueFirstOutput, ValueRows, ValuePlane]> {
  let cppNamespace = "::tern::decoder";
}

#endif // TERN_DIALECTS_DECODER_DECODERDIALECT_TD
