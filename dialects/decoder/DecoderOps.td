//===- DecoderOps.td - Operations of decoder graphs and steps --------------===//
#ifndef TERN_DIALECTS_DECODER_DECODEROPS_TD
#define TERN_DIALECTS_DECODER_DECODEROPS_TD

include "dialects/decoder/DecoderDialect.td"
include "dialects/step/StepDialect.td"
include "dialects/step/StepOperator.td"
include "dialects/ternary/TernaryDialect.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class DecoderOp<string mnemonic, list<Trait> traits = []> : Op<DecoderDialect, mnemonic, !listconcat([KnownAttributes], traits)>;

// Results are printed under the name of the tensor or cache that they come from, or of what they are: %blk.0.attn_norm.
def NamedResult : DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>;

//===-- Declarations --------------------------------------------------------===//

def TensorOp : DecoderOp<"tensor", [Symbol]> {
  let summary = "A dense weight tensor, by name";
  let description = [{
    `decoder.tensor @output_norm : tensor<256xf32> from "model.norm.weight"`. The element type is what the model object stores (f32 for vectors,
    bf16 for matrices that the checkpoint has in bf16, else f32); other float types of the checkpoint are converted when weights are packed.
    `times "NAME"` multiplies every element by a tensor of one number then: the bias of an autobitlinear layer, which the layer's scale multiplies too.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyStaticShapeTensor>:$type, StrAttr:$source, OptionalAttr<StrAttr>:$factor);
  let assemblyFormat = "$sym_name `:` $type `from` $source (`times` $factor^)? attr-dict";
}

def RopeTableOp : DecoderOp<"rope_table", [Symbol]> {
  let summary = "cos and sin of the rotary embedding";
  let description = [{
    f32 [positions, 2, head_dim / 2]: cos then sin of position * frequency(i), frequency(i) = theta^(-2i / head_dim) (RoFormer, section 3.2.2; all in
    float32 as transformers does). `frequencies` overrides the formula for scaled variants (llama3, linear).
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$positions, I64Attr:$head_dim, F64Attr:$theta,
                       OptionalAttr<DenseF32ArrayAttr>:$frequencies);
  let assemblyFormat = "$sym_name `positions` $positions `head_dim` $head_dim `theta` $theta (`frequencies` $frequencies^)? attr-dict";
  let hasVerifier = 1;
}

def CacheOp : DecoderOp<"cache", [Symbol]> {
  let summary = "Key or value cache of one layer";
  let description = "`decoder.cache @blk.0.k : !decoder.cache<keys, 2 by 64, f16>`; the type says how it lies in memory.";
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<CacheType>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
}

def SymbolUser : DeclareOpInterfaceMethods<SymbolUserOpInterface>;

def RowCodesOp : DecoderOp<"row_codes", [Symbol, SymbolUser]> {
  let summary = "The rows of a bf16 matrix in codes of few bits, beside the matrix itself";
  let description = [{
    `decoder.row_codes @token_embd.codes of @token_embd`. Two planes of codes and the figures that bound their error (lib/head/row_codes.h); they are
    computed when weights are packed.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$matrix);
  let assemblyFormat = "$sym_name `of` $matrix attr-dict";
}

//===-- On tensors: phases graph and ternary --------------------------------===//

// `says` are the methods of StepOperator that it answers in another way than most operators.
class StepOperatorOp<string mnemonic, list<string> says, list<Trait> traits> :
    DecoderOp<mnemonic, !listconcat([DeclareOpInterfaceMethods<StepOperator, says>], traits)>;
class GraphOp<string mnemonic, list<string> says, list<Trait> traits = []> : StepOperatorOp<mnemonic, says, !listconcat([Pure], traits)>;
// Every number of the result needs the numbers of the operands in its place, and weights.
class RowByRowOp<string mnemonic, list<string> says, list<Trait> traits = []> :
    GraphOp<mnemonic, !listconcat(["share", "readsOwnShare", "isRowByRow"], says), !listconcat([SameOperandsAndResultType], traits)> {
  let extraClassDefinition = [{
    ::mlir::FailureOr<::tern::step::PartitionAttr> $cppClass::share(int64_t) { return ::tern::step::asOperands(*this); }
    bool $cppClass::readsOwnShare(::mlir::OpOperand &) { return true; }
    bool $cppClass::isRowByRow() { return true; }
  }];
}

def EmbedOp : GraphOp<"embed", [], [SymbolUser, NamedResult]> {
  let summary = "Rows of the embedding table";
  let description = [{
    result[t] = table[ids[t]] in float32. The runtime has checked that every id is a row of the table.

    ```mlir
    %token_embd = decoder.embed %ids, @token_embd : tensor<?xi32> -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins 1DTensorOf<[I32]>:$ids, FlatSymbolRefAttr:$table);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$ids `,` $table attr-dict `:` type($ids) `->` type($result)";
}

def RmsNormOp : GraphOp<"rms_norm", ["readsOwnShare", "density", "stagePart"], [SymbolUser, NamedResult, SameOperandsAndResultType]> {
  let summary = "Root-mean-square norm of each row";
  let description = "y = x * rsqrt(mean(x^2) + eps) * w (Zhang and Sennrich 2019), statistics in float32.";
  let arguments = (ins 2DTensorOf<[F32]>:$input, FlatSymbolRefAttr:$weight, F32Attr:$eps);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$input `,` $weight `eps` $eps attr-dict `:` type($input)";
}

def LayerNormOp : GraphOp<"layer_norm", ["readsOwnShare", "stagePart"], [NamedResult, SameOperandsAndResultType]> {
  let summary = "Layer norm of each row, without weights";
  let description = [{
    y = (x - mean) / sqrt(var + eps) with the biased variance var (Ba et al. 2016), in float32: what stands in front of every linear of BitNet b1.58 Reloaded
    (2407.09527).
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$input, F32Attr:$eps);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$input `eps` $eps attr-dict `:` type($input)";
}

def HadamardOp : GraphOp<"hadamard", ["readsOwnShare", "stagePart"], [NamedResult, SameOperandsAndResultType]> {
  let summary = "Orthonormal Hadamard transform of each run of a row";
  let description = [{
    In each run of `block` numbers, a power of two: for stride h = 1, 2, 4, ..., block / 2 the pair (a, b) at distance h becomes (a + b, a - b), every
    stage rounding to float32; then all are divided by sqrt(block). It is its own inverse, and makes inputs free of outliers (BitNet v2, 2504.18415, section 2).
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$input, ConfinedAttr<I64Attr, [IntPositive]>:$block);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$input `block` $block attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def KeepTopOp : GraphOp<"keep_top", ["readsOwnShare", "density", "stagePart"], [NamedResult, SameOperandsAndResultType]> {
  let summary = "The largest numbers of each run of a row; the others become 0";
  let description = [{
    In each run of `block` numbers the `keep` of largest magnitude stay, of equal ones those that come first (Q-Sparse, 2407.10969, section 2; its block form
    has short runs).
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$input, ConfinedAttr<I64Attr, [IntPositive]>:$keep, ConfinedAttr<I64Attr, [IntPositive]>:$block);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$input `keep` $keep `of` $block attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def RmsNormQuantizeOp : GraphOp<"rms_norm_quantize", ["readsOwnShare", "density", "stagePart", "addFacts"], [SymbolUser]> {
  let summary = "decoder.rms_norm followed by ternary.quantize, in one pass over the row";
  let description = [{
    The same numbers as the two give, but the norm's result is never in memory. As with `ternary.quantize`, `codes` may have more columns than
    `input`; those are 0.

    ```mlir
    %codes, %scale, %sum = decoder.rms_norm_quantize %x, @blk.0.attn_norm eps 1.0e-5
        : tensor<1x256xf32> -> tensor<1x260xi8>, tensor<1xf32>, tensor<1xi32>
    ```
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$input, FlatSymbolRefAttr:$weight, F32Attr:$eps, DefaultCodes:$quantizer);
  let results = (outs 2DTensorOf<[I8]>:$codes, 1DTensorOf<[F32]>:$scale, CodeSums:$sum);
  let assemblyFormat = "$input `,` $weight `eps` $eps (`codes` $quantizer^)? attr-dict `:` type($input) `->` type($codes) `,` type($scale) `,` type($sum)";
}

def RopeOp : GraphOp<"rope", ["readsOwnShare", "stageSymbol", "stageOperand", "stagePart", "addFacts"], [SymbolUser, NamedResult, AllTypesMatch<["input", "result"]>]> {
  let summary = "Rotary position embedding of each head";
  let description = [{
    Each row holds heads of head_dim numbers and stands at its position. With halves a, b of a head: (a*cos - b*sin, b*cos + a*sin)
    (transformers' rotate_half).
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$input, PositionsType:$positions, FlatSymbolRefAttr:$table);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$input `at` $positions `,` $table attr-dict `:` type($input)";
}

def CacheAppendOp : StepOperatorOp<"cache_append", ["readsOwnShare", "stagePart"], [SymbolUser, NamedResult, MemoryEffects<[MemWrite]>]> {
  let summary = "Store the keys or values of this step's tokens";
  let description = [{
    Each row of the input, all heads of a token side by side, becomes its position of its sequence's cache, in the cache's element type. The result is
    the cache with these positions in it, so that attention depends on them.

    ```mlir
    %blk.0.k = decoder.cache_append %rope at %positions, @blk.0.k : tensor<?x128xf32> -> !decoder.cache<keys, 2 by 64, f32>
    ```
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$input, PositionsType:$positions, FlatSymbolRefAttr:$cache);
  let results = (outs CacheType:$result);
  let assemblyFormat = "$input `at` $positions `,` $cache attr-dict `:` type($input) `->` type($result)";
}

def AttentionOp : StepOperatorOp<"attention", ["stageOperand", "stagePart", "addFacts"], [NamedResult, MemoryEffects<[MemRead]>, AllTypesMatch<["query", "result"]>]> {
  let summary = "Causal grouped-query attention over the cache";
  let description = [{
    For token t, which stands at position(t) of its sequence, and query head h: softmax over its positions p <= position(t) of scale * <q[t, h], k[p, h / group]>, times v. Query heads
    per cache head (a query group) follow from the types.

    Where the cache holds codes, a query head is rounded to 16 bits, multiples of its largest magnitude over 32767, and so are the weights of a page times
    the scales of its values, so that both products are exact sums of integers (compiler/dense/attention_codes.cpp). With more than 516 columns the
    range is less, so that a sum fits 32 bits.
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$query, CacheType:$keys, CacheType:$values, PositionsType:$positions, F32Attr:$scale);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = [{
    $query `,` $keys `,` $values `at` $positions `scale` $scale attr-dict `:` type($query) `,` type($keys) `,` type($values)
  }];
  let hasVerifier = 1;
}

def AttentionPagesOp : StepOperatorOp<"attention_pages", ["resultRows", "stageOperand", "stagePart", "addFacts"], [MemoryEffects<[MemRead]>]> {
  let summary = "Attention of one token to each page of the cache by itself";
  let description = [{
    For every page of positions (see `!decoder.cache`) the softmax over its positions times its values, in `parts`, with the largest score and the total
    of exp(score - largest) of each query head. `decoder.attention_combine` makes `decoder.attention` of them. Pages of the text so far only:
    the rest of the results is not written.
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$query, CacheType:$keys, CacheType:$values, PositionsType:$positions, F32Attr:$scale);
  let results = (outs 3DTensorOf<[F32]>:$parts, 3DTensorOf<[F32]>:$largest, 3DTensorOf<[F32]>:$total);
  let assemblyFormat = [{
    $query `,` $keys `,` $values `at` $positions `scale` $scale attr-dict `:` type($query) `,` type($keys) `,` type($values)
    `->` type($parts) `,` type($largest) `,` type($total)
  }];
  let hasVerifier = 1;
}

def AttentionCombineOp : GraphOp<"attention_combine", ["stageOperand", "stagePart"], [AllTypesMatch<["largest", "total"]>]> {
  let summary = "Pages of attention, weighed by their totals, into one result";
  let description = "sum over pages of total exp(largest - m) / (sum of the same over all) parts, m the largest of all pages.";
  let arguments = (ins 3DTensorOf<[F32]>:$parts, 3DTensorOf<[F32]>:$largest, 3DTensorOf<[F32]>:$total, PositionsType:$positions);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$parts `,` $largest `,` $total `at` $positions attr-dict `:` type($parts) `,` type($largest) `->` type($result)";
  let hasVerifier = 1;
}

def GateOp : RowByRowOp<"gate", ["density"], [NamedResult]> {
  let summary = "Gated activation: activation(gate) * up";
  let arguments = (ins 2DTensorOf<[F32]>:$gate, 2DTensorOf<[F32]>:$up, ActivationAttr:$activation);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$activation $gate `,` $up attr-dict `:` type($gate)";
}

def TakeOutputsOp : GraphOp<"take_outputs", ["isView"], [NamedResult, SameOperandsAndResultType]> {
  let summary = "The tokens whose logits are asked for";
  let description = "Rows [first_output, n_rows) of the input, moved to the front; all that follows runs for these only.";
  let arguments = (ins 2DTensorOf<[F32]>:$input);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def LinearOp : GraphOp<"linear", ["stagePart"], [SymbolUser, NamedResult]> {
  let summary = "A dense linear layer: the output head, and linears that the checkpoint left unconverted";
  let description = "y[t, r] = sum over c of w[r, c] * x[t, c] in float32, w [rows, columns] in bf16 or f32.";
  let arguments = (ins 2DTensorOf<[F32]>:$input, FlatSymbolRefAttr:$weight);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$input `,` $weight attr-dict `:` type($input) `->` type($result)";
}

def ScreenOp : GraphOp<"screen", ["resultRows", "stagePart"], [SymbolUser]> {
  let summary = "Integer products of listed rows' codes with a hidden state's codes";
  let description = [{
    result[i, j] = sum over c of u[plane][rows[i], c] * codes[j, c], exact in int32, with u the unsigned code. `codes` holds the high and the
    low byte of the hidden state's 16-bit numbers (lib/head/logit_bounds.h), padded to whole lines of codes. How many rows there are, at most
    the type's, is the step's n_listed. `vector` is the width in bytes of the vectors that the kernel works with, and `fetch_level` the cache that
    later rows are fetched into.
  }];
  let arguments = (ins 2DTensorOf<[I8]>:$hidden_codes, 1DTensorOf<[I32]>:$rows, FlatSymbolRefAttr:$codes, I64Attr:$plane, I64Attr:$vector,
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntMinValue<1>, IntMaxValue<2>]>, "2">:$fetch_level);
  let results = (outs 2DTensorOf<[I32]>:$result);
  let assemblyFormat = [{
    $hidden_codes `,` $rows `,` $codes `plane` $plane `vector` $vector attr-dict `:` type($hidden_codes) `,` type($rows) `->` type($result)
  }];
}

def LinearRowsOp : GraphOp<"linear_rows", ["resultRows", "stagePart"], [SymbolUser, NamedResult]> {
  let summary = "Listed rows of a dense linear layer";
  let description = [{
    y[i, 0] = the float that `decoder.linear` gives for row rows[i] of `matrix`: the same kernel adds in the same order. The matrix is the weight's, or
    some rows of it: the caller passes it from where it has them. How many rows are listed, at most the type's, is the step's n_listed.
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$input, 1DTensorOf<[I32]>:$rows, 2DTensorOf<[F32, BF16]>:$matrix, FlatSymbolRefAttr:$weight);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$input `,` $rows `of` $matrix `,` $weight attr-dict `:` type($input) `,` type($rows) `,` type($matrix) `->` type($result)";
}

def AddBiasOp : RowByRowOp<"add_bias", [], [SymbolUser, NamedResult]> {
  let summary = "Adds a vector to every row";
  let description = "result[t, c] = input[t, c] + bias[c] in float32, after the rescaling of a ternary layer (transformers' BitLinear).";
  let arguments = (ins 2DTensorOf<[F32]>:$input, FlatSymbolRefAttr:$bias);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$input `,` $bias attr-dict `:` type($input)";
}

//===-- On buffers: phases tiled and vector ----------------------------------===//

def ScreenRowsOp : DecoderOp<"screen_rows", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "A share of decoder.screen, on buffers";
  let description = [{
    For i in [begin, begin + size): sums[i, j] = sum over c < `columns` of the code of row rows[i], column c, times codes[j, c]. `planes` holds the
    bytes of all planes, one row after the other; `plane` begins at byte `offset`. `decoder-tile-screen` turns it into loops.
  }];
  let arguments = (ins MemRefRankOf<[I8], [2]>:$hidden_codes, MemRefRankOf<[I8], [1]>:$planes, Index:$offset, MemRefRankOf<[I32], [1]>:$rows,
                       MemRefRankOf<[I32], [2]>:$sums, Index:$begin, Index:$size, I64Attr:$plane, I64Attr:$columns, I64Attr:$vector,
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntMinValue<1>, IntMaxValue<2>]>, "2">:$fetch_level);
  let assemblyFormat = [{
    `ins` `(` $hidden_codes `,` $planes `at` $offset `,` $rows `)` `outs` `(` $sums `)` `rows` $begin `size` $size `plane` $plane `columns` $columns `vector` $vector
    attr-dict `:` type($hidden_codes) `,` type($planes) `,` type($rows) `,` type($sums)
  }];
  let hasVerifier = 1;
}

#endif // TERN_DIALECTS_DECODER_DECODEROPS_TD
