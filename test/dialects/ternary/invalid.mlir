// RUN: tern-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{is stored as packed_rows, which holds 4 rows in a byte, but has 10 rows}}
ternary.weight @w 10 x 100 from "m" as packed_rows format <trits, scale <tensor, stored, multiply>> scales "s"

// -----

// expected-error @+1 {{is stored as master, whose scales are no tensor of their own}}
ternary.weight @w 12 x 100 from "m" as master format <trits, scale <tensor, absmean>> scales "s"

// -----

// expected-error @+1 {{is stored as packed_rows, which needs the name of a tensor of scales}}
ternary.weight @w 12 x 100 from "m" as packed_rows format <trits, scale <tensor, stored, multiply>>

// -----

// expected-error @+1 {{storage master does not hold the format "trits, scale <tensor, stored, multiply>": its one scale for the tensor is computed, by absmean, median or absmax}}
ternary.weight @w 12 x 100 from "m" as master format <trits, scale <tensor, stored, multiply>> scales "s"

// -----

// expected-error @+1 {{storage trits does not hold the format "trits, scale <tensor, absmean>": its scales are stored}}
ternary.weight @w 10 x 100 from "m" as trits format <trits, scale <tensor, absmean>>

// -----

// expected-error @+1 {{there is no storage "papyrus"; there are: tq1_0, tq2_0, i2_s, i2_s_aarch64, q2_0, pq2_0, q1_0, packed_rows, master, trits, scaled}}
ternary.weight @w 12 x 100 from "m" as papyrus format <trits, scale <tensor, absmean>>

// -----

// expected-error @+1 {{the parts of rows [4, 4] do not add up to the 12 rows of the matrix}}
ternary.weight @w 12 x 100 from "m" as trits format <trits, scale <rows [4, 4], stored, multiply>> scales "s"

// -----

// expected-error @+1 {{needs positive rows and columns, not 0 x 100}}
ternary.weight @w 0 x 100 from "m" as trits format <trits, scale <tensor, stored, multiply>> scales "s"

// -----

// expected-error @+1 {{expected trits, signs or ints before "quads}}
func.func private @f() attributes {format = #ternary.format<quads>}

// -----

// expected-error @+1 {{expected stored, absmean, median or absmax before "guessed}}
func.func private @f() attributes {format = #ternary.format<trits, scale <row, guessed>>}

// -----

// expected-error @+1 {{integers of a weight format have 1 to 8 bits, not 9}}
func.func private @f() attributes {format = #ternary.format<ints 9, scale <row, stored>>}

// -----

// expected-error @+1 {{a group of a scale must be positive, not 0}}
func.func private @f() attributes {format = #ternary.format<trits, scale <group 0, stored>>}

// -----

// expected-error @+1 {{expected a weight format, which ends with '>'}}
func.func private @f() attributes {format = #ternary.format<trits, scale <row, "stored">>}

// -----

// expected-error @+1 {{tile columns must be a multiple of 4 from 4 to 65536, not 130}}
ternary.weight @w 12 x 100 from "m" as master format <trits, scale <tensor, absmean>> layout <codes2, 4 by 130>

// -----

func.func @f(%x: tensor<3x100xf32>) -> tensor<3x8xf32> {
  // expected-error @+1 {{uses @w, which is no ternary.weight of this module}}
  %y = ternary.linear %x, @w : tensor<3x100xf32> -> tensor<3x8xf32>
  return %y : tensor<3x8xf32>
}

// -----

ternary.weight @w 12 x 100 from "m" as master format <trits, scale <tensor, absmean>>
func.func @f(%x: tensor<3x100xf32>) -> tensor<3x8xf32> {
  // expected-error @+1 {{but @w is 12 x 100}}
  %y = ternary.linear %x, @w : tensor<3x100xf32> -> tensor<3x8xf32>
  return %y : tensor<3x8xf32>
}

// -----

ternary.weight @w 12 x 100 from "m" as scaled format <trits, scale <rows [4, 8], stored, multiply>>
func.func @f(%x: tensor<3x100xf32>) -> tensor<3x100xf32> {
  // expected-error @+1 {{uses @w, whose format has no scales along columns}}
  %y = ternary.scale_columns %x, @w : tensor<3x100xf32>
  return %y : tensor<3x100xf32>
}

// -----

ternary.weight @w 12 x 100 from "m" as scaled format <trits, scale <columns [40, 60], stored, multiply>>
func.func @f(%x: tensor<3x12xf32>) -> tensor<3x12xf32> {
  // expected-error @+1 {{but @w has 100 columns}}
  %y = ternary.scale_columns %x, @w : tensor<3x12xf32>
  return %y : tensor<3x12xf32>
}

// -----

func.func @f(%x: tensor<3x100xf32>) {
  // expected-error @+1 {{makes 64 codes of 100 activations; there must be at least as many}}
  %c, %s, %n = ternary.quantize %x : tensor<3x100xf32> -> tensor<3x64xi8>, tensor<3xf32>, tensor<3xi32>
  return
}

// -----

func.func @f(%acc: vector<4xi32>, %a: vector<32xi8>) {
  // expected-error @+1 {{sums 4 bytes into each lane}}
  %d = ternary.dot %acc, %a, %a : vector<4xi32>, vector<32xi8>
  return
}

// -----

// expected-error @+1 {{a kernel's unroll must be 1 to 16 tiles of columns, not 17}}
func.func private @f() attributes {k = #ternary.rows<unroll = 17>}

// -----

// expected-error @+1 {{a kernel 'rows' has no parameter 'width'; it has: unpack, tokens, unroll, prefetch}}
func.func private @f() attributes {k = #ternary.rows<width = 64>}

// -----

// expected-error @+1 {{a kernel's tokens must be 1 to 64, not 65}}
func.func private @f() attributes {k = #ternary.lanes<tokens = 65>}

// -----

// expected-error @+1 {{a kernel 'lanes' has no parameter 'rows'; it has: unpack, tokens, unroll, prefetch, width}}
func.func private @f() attributes {k = #ternary.lanes<width = 64, rows = 32>}

// -----

// expected-error @+1 {{parameter 'width' is there twice}}
func.func private @f() attributes {k = #ternary.lanes<width = 64, width = 32>}

// -----

// expected-error @+1 {{expected one of [mask, shift, pairs] for how codes come out of packed weights, got: panel}}
func.func private @f() attributes {k = #ternary.lanes<unpack = panel>}

// -----

// expected-error @+1 {{a kernel's skip_below must be 0 to 100 percent, not 101}}
func.func private @f() attributes {k = #ternary.columns<skip_below = 101>}

// -----

// expected-error @+1 {{a kernel 'columns' has no parameter 'tokens'; it has: prefetch, width, skip_below}}
func.func private @f() attributes {k = #ternary.columns<tokens = 2>}

// -----

// expected-error @+1 {{a kernel's rows must be 1 to 256, not 0}}
func.func private @f() attributes {k = #ternary.panels<rows = 0>}

// -----

// expected-error @+1 {{a kernel 'panels' has no parameter 'prefetch'; it has: tokens, unroll, width, rows}}
func.func private @f() attributes {k = #ternary.panels<prefetch = 1024>}

// -----

// expected-error @+1 {{a kernel's tokens must be 1 to 64, not 0}}
func.func private @f() attributes {k = #ternary.amx<tokens = 0>}

// -----

// expected-error @+1 {{a kernel 'amx' has no parameter 'unroll'; it has: tokens, rows}}
func.func private @f() attributes {k = #ternary.amx<unroll = 1>}

// -----

// expected-error @+1 {{a kernel's width must be 16, 32 or 64 bytes, not 48}}
func.func private @f() attributes {k = #ternary.lut<width = 48>}

// -----

// expected-error @+1 {{a kernel's stretch must be 0 to 1048576 columns, not -1}}
func.func private @f() attributes {k = #ternary.lut<stretch = -1>}

// -----

// expected-error @+1 {{a kernel 'lut' has no parameter 'form'; it has: tokens, unroll, prefetch, width, stretch}}
func.func private @f() attributes {k = #ternary.lut<form = bytes>}

// -----

// expected-error @+1 {{a kernel's form must be halves or bytes: indices of bit planes look up bytes, not words}}
func.func private @f() attributes {k = #ternary.bit_serial<form = words>}

// -----

// expected-error @+1 {{a kernel 'bit_serial' has no parameter 'tokens'; it has: prefetch, width, range, form}}
func.func private @f() attributes {k = #ternary.bit_serial<tokens = 2>}

// -----

// expected-error @+1 {{a kernel's prefetch must be 0 to 65536 bytes, not 65537}}
func.func private @f() attributes {k = #ternary.bit_serial<prefetch = 65537>}

// -----

// expected-error @+1 {{unknown encoding 'codes3'; known: codes2, lut3, tl1, tl2, columns2, trits5, planes1, planes2, planes3, planes4}}
func.func private @f() attributes {k = #ternary.layout<codes3, 4 by 256>}

// -----

ternary.weight @w 12 x 100 from "m" as master format <trits, scale <tensor, absmean>> layout <codes2, 4 by 128>
func.func @f(%c: tensor<3x100xi8>, %n: tensor<3xi32>) {
  // expected-error @+1 {{but @w needs 128 columns and 12 rows (padded to whole tiles of its layout)}}
  %a = ternary.matmul %c, %n, @w kernel rows : tensor<3x100xi8>, tensor<3xi32> -> tensor<3x12xi32>
  return
}

// -----

// expected-error @+1 {{tile columns must be a multiple of 24 from 24 to 65536, not 36}}
ternary.weight @w 12 x 100 from "m" as master format <trits, scale <tensor, absmean>> layout <tl2, 4 by 36>

// -----

func.func @f(%c: vector<5xi8>) {
  // expected-error @+1 {{a table of trits sums groups of 1 to 4 activations, not 5}}
  %t = ternary.table_build %c <trits, group = 5, full, words> : vector<5xi8> -> vector<256xi16>
  return
}

// -----

func.func @f(%c: vector<4xi8>) {
  // expected-error @+1 {{makes a table of groups of 3 activations from 'vector<4xi8>'}}
  %t = ternary.table_build %c <trits, group = 3, full, words> : vector<4xi8> -> vector<32xi16>
  return
}

// -----

func.func @f(%c: vector<3xi8>) {
  // expected-error @+1 {{makes 'vector<32xi8>' by #ternary.table<trits, group = 3, mirrored, halves>, not 'vector<16xi8>'}}
  %t = ternary.table_build %c <trits, group = 3, mirrored, halves> : vector<3xi8> -> vector<16xi8>
  return
}

// -----

func.func @f(%c: vector<4xi8>) {
  // expected-error @+1 {{rounds sums to bytes, so it needs a scale ('scaled %s')}}
  %t = ternary.table_build %c <signs, group = 4, mirrored, bytes> : vector<4xi8> -> vector<8xi8>
  return
}

// -----

func.func @f(%c: vector<4xi8>, %s: f32) {
  // expected-error @+1 {{makes an exact table, which has no scale}}
  %t = ternary.table_build %c scaled %s <signs, group = 4, full, words> : vector<4xi8> -> vector<16xi16>
  return
}

// -----

func.func @f(%t: vector<16xi8>, %i: vector<32xi16>) {
  // expected-error @+1 {{needs indices as wide as the entries, but has 'vector<16xi8>' and 'vector<32xi16>'}}
  %v = ternary.table_lookup %t, %i : vector<16xi8>, vector<32xi16>
  return
}

// -----

func.func @f(%t: vector<27xi16>, %i: vector<32xi16>) {
  // expected-error @+1 {{needs a power of two of entries, not 'vector<27xi16>'}}
  %v = ternary.table_lookup %t, %i : vector<27xi16>, vector<32xi16>
  return
}

// -----

func.func @f(%t: vector<512xi8>, %i: vector<32xi8>) {
  // expected-error @+1 {{has indices of 8 bits, which reach 256 entries, not 512}}
  %v = ternary.table_lookup %t, %i : vector<512xi8>, vector<32xi8>
  return
}

// -----

func.func @f(%c: memref<1x256xi8>, %s: memref<1xi32>, %w: memref<256xi8>, %o: memref<1x4xi32>, %i: index) {
  // expected-error @+1 {{a panel is made of columns2, or of codes2 with 16 or trits5 with 20 columns, whose rows in a tile are words}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <codes2, 4 by 256> kernel panels<width = 16, rows = 4>
    : memref<1x256xi8>, memref<1xi32>, memref<256xi8>, memref<1x4xi32>
  return
}

// -----

func.func @f(%c: memref<64x64xi8>, %s: memref<64xi32>, %w: memref<1024xi8>, %o: memref<64x64xi32>, %i: index) {
  // expected-error @+1 {{48 tokens by 32 rows need 11 tile registers, and there are 8}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16>
    kernel amx<tokens = 48, rows = 32> : memref<64x64xi8>, memref<64xi32>, memref<1024xi8>, memref<64x64xi32>
  return
}

// -----

func.func @f(%c: memref<64x64xi8>, %s: memref<64xi32>, %w: memref<1024xi8>, %o: memref<64x64xi32>, %i: index) {
  // expected-error @+1 {{tile registers are for a multiple of 16 tokens, not 8}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16>
    kernel amx<tokens = 8, rows = 32> : memref<64x64xi8>, memref<64xi32>, memref<1024xi8>, memref<64x64xi32>
  return
}

// -----

func.func @f(%c: memref<1x48xi8>, %s: memref<1xi32>, %w: memref<3072xi8>, %o: memref<1x256xi32>, %i: index) {
  // expected-error @+1 {{cannot run kernel #ternary.lanes<width = 64> on #ternary.layout<columns2, 256 by 16>: it multiplies rows that are words: codes2 with 16 or trits5 with 20 columns}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <columns2, 256 by 16> kernel lanes<width = 64>
    : memref<1x48xi8>, memref<1xi32>, memref<3072xi8>, memref<1x256xi32>
  return
}

// -----

// expected-error @+1 {{tile rows of columns2 must be a multiple of 256, not 64}}
ternary.weight @w 12 x 100 from "m" as master format <trits, scale <tensor, absmean>> layout <columns2, 64 by 16>

// -----

func.func @f(%a: vector<8xi8>) {
  // expected-error @+1 {{works in segments of 16 bytes, which vectors of 8 bytes do not have}}
  %r:4 = ternary.transpose_bytes %a, %a, %a, %a : vector<8xi8>, vector<8xi8>, vector<8xi8>, vector<8xi8>
    -> vector<8xi8>, vector<8xi8>, vector<8xi8>, vector<8xi8>
  return
}

// -----

func.func @f(%c: memref<1x48xi8>, %i: index, %l: memref<50xi32>, %p: memref<50xi8>) {
  // expected-error @+1 {{needs lists with at least 16 entries more than the 48 columns, not 50}}
  %n = ternary.nonzero_columns %c[%i] step 7 into %l, %p : memref<1x48xi8>, memref<50xi32>, memref<50xi8>
  return
}

// -----

func.func @f(%w: memref<768xi8>, %panel: memref<3x12x64xi8>, %i: index) {
  // expected-error @+1 {{needs a static panel for a part of the 64 rows of a tile}}
  ternary.unpack_panel %w[%i] rows %i columns %i size %i of 48 into %panel layout <codes2, 64 by 16> width 64 : memref<768xi8>, memref<3x12x64xi8>
  return
}

// -----

func.func @f(%w: memref<3072xi8>, %panel: memref<1x12x128xi8>, %i: index) {
  // expected-error @+1 {{takes 64, 128 or a multiple of 256 rows out of column lines, not 32}}
  ternary.unpack_panel %w[%i] rows %i columns %i size %i of 48 into %panel layout <columns2, 256 by 16> width 64 : memref<3072xi8>, memref<1x12x128xi8>
  return
}

// -----

func.func @f(%w: memref<768xi8>, %panel: memref<?x12x128xi8>, %i: index) {
  // expected-error @+1 {{needs a static panel for a part of the 64 rows of a tile, not 'memref<?x12x128xi8>'}}
  ternary.unpack_panel %w[%i] rows %i columns %i size %i of 48 into %panel layout <codes2, 64 by 16> width 64 : memref<768xi8>, memref<?x12x128xi8>
  return
}

// -----

func.func @f(%w: memref<768xi8>, %panel: memref<4x12x64xi8>, %i: index) {
  // expected-error @+1 {{cannot fill rows of 'memref<4x12x64xi8>' with vectors of 48 bytes}}
  ternary.unpack_panel %w[%i] rows %i columns %i size %i of 48 into %panel layout <codes2, 64 by 16> width 48 : memref<768xi8>, memref<4x12x64xi8>
  return
}

// -----

func.func @f(%w: memref<768xi8>, %panel: memref<4x12x64xi8>, %i: index) {
  // expected-error @+1 {{attribute 'width' failed to satisfy constraint}}
  ternary.unpack_panel %w[%i] rows %i columns %i size %i of 48 into %panel layout <codes2, 64 by 16> width 0 : memref<768xi8>, memref<4x12x64xi8>
  return
}

// -----

func.func @f(%packed: vector<16xi8>) {
  // expected-error @+1 {{expected string or keyword containing one of the following enum values for attribute 'mode' [mask, shift, pairs]}}
  %c = ternary.unpack %packed field 0 panel : vector<16xi8>
  return
}

// -----

func.func @f(%packed: vector<16xi8>) {
  // expected-error @+1 {{expected string or keyword containing one of the following enum values for attribute 'mode' [mask, shift, pairs]}}
  %c:5 = ternary.unpack_trits %packed panel : vector<16xi8>
  return
}

// -----

ternary.weight @w 16 x 256 from "w" as master format <trits, scale <tensor, absmean>> layout <lut3, 128 by 9>
func.func @f(%codes: tensor<1x261xi8>, %sum: tensor<1xi32>) {
  // expected-error @+1 {{it multiplies rows of codes in fields of bytes}}
  %acc = ternary.matmul %codes, %sum, @w kernel rows : tensor<1x261xi8>, tensor<1xi32> -> tensor<1x128xi32>
  return
}

// -----

func.func @f(%x: tensor<1x100xf32>) {
  // expected-error @+1 {{codes of activations have 2 to 8 bits or 16, not 12}}
  %c, %s, %t = ternary.quantize %x codes <i12, absmax 127.0, floor 1.0e-5, rounded twice> : tensor<1x100xf32> -> tensor<1x100xi8>, tensor<1xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%x: tensor<1x100xf32>) {
  // expected-error @+1 {{the floor of codes must be a positive number, not 0}}
  %c, %s, %t = ternary.quantize %x codes <i8, absmax 127.0, floor 0.0, rounded twice> : tensor<1x100xf32> -> tensor<1x100xi8>, tensor<1xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%x: tensor<1x100xf32>) {
  // expected-error @+1 {{expected a type of integers and absmax or absmean}}
  %c, %s, %t = ternary.quantize %x codes <i8, median 127.0, floor 1.0e-5, rounded twice> : tensor<1x100xf32> -> tensor<1x100xi8>, tensor<1xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%c: memref<1x96xi8>, %s: memref<1xi32>, %w: memref<96xi8>, %o: memref<1x4xi32>, %i: index) {
  // expected-error @+1 {{the bytes of a row of a tile must be a multiple of 16, not 24}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <codes2, 4 by 96> kernel rows
    : memref<1x96xi8>, memref<1xi32>, memref<96xi8>, memref<1x4xi32>
  return
}

// -----

func.func @f(%c: memref<1x16xi8>, %s: memref<1xi32>, %w: memref<48xi8>, %o: memref<1x12xi32>, %i: index) {
  // expected-error @+1 {{the tile's rows must fill vectors of 16 rows}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <codes2, 12 by 16> kernel lanes<width = 64>
    : memref<1x16xi8>, memref<1xi32>, memref<48xi8>, memref<1x12xi32>
  return
}

// -----

func.func @f(%c: memref<1x16xi8>, %s: memref<1xi32>, %w: memref<256xi8>, %o: memref<1x64xi32>, %i: index) {
  // expected-error @+1 {{it reads columns that lie in lines, as those of columns2}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel columns<width = 64>
    : memref<1x16xi8>, memref<1xi32>, memref<256xi8>, memref<1x64xi32>
  return
}

// -----

func.func @f(%c: memref<1x16xi8>, %s: memref<1xi32>, %w: memref<256xi8>, %o: memref<1x64xi32>, %i: index) {
  // expected-error @+1 {{unroll must divide the quads of columns in a tile}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel panels<unroll = 3, rows = 32>
    : memref<1x16xi8>, memref<1xi32>, memref<256xi8>, memref<1x64xi32>
  return
}

// -----

func.func @f(%c: memref<1x16xi8>, %s: memref<1xi32>, %w: memref<256xi8>, %o: memref<1x64xi32>, %i: index) {
  // expected-error @+1 {{its rows must divide the tile's and fill vectors of 4 rows}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel panels<rows = 24>
    : memref<1x16xi8>, memref<1xi32>, memref<256xi8>, memref<1x64xi32>
  return
}

// -----

func.func @f(%c: memref<1x9xi8>, %s: memref<1xi32>, %w: memref<64xi8>, %o: memref<1x32xi32>, %i: index) {
  // expected-error @+1 {{a panel is made of columns2, or of codes2 with 16 or trits5 with 20 columns}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <lut3, 32 by 9> kernel amx
    : memref<1x9xi8>, memref<1xi32>, memref<64xi8>, memref<1x32xi32>
  return
}
