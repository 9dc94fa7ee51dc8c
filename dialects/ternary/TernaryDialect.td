//===- TernaryDialect.td - Dialect and attributes of ternary arithmetic ----===//
#ifndef TERN_DIALECTS_TERNARY_TERNARYDIALECT_TD
#define TERN_DIALECTS_TERNARY_TERNARYDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def TernaryDialect : Dialect {
  let name = "ternary";
  let cppNamespace = "::tern::ternary";
  let summary = "Matrix products with weights in {-1, 0, +1} and 8-bit activations";
  let description = [{
    The vocabulary of ternary linear layers, from `ternary.linear` on float tensors down to `ternary.unpack` and `ternary.dot`
    on vectors. Integer results are exact: activation codes are rounded to nearest even, sums are int32.
  }];
  let useDefaultAttributePrinterParser = 1;
}

class TernaryAttr<string name, string attrMnemonic> : AttrDef<TernaryDialect, name> {
  let mnemonic = attrMnemonic;
}

// How the checkpoint stores the trits of a linear layer.
def StoragePackedRows : I32EnumAttrCase<"PackedRows", 0, "packed_rows">;
def StorageMaster : I32EnumAttrCase<"Master", 1, "master">;
def StorageAttr : I32EnumAttr<"Storage", "how a checkpoint stores ternary weights", [StoragePackedRows, StorageMaster]> {
  let cppNamespace = "::tern::ternary";
  let description = [{
    - `packed_rows`: u8 [rows/4, columns]; bits 2i..2i+1 of byte [r, c] hold weight [i*rows/4 + r, c] + 1 (transformers' pack_weights).
    - `master`: float [rows, columns], made ternary by absmean: w = clamp(round(m / s), -1, 1), s = max(mean|m|, 1e-5).
  }];
}

// What the float result of the integer product is multiplied by.
def ScaleMultiply : I32EnumAttrCase<"Multiply", 0, "multiply">;
def ScaleDivide : I32EnumAttrCase<"Divide", 1, "divide">;
def ScaleAbsmean : I32EnumAttrCase<"Absmean", 2, "absmean">;
def ScaleModeAttr : I32EnumAttr<"ScaleMode", "how the weight scale applies", [ScaleMultiply, ScaleDivide, ScaleAbsmean]> {
  let cppNamespace = "::tern::ternary";
  let description = [{
    - `multiply`: y = scale * (W x), scale read from the checkpoint (linear_class autobitlinear).
    - `divide`: y = (W x) / scale, scale read from the checkpoint (linear_class bitlinear).
    - `absmean`: y = s * (W x), s the absmean of the master weights.
  }];
}

def EncodingCodes2 : I32EnumAttrCase<"Codes2", 0, "codes2">;
def EncodingAttr : I32EnumAttr<"EncodingKind", "how the trits of a tile become bytes (lib/trit/layout.h)", [EncodingCodes2]> {
  let cppNamespace = "::tern::ternary";
}

def LayoutAttr : TernaryAttr<"Layout", "layout"> {
  let summary = "Byte layout of a packed ternary matrix: encoding and tile";
  let description = [{
    `#ternary.layout<codes2, 4 x 256>`: tiles of 4 rows by 256 columns, 2 bits a weight. The bytes are defined by `tern::Layout`
    in lib/trit/layout.h, which the packer and the kernel lowering both read.
  }];
  let parameters = (ins EnumParameter<EncodingAttr>:$encoding, "int64_t":$tileRows, "int64_t":$tileColumns);
  let assemblyFormat = "`<` $encoding `,` $tileRows `by` $tileColumns `>`";
  let genVerifyDecl = 1;
}

def StrategyDot : I32EnumAttrCase<"Dot", 0, "dot">;
def StrategyLut : I32EnumAttrCase<"Lut", 1, "lut">;
def StrategyBitSerial : I32EnumAttrCase<"BitSerial", 2, "bit_serial">;
def StrategyAttr : I32EnumAttr<"Strategy", "inner step of a ternary kernel", [StrategyDot, StrategyLut, StrategyBitSerial]> {
  let cppNamespace = "::tern::ternary";
  let description = [{
    - `dot`: codes of weights are unpacked and meet the activations in four-way dot products.
    - `lut`: sums of a few activations are tabulated for every pattern of as many weights; codes of weights look them up.
    - `bit_serial`: weights are planes of bits; tables of sums of four activations are looked up for each plane.
  }];
}

def UnpackMask : I32EnumAttrCase<"Mask", 0, "mask">;
def UnpackShift : I32EnumAttrCase<"Shift", 1, "shift">;
def UnpackAttr : I32EnumAttr<"UnpackMode", "how 2-bit codes come out of a byte", [UnpackMask, UnpackShift]> {
  let cppNamespace = "::tern::ternary";
  let description = [{
    - `mask`: field i as byte & (3 << 2i): 4^i times the code. Each field needs its own accumulator, shifted once at the end.
    - `shift`: field i as (byte >> 2i) & 3: the code itself; one accumulator.
  }];
}

def KernelAttr : TernaryAttr<"Kernel", "kernel"> {
  let summary = "How a ternary matrix product is computed: strategy and tile sizes";
  let description = [{
    `#ternary.kernel<dot, tokens = 4, unroll = 2, prefetch = 4096>`: `tokens` rows of activations meet one tile of weights at a time,
    `unroll` tiles of columns make one iteration of the inner loop, and weights are prefetched this many bytes ahead (0: never).
    A parameter that is not there has its default: `unpack = mask, tokens = 1, unroll = 1, prefetch = 0`.
  }];
  let parameters = (ins EnumParameter<StrategyAttr>:$strategy,
                        DefaultValuedParameter<"::tern::ternary::UnpackMode", "::tern::ternary::UnpackMode::Mask">:$unpack,
                        DefaultValuedParameter<"int64_t", "1">:$tokens, DefaultValuedParameter<"int64_t", "1">:$unroll,
                        DefaultValuedParameter<"int64_t", "0">:$prefetch);
  let assemblyFormat = "`<` $strategy (`,` struct($unpack, $tokens, $unroll, $prefetch)^)? `>`";
  let genVerifyDecl = 1;
}

#endif // TERN_DIALECTS_TERNARY_TERNARYDIALECT_TD
