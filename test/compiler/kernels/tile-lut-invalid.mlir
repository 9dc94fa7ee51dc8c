// RUN: tern-opt %s -split-input-file -verify-diagnostics -ternary-tile-lut

func.func @f(%codes: memref<1x256xi8>, %sum: memref<1xi32>, %w: memref<256xi8>, %out: memref<1x4xi32>, %n: index) {
  // expected-error @+1 {{cannot run kernel #ternary.lut on #ternary.layout<codes2, 4 by 256>: it needs a layout of table indices, as lut3, tl1 and tl2 are}}
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %n size %n tokens %n layout <codes2, 4 by 256>
    kernel lut : memref<1x256xi8>, memref<1xi32>, memref<256xi8>, memref<1x4xi32>
  return
}

// -----

func.func @f(%codes: memref<1x32xi8>, %sum: memref<1xi32>, %w: memref<256xi8>, %out: memref<1x32xi32>, %n: index) {
  // expected-error @+1 {{it sums 16 lookups between widenings (unroll 1, 32 tile columns), but 8-bit sums have room for 8}}
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %n size %n tokens %n layout <tl1, 32 by 32>
    kernel lut : memref<1x32xi8>, memref<1xi32>, memref<256xi8>, memref<1x32xi32>
  return
}

// -----

func.func @f(%codes: memref<1x16xi8>, %sum: memref<1xi32>, %w: memref<160xi8>, %out: memref<1x40xi32>, %n: index) {
  // expected-error @+1 {{a lookup of width 16 takes 16 rows, which must divide the tile's}}
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %n size %n tokens %n layout <tl1, 40 by 16>
    kernel lut : memref<1x16xi8>, memref<1xi32>, memref<160xi8>, memref<1x40xi32>
  return
}
