//===- DecoderDialect.td - Dialect, types and attributes of decoder graphs --===//
#ifndef TERN_DIALECTS_DECODER_DECODERDIALECT_TD
#define TERN_DIALECTS_DECODER_DECODERDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def DecoderDialect : Dialect {
  let name = "decoder";
  let cppNamespace = "::tern::decoder";
  let summary = "Float operators of autoregressive decoders";
  let description = [{
    The operators of a decoder graph that are not ternary and have no upstream twin: norms, rotary embedding, cache, attention, gates, the dense head.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::tern::step::StepDialect", "::tern::ternary::TernaryDialect"];
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

def ActivationRelu2 : I32EnumAttrCase<"Relu2", 0, "relu2">;
def ActivationSilu : I32EnumAttrCase<"Silu", 1, "silu">;
def ActivationEnum : I32EnumAttr<"Activation", "activation of a gate", [ActivationRelu2, ActivationSilu]> {
  let cppNamespace = "::tern::decoder";
  let genSpecializedAttr = 0;
}
def ActivationAttr : EnumAttr<DecoderDialect, ActivationEnum, "activation"> {
  let description = "relu2: max(x, 0)^2. silu: x / (1 + exp(-x)).";
  let assemblyFormat = "$value";
}

#endif // TERN_DIALECTS_DECODER_DECODERDIALECT_TD
