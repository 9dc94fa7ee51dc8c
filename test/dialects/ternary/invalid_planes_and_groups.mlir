// RUN: tern-opt %s -split-input-file -verify-diagnostics

// Codes of two planes, and scales of groups.

func.func @f(%x: tensor<1x96xf32>) {
  // expected-error @+1 {{makes 191 bytes of codes of 96 activations; there must be at least twice as many}}
  %c, %t, %s = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> : tensor<1x96xf32> -> tensor<1x191xi8>, tensor<1xf32>, tensor<1x2xi32>
  return
}

// -----

func.func @f(%x: tensor<1x96xf32>) {
  // expected-error @+1 {{makes codes of 2 planes, which 'tensor<1x192xi8>' and 'tensor<1xi32>' cannot hold}}
  %c, %t, %s = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> : tensor<1x96xf32> -> tensor<1x192xi8>, tensor<1xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%x: tensor<1x96xf32>) {
  // expected-error @+1 {{makes codes of 2 planes, which 'tensor<1x193xi8>' and 'tensor<1x2xi32>' cannot hold}}
  %c, %t, %s = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> : tensor<1x96xf32> -> tensor<1x193xi8>, tensor<1xf32>, tensor<1x2xi32>
  return
}

// -----

func.func @f(%x: tensor<1x96xf32>) {
  // expected-error @+1 {{makes codes of 2 planes, which 'tensor<1x192xi8>' and 'tensor<1x3xi32>' cannot hold}}
  %c, %t, %s = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> : tensor<1x96xf32> -> tensor<1x192xi8>, tensor<1xf32>, tensor<1x3xi32>
  return
}

// -----

func.func @f(%x: tensor<1x96xf32>) {
  // expected-error @+1 {{sums 5 groups of 96 columns, which are no whole number of columns each}}
  %c, %t, %s = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> : tensor<1x96xf32> -> tensor<1x192xi8>, tensor<1xf32>, tensor<1x10xi32>
  return
}

// -----

func.func @f(%x: tensor<1x96xf32>) {
  // expected-error @+1 {{sums 7 groups of 96 columns, which are no whole number of columns each}}
  %c, %t, %s = ternary.quantize %x  : tensor<1x96xf32> -> tensor<1x96xi8>, tensor<1xf32>, tensor<1x7xi32>
  return
}

// -----

func.func @f(%x: tensor<1x96xf32>) {
  // expected-error @+1 {{has operands and results of different token counts: 'tensor<1x96xf32>' and 'tensor<2x2xi32>'}}
  %c, %t, %s = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> : tensor<1x96xf32> -> tensor<1x192xi8>, tensor<1xf32>, tensor<2x2xi32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <tensor, stored, multiply>>
func.func @f(%c: tensor<1x192xi8>, %s: tensor<1xi32>) {
  // expected-error @+1 {{takes 'tensor<1xi32>', but @w with codes of 2 planes needs 2 sums of a token}}
  %a = ternary.matmul %c, %s, @w planes 2 : tensor<1x192xi8>, tensor<1xi32> -> tensor<1x40xi32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <tensor, stored, multiply>>
func.func @f(%c: tensor<1x96xi8>, %s: tensor<1x2xi32>) {
  // expected-error @+1 {{takes 'tensor<1x2xi32>', but @w with codes of 1 plane needs 1 sums of a token}}
  %a = ternary.matmul %c, %s, @w : tensor<1x96xi8>, tensor<1x2xi32> -> tensor<1x20xi32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <group 32, stored, multiply>>
func.func @f(%c: tensor<1x96xi8>, %s: tensor<1xi32>) {
  // expected-error @+1 {{takes 'tensor<1xi32>', but @w with codes of 1 plane needs 3 sums of a token}}
  %a = ternary.matmul %c, %s, @w : tensor<1x96xi8>, tensor<1xi32> -> tensor<1x20xf32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <group 32, stored, multiply>>
func.func @f(%c: tensor<1x192xi8>, %s: tensor<1x3xi32>) {
  // expected-error @+1 {{takes 'tensor<1x3xi32>', but @w with codes of 2 planes needs 6 sums of a token}}
  %a = ternary.matmul %c, %s, @w planes 2 : tensor<1x192xi8>, tensor<1x3xi32> -> tensor<1x40xf32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <group 32, stored, multiply>>
func.func @f(%c: tensor<1x96xi8>, %s: tensor<1x3xi32>) {
  // expected-error @+1 {{has results of type 'i32', but @w has scales along groups: sums are f32}}
  %a = ternary.matmul %c, %s, @w : tensor<1x96xi8>, tensor<1x3xi32> -> tensor<1x20xi32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <tensor, stored, multiply>>
func.func @f(%c: tensor<1x96xi8>, %s: tensor<1xi32>) {
  // expected-error @+1 {{has results of type 'f32', but @w has no scales along groups: sums are i32}}
  %a = ternary.matmul %c, %s, @w : tensor<1x96xi8>, tensor<1xi32> -> tensor<1x20xf32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <tensor, stored, multiply>>
func.func @f(%c: tensor<1x96xi8>, %s: tensor<1x2xi32>) {
  // expected-error @+1 {{maps 'tensor<1x96xi8>' to 'tensor<1x40xi32>', but @w needs 192 columns and 40 rows (padded to whole tiles of its layout)}}
  %a = ternary.matmul %c, %s, @w planes 2 : tensor<1x96xi8>, tensor<1x2xi32> -> tensor<1x40xi32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <tensor, stored, multiply>>
func.func @f(%c: tensor<1x192xi8>, %s: tensor<1x2xi32>) {
  // expected-error @+1 {{maps 'tensor<1x192xi8>' to 'tensor<1x20xi32>', but @w needs 192 columns and 40 rows (padded to whole tiles of its layout)}}
  %a = ternary.matmul %c, %s, @w planes 2 : tensor<1x192xi8>, tensor<1x2xi32> -> tensor<1x20xi32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <tensor, stored, multiply>>
func.func @f(%c: tensor<1x288xi8>, %s: tensor<1x3xi32>) {
  // expected-error @+1 {{attribute 'planes' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive whose maximum value is 2}}
  %a = ternary.matmul %c, %s, @w planes 3 : tensor<1x288xi8>, tensor<1x3xi32> -> tensor<1x60xi32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <group 32, stored, multiply>> layout <codes2, 4 by 64>
func.func @f(%c: tensor<1x128xi8>, %s: tensor<1x3xi32>) {
  // expected-error @+1 {{it has sums of whole rows, and the weights have a scale for each group of 32 columns, which lanes and panels meet}}
  %a = ternary.matmul %c, %s, @w kernel rows : tensor<1x128xi8>, tensor<1x3xi32> -> tensor<1x20xf32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <group 32, stored, multiply>> layout <trits5, 64 by 20>
func.func @f(%c: tensor<1x100xi8>, %s: tensor<1x3xi32>) {
  // expected-error @+1 {{the tile's columns must divide the 32 of a group with a scale of its own}}
  %a = ternary.matmul %c, %s, @w kernel lanes<width = 64> : tensor<1x100xi8>, tensor<1x3xi32> -> tensor<1x64xf32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <tensor, stored, multiply>>
func.func @f(%a: tensor<1x39xi32>, %t: tensor<1xf32>) {
  // expected-error @+1 {{maps 'tensor<1x39xi32>' to 'tensor<1x20xf32>', but @w has 20 rows}}
  %y = ternary.rescale %a, %t, @w planes 2 : tensor<1x39xi32>, tensor<1xf32> -> tensor<1x20xf32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <tensor, stored, multiply>>
func.func @f(%a: tensor<1x41xi32>, %t: tensor<1xf32>) {
  // expected-error @+1 {{maps 'tensor<1x41xi32>' to 'tensor<1x20xf32>', but @w has 20 rows}}
  %y = ternary.rescale %a, %t, @w planes 2 : tensor<1x41xi32>, tensor<1xf32> -> tensor<1x20xf32>
  return
}

// -----

func.func @f(%ids: tensor<1xi32>) {
  // expected-error @+1 {{uses @w, which is no ternary.weight of this module}}
  %x = ternary.embed %ids, @w : tensor<1xi32> -> tensor<1x96xf32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <group 32, stored, multiply>>
func.func @f(%ids: tensor<1xi32>) {
  // expected-error @+1 {{makes rows of 'tensor<1x64xf32>', but @w has 96 columns}}
  %x = ternary.embed %ids, @w : tensor<1xi32> -> tensor<1x64xf32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <group 32, stored, multiply>>
func.func @f(%ids: tensor<2xi32>) {
  // expected-error @+1 {{has operands and results of different token counts: 'tensor<2xi32>' and 'tensor<1x96xf32>'}}
  %x = ternary.embed %ids, @w : tensor<2xi32> -> tensor<1x96xf32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as scaled format <trits, scale <column, stored, multiply>>
func.func @f(%ids: tensor<1xi32>) {
  // expected-error @+1 {{takes a matrix whose scales are of the tensor, rows or groups and multiply, but @w has format #ternary.format<trits, scale <column, stored, multiply>>}}
  %x = ternary.embed %ids, @w : tensor<1xi32> -> tensor<1x96xf32>
  return
}

// -----

ternary.weight @w 20 x 96 from "w" as packed_rows format <trits, scale <tensor, stored, divide>> scales "s"
func.func @f(%ids: tensor<1xi32>) {
  // expected-error @+1 {{but @w has format #ternary.format<trits, scale <tensor, stored, divide>>}}
  %x = ternary.embed %ids, @w : tensor<1xi32> -> tensor<1x96xf32>
  return
}

// -----

func.func @f(%c: memref<1x96xi8>, %s: memref<1xi32>, %w: memref<1536xi8>, %o: memref<1x64xf32>, %i: index) {
  // expected-error @+1 {{has results of type 'f32', but without scales of groups sums are i32}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel lanes<width = 64>
    : memref<1x96xi8>, memref<1xi32>, memref<1536xi8>, memref<1x64xf32>
  return
}

// -----

func.func @f(%c: memref<1x96xi8>, %s: memref<1x3xi32>, %w: memref<1536xi8>, %f: memref<192xf32>, %o: memref<1x64xi32>, %i: index) {
  // expected-error @+1 {{has results of type 'i32', but scales of groups make f32}}
  ternary.gemm ins(%c, %s, %w, %f) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel lanes<width = 64>
    : memref<1x96xi8>, memref<1x3xi32>, memref<1536xi8> scaled by memref<192xf32>, memref<1x64xi32>
  return
}

// -----

func.func @f(%c: memref<1x96xi8>, %s: memref<1x3xi32>, %w: memref<1536xi8>, %o: memref<1x64xi32>, %i: index) {
  // expected-error @+1 {{takes one sum of a token, not 'memref<1x3xi32>'}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel lanes<width = 64>
    : memref<1x96xi8>, memref<1x3xi32>, memref<1536xi8>, memref<1x64xi32>
  return
}

// -----

func.func @f(%c: memref<1x96xi8>, %s: memref<1xi32>, %w: memref<1536xi8>, %f: memref<192xf32>, %o: memref<1x64xf32>, %i: index) {
  // expected-error @+1 {{needs a known number of sums of a token, one for each of its groups of columns, not 'memref<1xi32>'}}
  ternary.gemm ins(%c, %s, %w, %f) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel lanes<width = 64>
    : memref<1x96xi8>, memref<1xi32>, memref<1536xi8> scaled by memref<192xf32>, memref<1x64xf32>
  return
}

// -----

func.func @f(%c: memref<1x96xi8>, %s: memref<1x?xi32>, %w: memref<1536xi8>, %f: memref<192xf32>, %o: memref<1x64xf32>, %i: index) {
  // expected-error @+1 {{needs a known number of sums of a token, one for each of its groups of columns, not 'memref<1x?xi32>'}}
  ternary.gemm ins(%c, %s, %w, %f) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel lanes<width = 64>
    : memref<1x96xi8>, memref<1x?xi32>, memref<1536xi8> scaled by memref<192xf32>, memref<1x64xf32>
  return
}

// -----

func.func @f(%c: memref<1x96xi8>, %s: memref<1x5xi32>, %w: memref<1536xi8>, %f: memref<192xf32>, %o: memref<1x64xf32>, %i: index) {
  // expected-error @+1 {{needs a known number of sums of a token, one for each of its groups of columns, not 'memref<1x5xi32>'}}
  ternary.gemm ins(%c, %s, %w, %f) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel lanes<width = 64>
    : memref<1x96xi8>, memref<1x5xi32>, memref<1536xi8> scaled by memref<192xf32>, memref<1x64xf32>
  return
}

// -----

func.func @f(%c: memref<1x96xi8>, %s: memref<1x3xi32>, %w: memref<1536xi8>, %f: memref<191xf32>, %o: memref<1x64xf32>, %i: index) {
  // expected-error @+1 {{needs 192 scales, one for each row and group, not 'memref<191xf32>'}}
  ternary.gemm ins(%c, %s, %w, %f) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel lanes<width = 64>
    : memref<1x96xi8>, memref<1x3xi32>, memref<1536xi8> scaled by memref<191xf32>, memref<1x64xf32>
  return
}

// -----

func.func @f(%c: memref<1x96xi8>, %s: memref<1x12xi32>, %w: memref<1536xi8>, %f: memref<768xf32>, %o: memref<1x64xf32>, %i: index) {
  // expected-error @+1 {{the tile's columns must divide the 8 of a group with a scale of its own}}
  ternary.gemm ins(%c, %s, %w, %f) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel lanes<width = 64>
    : memref<1x96xi8>, memref<1x12xi32>, memref<1536xi8> scaled by memref<768xf32>, memref<1x64xf32>
  return
}

// -----

func.func @f(%c: memref<1x96xi8>, %s: memref<1x3xi32>, %w: memref<6144xi8>, %f: memref<768xf32>, %o: memref<1x256xf32>, %i: index) {
  // expected-error @+1 {{it has sums of whole rows, and the weights have a scale for each group of 32 columns, which lanes and panels meet}}
  ternary.gemm ins(%c, %s, %w, %f) outs(%o) rows %i size %i tokens %i layout <columns2, 256 by 16> kernel columns<width = 64>
    : memref<1x96xi8>, memref<1x3xi32>, memref<6144xi8> scaled by memref<768xf32>, memref<1x256xf32>
  return
}

// -----

func.func @f(%c: memref<1x96xi8>, %s: memref<1x3xi32>, %w: memref<1536xi8>, %f: memref<192xf32>, %o: memref<1x64xf32>, %i: index) {
  // expected-error @+1 {{it has sums of whole rows, and the weights have a scale for each group of 32 columns, which lanes and panels meet}}
  ternary.gemm ins(%c, %s, %w, %f) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel amx
    : memref<1x96xi8>, memref<1x3xi32>, memref<1536xi8> scaled by memref<192xf32>, memref<1x64xf32>
  return
}

// -----

func.func @f(%p: vector<64xi8>) -> vector<64xi8> {
  // expected-error @+1 {{has five fields of base 3, which have no pairs}}
  %c:5 = ternary.unpack_trits %p pairs : vector<64xi8>
  return %c#0 : vector<64xi8>
}

// -----

func.func @f(%c: memref<1x40xi8>, %s: memref<1xi32>, %w: memref<256xi8>, %o: memref<1x32xi32>, %i: index) {
  // expected-error @+1 {{pairs of fields come out of bytes of two-bit fields}}
  ternary.gemm ins(%c, %s, %w) outs(%o) rows %i size %i tokens %i layout <trits5, 32 by 20> kernel lanes<unpack = pairs, width = 64>
    : memref<1x40xi8>, memref<1xi32>, memref<256xi8>, memref<1x32xi32>
  return
}
