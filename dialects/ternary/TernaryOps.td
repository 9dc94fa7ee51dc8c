//===- TernaryOps.td - Operations of ternary arithmetic --------------------===//
#ifndef TERN_DIALECTS_TERNARY_TERNARYOPS_TD
#define TERN_DIALECTS_TERNARY_TERNARYOPS_TD

include "dialects/step/StepOperator.td"
include "dialects/ternary/TernaryKernels.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class TernaryOp<string mnemonic, list<Trait> traits = []> : Op<TernaryDialect, mnemonic, !listconcat([KnownAttributes], traits)>;

def PlanesAttr : DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive, IntMaxValue<2>]>, "1">;

// Results are printed under the name of the weight that they come from: %blk.0.attn_q.
def NamedResult : DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>;

//===-- Weights ------------------------------------------------------------===//

def WeightOp : TernaryOp<"weight", [Symbol]> {
  let summary = "A ternary weight matrix, by name";
  let description = [{
    Declares the weights of one linear layer; no values are in the IR. `source` and `scales` are tensor names in the checkpoint; how the values lie
    there is the storage after `as`, a name of lib/weights/storages.def: `packed_rows` (four rows of trits in a byte), `master` (floats that are made
    ternary), `trits` (floats that are -1, 0 or 1), `scaled` (floats that are trits times their scales). A storage says which formats it holds, and whether `scales` is there. The layout is there once a
    kernel has been chosen.

    ```mlir
    ternary.weight @blk.0.ffn_up 704 x 256 from "model.layers.0.mlp.up_proj.weight" as packed_rows
        format <trits, scale <tensor, stored, multiply>> scales "model.layers.0.mlp.up_proj.weight_scale" layout <codes2, 4 by 256>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$rows, I64Attr:$columns, StrAttr:$source, StrAttr:$storage,
                       FormatAttr:$format, OptionalAttr<StrAttr>:$scales, OptionalAttr<LayoutAttr>:$layout);
  let assemblyFormat = [{
    $sym_name $rows `x` $columns `from` $source `as` custom<Name>($storage) `format` $format (`scales` $scales^)? (`layout` $layout^)? attr-dict
  }];
  let hasVerifier = 1;
}

//===-- On tensors: phases graph and ternary --------------------------------===//

def LinearOp : TernaryOp<"linear", [Pure, NamedResult, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A ternary linear layer on float activations";
  let description = [{
    y = scale(w) * (W q(x)): each token of x becomes codes on its own, see `ternary.quantize`.
    x is [tokens, columns], y is [tokens, rows].
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$input, FlatSymbolRefAttr:$weight, DefaultCodes:$quantizer);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$input `,` $weight (`codes` $quantizer^)? attr-dict `:` type($input) `->` type($result)";
}

def QuantizeOp : TernaryOp<"quantize", [Pure, DeclareOpInterfaceMethods<StepOperator, ["readsOwnShare", "density", "stagePart", "addFacts"]>]> {
  let summary = "Activation codes, one scale per token";
  let description = [{
    For each row: scale = 127 * (1 / max(max|x|, 1e-5)), rounded twice as torch does; codes = clamp(round-to-nearest-even(x * scale), -128, 127), or what
    `#ternary.codes` says instead; sum = the sum of the codes. `codes` may have more columns than `input`; those are 0.

    Codes of 16 bits are two planes of bytes: a row of `codes` is the high bytes and then, from the middle on, the low ones, and a row of `sum` has a
    number for each plane. For weights with scales along groups of columns it has, plane by plane, the sum of each group.

    ```mlir
    %codes, %scale, %sum = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once>
        : tensor<1x256xf32> -> tensor<1x512xi8>, tensor<1xf32>, tensor<1x2xi32>
    ```
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$input, DefaultCodes:$quantizer);
  let results = (outs 2DTensorOf<[I8]>:$codes, 1DTensorOf<[F32]>:$scale, CodeSums:$sum);
  let assemblyFormat = "$input (`codes` $quantizer^)? attr-dict `:` type($input) `->` type($codes) `,` type($scale) `,` type($sum)";
  let hasVerifier = 1;
}

def EmbedOp : TernaryOp<"embed", [Pure, NamedResult, DeclareOpInterfaceMethods<StepOperator, ["addFacts"]>, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Rows of a packed matrix, as float32";
  let description = [{
    result[t, c] = scale[ids[t], c] * W[ids[t], c], for models whose embedding is a matrix of this kind, which its output head then multiplies by. The
    runtime has checked that every id is a row.

    ```mlir
    %token_embd = ternary.embed %ids, @token_embd : tensor<?xi32> -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins 1DTensorOf<[I32]>:$ids, FlatSymbolRefAttr:$weight);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$ids `,` $weight attr-dict `:` type($ids) `->` type($result)";
}

def MatmulOp : TernaryOp<"matmul", [Pure, DeclareOpInterfaceMethods<StepOperator, ["rowMultiple", "stagePart"]>, NamedResult, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Exact product of activation codes and ternary weights";
  let description = [{
    result[t, r] = sum over c of W[r, c] * codes[t, c], in int32. `sum` holds the code sum of each token (the 2-bit code of a weight is
    w + 1, so a kernel subtracts them). Rows of the result are padded to whole tiles of the weight's layout; codes have at least the layout's
    padded columns, more when weights of several layouts share them.

    Codes of two `planes` are multiplied plane by plane: a row of the result is the product of the high bytes and then, from the middle on, that of the
    low ones. Where the weight's scales are of groups of G columns, the result is float32: from 0 on, group after group, f32(sum over the group's c of
    W[r, c] * codes[t, c]) * scale[r, c / G] is added, product and sum rounded each.
  }];
  let arguments = (ins 2DTensorOf<[I8]>:$codes, CodeSums:$sum, FlatSymbolRefAttr:$weight, PlanesAttr:$planes, OptionalAttr<KernelAttr>:$kernel);
  let results = (outs 2DTensorOf<[I32, F32]>:$result);
  let assemblyFormat = [{
    $codes `,` $sum `,` $weight (`planes` $planes^)? (`kernel` custom<Kernel>($kernel)^)? attr-dict `:` type($codes) `,` type($sum) `->` type($result)
  }];
}

def ScaleColumnsOp : TernaryOp<"scale_columns", [Pure, NamedResult, SameOperandsAndResultType, DeclareOpInterfaceMethods<StepOperator, ["share", "readsOwnShare", "isRowByRow", "density", "addFacts"]>,
                                                  DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The scales of a weight's columns, on the activations that meet them";
  let description = [{
    result[t, c] = input[t, c] * w[c] in float32 (/ w[c] where the weight's format divides), w[c] the scale of column c or of its part. The
    result is what is quantised for the product with that weight, whose own rescaling then has no scale left.

    ```mlir
    %s = ternary.scale_columns %x, @blk.0.ffn_down : tensor<4x512xf32>
    ```
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$input, FlatSymbolRefAttr:$weight);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$input `,` $weight attr-dict `:` type($input)";
}

def RescaleOp : TernaryOp<"rescale", [Pure, DeclareOpInterfaceMethods<StepOperator, ["readsOwnShare", "addFacts"]>, NamedResult, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "From int32 sums to float activations";
  let description = [{
    With s the scale of the token's codes and w the weight's scale: f32(acc[t, r]) / (s * w) where its format divides, else (f32(acc[t, r]) / s) * w,
    each operation rounded as in transformers' BitLinear and AutoBitLinear. Where scales lie along rows, w is the one of row r or of its part;
    where they lie along columns, `ternary.scale_columns` has met them before, and f32(acc[t, r]) / s is left. Padded rows of the product are dropped.
    Where they are of groups, the product has met them, and acc[t, r] / s is left. Of codes of two `planes` 256 f32(high[t, r]) + f32(low[t, r]) stands in
    for f32(acc[t, r]).
  }];
  let arguments = (ins 2DTensorOf<[I32, F32]>:$acc, 1DTensorOf<[F32]>:$scale, FlatSymbolRefAttr:$weight, PlanesAttr:$planes);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$acc `,` $scale `,` $weight (`planes` $planes^)? attr-dict `:` type($acc) `,` type($scale) `->` type($result)";
}

//===-- On buffers and vectors: phases tiled and vector ---------------------===//

def GemmOp : TernaryOp<"gemm", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "A share of an exact product, on buffers";
  let description = [{
    out[t, r] = sum over c of W[r, c] * codes[t, c] for r in [begin, begin + size) and t in [0, tokens). `begin` is a multiple of the layout's
    tile rows. Rows of `codes` and `out` up to the next multiple of the kernel's tokens exist and may be read or written.
    The kernel says which of the `ternary-tile-*` passes, or `ternary-decompose-bit-serial`, turns it into loops.

    `scales` are of groups of columns, as many as a row of `sum` has: that of row r of band b and group g is number
    (b * groups + g) * tile rows + r. Then `out` is float32, as `ternary.matmul` says.
  }];
  let arguments = (ins MemRefRankOf<[I8], [2]>:$codes, MemRefRankOf<[I32], [1, 2]>:$sum, MemRefRankOf<[I8], [1]>:$weights,
                       Optional<MemRefRankOf<[F32], [1]>>:$scales, MemRefRankOf<[I32, F32], [2]>:$out, Index:$begin, Index:$size,
                       Index:$tokens, LayoutAttr:$layout, KernelAttr:$kernel);
  let assemblyFormat = [{
    `ins` `(` $codes `,` $sum `,` $weights (`,` $scales^)? `)` `outs` `(` $out `)` `rows` $begin `size` $size `tokens` $tokens
    `layout` $layout `kernel` custom<Kernel>($kernel) attr-dict
    `:` type($codes) `,` type($sum) `,` type($weights) (`scaled` `by` type($scales)^)? `,` type($out)
  }];
  let extraClassDeclaration = [{
    /// Groups of columns with a scale of their own, and the columns of one; 0 where there are none.
    int64_t groups() { return getScales() ? getSum().getType().getDimSize(1) : 0; }
    int64_t groupColumns() { return getScales() ? getCodes().getType().getDimSize(1) / groups() : 0; }
  }];
  let hasVerifier = 1;
}

def UnpackPanelOp : TernaryOp<"unpack_panel", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "The codes of a stretch of columns of some rows of one band, as bytes";
  let description = [{
    panel[r / R, c / 4, 4 * (r % R) + c % 4] = W[top + r, first + c] + 1 for the band whose weights begin at byte `offset`, r in [0, rows of the
    panel) and c in [0, size), with R = a quarter of the panel's last dimension. The panel's rows divide those of the tile and `top`; those of
    columns2 are 64, 128 or a multiple of 256. `first` and `size` are multiples of the layout's tile columns; the band has `columns`. `width` is the
    bytes of the vectors to use. A `signed` panel holds the weights themselves, without the 1. `prefetch` bytes ahead of what is read, in whole columns for
    columns2, are fetched to the second-level cache (absent: none).
  }];
  let arguments = (ins MemRefRankOf<[I8], [1]>:$weights, MemRefRankOf<[I8], [3]>:$panel, Index:$offset, Index:$top, Index:$first, Index:$size,
                       ConfinedAttr<I64Attr, [IntPositive]>:$columns, LayoutAttr:$layout, ConfinedAttr<I64Attr, [IntPositive]>:$width,
                       UnitAttr:$is_signed, OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$prefetch);
  let assemblyFormat = [{
    $weights `[` $offset `]` `rows` $top `columns` $first `size` $size `of` $columns `into` $panel (`signed` $is_signed^)? `layout` $layout
    `width` $width (`prefetch` $prefetch^)? attr-dict
    `:` type($weights) `,` type($panel)
  }];
  let extraClassDeclaration = [{
    /// The rows that a panel holds.
    int64_t panelRows() { return getPanel().getType().getDimSize(0) * getPanel().getType().getDimSize(2) / 4; }
  }];
  let hasVerifier = 1;
}

def FetchColumnsOp : TernaryOp<"fetch_columns", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Fetches the weights of a stretch of columns of one band into the second-level cache";
  let description = [{
    The columns [first, first + size) of the band whose weights begin at byte `offset` and which has `columns`, for the `ternary.unpack_panel`
    that reads them later. Changes no value: the place may be behind the weights.
  }];
  let arguments = (ins MemRefRankOf<[I8], [1]>:$weights, Index:$offset, Index:$first, Index:$size,
                       ConfinedAttr<I64Attr, [IntPositive]>:$columns, LayoutAttr:$layout);
  let assemblyFormat = [{
    $weights `[` $offset `]` `columns` $first `size` $size `of` $columns `layout` $layout attr-dict `:` type($weights)
  }];
}

def NonzeroColumnsOp : TernaryOp<"nonzero_columns", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Where the columns whose code is not zero lie";
  let description = [{
    For the i-th column c with codes[token, c] != 0, of N columns: list[i] = c * step mod N, its place in a band of columns2, and packed[i] = its
    code. `count` is how many there are, rounded up to a multiple of 4 with column 0 and code 0. Behind that, list goes on with its entries plus N,
    the same columns of the next band, for prefetching; packed holds nothing there.
  }];
  let arguments = (ins MemRefRankOf<[I8], [2]>:$codes, Index:$token, MemRefRankOf<[I32], [1]>:$list, MemRefRankOf<[I8], [1]>:$packed,
                       I64Attr:$step);
  let results = (outs Index:$count);
  let assemblyFormat = [{
    $codes `[` $token `]` `step` $step `into` $list `,` $packed attr-dict `:` type($codes) `,` type($list) `,` type($packed)
  }];
  let hasVerifier = 1;
}

def TransposeBytesOp : TernaryOp<"transpose_bytes", [Pure, SameOperandsAndResultType]> {
  let summary = "4 x 4 byte transposition in 16-byte segments";
  let description = [{
    result_v[16L + 4d + j] = input_j[16L + 4v + d] for v, d, j < 4 and every 16-byte segment L.
  }];
  let arguments = (ins Variadic<VectorOfRankAndType<[1], [I8]>>:$inputs);
  let results = (outs Variadic<VectorOfRankAndType<[1], [I8]>>:$results);
  let assemblyFormat = "$inputs attr-dict `:` type($inputs) `->` type($results)";
  let hasVerifier = 1;
}

def UnpackOp : TernaryOp<"unpack", [Pure, SameOperandsAndResultType]> {
  let summary = "One field of a vector of packed 2-bit codes";
  let description = [{
    mask: packed & (3 << 2 * field), that is 4^field times the code; shift: (packed >> 2 * field) & 3; pairs:
    (packed >> 4 * (field / 2)) & (3 << 2 * (field mod 2)).
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I8]>:$packed, ConfinedAttr<I64Attr, [IntMinValue<0>, IntMaxValue<3>]>:$field,
                       UnpackAttr:$mode);
  let results = (outs VectorOfRankAndType<[1], [I8]>:$codes);
  let assemblyFormat = "$packed `field` $field $mode attr-dict `:` type($packed)";
}

def UnpackTritsOp : TernaryOp<"unpack_trits", [Pure, SameOperandsAndResultType]> {
  let summary = "The five weights of each byte of encoding trits5";
  let description = [{
    Result k holds the code w + 1 in {0, 1, 2} of field k of each byte (lib/trit/base3.h). mask: results 1, 2 and 3 are
    4, 16 and 64 times too large, as a byte permute followed by masks leaves them; shift: all five are the codes themselves.
    A byte that encodes no weights (126, 127, 245 to 255) gives unspecified results.

    ```mlir
    %c:5 = ternary.unpack_trits %bytes mask : vector<64xi8>
    ```
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I8]>:$packed, UnpackAttr:$mode);
  let results = (outs VectorOfRankAndType<[1], [I8]>:$codes0, VectorOfRankAndType<[1], [I8]>:$codes1,
                      VectorOfRankAndType<[1], [I8]>:$codes2, VectorOfRankAndType<[1], [I8]>:$codes3,
                      VectorOfRankAndType<[1], [I8]>:$codes4);
  let assemblyFormat = "$packed $mode attr-dict `:` type($packed)";
  let hasVerifier = 1;
}

def DotOp : TernaryOp<"dot", [Pure, AllTypesMatch<["acc", "result"]>, AllTypesMatch<["lhs", "rhs"]>]> {
  let summary = "Four-way dot product of unsigned by signed bytes, accumulated in int32";
  let description = [{
    result[l] = acc[l] + sum over j < 4 of zext(lhs[4l + j]) * sext(rhs[4l + j]). No saturation: |zext(lhs) * sext(rhs)| summed over any
    neighbouring pair must stay within int16 (lhs <= 128 with rhs > -128), which codes2 and 8-bit activations guarantee.
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I32]>:$acc, VectorOfRankAndType<[1], [I8]>:$lhs,
                       VectorOfRankAndType<[1], [I8]>:$rhs);
  let results = (outs VectorOfRankAndType<[1], [I32]>:$result);
  let assemblyFormat = "$acc `,` $lhs `,` $rhs attr-dict `:` type($acc) `,` type($lhs)";
  let hasVerifier = 1;
}

def TableBuildOp : TernaryOp<"table_build", [Pure]> {
  let summary = "The sums of a group of activations for every pattern of weights";
  let description = [{
    Entry e of the result is the sum over j of weight(e, j) * codes[j], where `weight` is `tern::GroupTable::weight` of `table`; exact for `words` and
    `halves`. `scale` is there for `bytes` only: entries are the sums times it, rounded to nearest even and clamped to [-127, 127].

    ```mlir
    %t = ternary.table_build %codes <trits, group = 3, full, words> : vector<3xi8> -> vector<32xi16>
    %h = ternary.table_build %codes <trits, group = 3, mirrored, halves> : vector<3xi8> -> vector<32xi8>
    %q = ternary.table_build %four scaled %s <signs, group = 4, mirrored, bytes> : vector<4xi8> -> vector<8xi8>
    ```
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I8]>:$codes, Optional<F32>:$scale, TableAttr:$table);
  let results = (outs VectorOfRankAndType<[1], [I8, I16]>:$result);
  let assemblyFormat = "$codes (`scaled` $scale^)? $table attr-dict `:` type($codes) `->` type($result)";
  let hasVerifier = 1;
}

def TableLookupOp : TernaryOp<"table_lookup", [Pure, AllTypesMatch<["indices", "result"]>]> {
  let summary = "One table entry for each index";
  let description = [{
    result[l] = table[indices[l] mod N] for a table of N entries: only the low log2(N) bits of an index count, so that the fields of a packed word
    need no mask where the instruction ignores the rest. Bytes look up bytes, 16-bit words words.

    ```mlir
    %v = ternary.table_lookup %table, %indices : vector<16xi8>, vector<64xi8>
    %w = ternary.table_lookup %sums, %words : vector<32xi16>, vector<32xi16>
    ```
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I8, I16]>:$table, VectorOfRankAndType<[1], [I8, I16]>:$indices);
  let results = (outs VectorOfRankAndType<[1], [I8, I16]>:$result);
  let assemblyFormat = "$table `,` $indices attr-dict `:` type($table) `,` type($indices)";
  let hasVerifier = 1;
}

#endif // TERN_DIALECTS_TERNARY_TERNARYOPS_TD
