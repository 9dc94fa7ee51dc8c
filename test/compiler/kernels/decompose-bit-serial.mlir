// RUN: tern-opt %s -split-input-file -verify-diagnostics -ternary-decompose-bit-serial | FileCheck %s

// Tables of half the patterns, once a token; two planes, each with two groups of four columns a byte and a table of two halves a group. The
// complement of a pattern without bit 3 is looked up, and its entry comes off.
// CHECK-LABEL: func.func @planes
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<32xi8>
// CHECK: ternary.table_build %{{.*}} <signs, group = 4, mirrored, halves> : vector<4xi8> -> vector<16xi8>
// CHECK: scf.for {{.*}} -> (vector<8xi16>, vector<8xi16>, vector<8xi16>, vector<8xi16>, vector<8xi16>, vector<8xi16>, vector<8xi16>, vector<8xi16>)
// CHECK: %[[NEGATIVE:.*]] = arith.cmpi sge
// CHECK: %[[COMPLEMENT:.*]] = arith.subi
// CHECK: %[[ENTRY:.*]] = arith.select %[[NEGATIVE]], %[[COMPLEMENT]]
// CHECK: %[[LOW:.*]] = ternary.table_lookup %{{.*}}, %[[ENTRY]] : vector<8xi8>, vector<16xi8>
// CHECK: %[[MORE:.*]] = arith.addi %{{.*}}, %[[LOW]]
// CHECK: %[[LESS:.*]] = arith.subi %{{.*}}, %[[LOW]]
// CHECK: arith.select %[[NEGATIVE]], %[[LESS]], %[[MORE]]
// CHECK-COUNT-7: ternary.table_lookup
// CHECK-NOT: ternary.table_lookup
// Even rows and odd ones: 16 bits.
// CHECK: arith.shli {{.*}} : vector<8xi16>
// CHECK: arith.shrsi {{.*}} : vector<8xi16>
// High halves count 31, those of plane 1 count 62.
// CHECK: vector.interleave
// CHECK: arith.constant dense<31> : vector<16xi32>
// CHECK: arith.constant dense<62> : vector<16xi32>
// CHECK: %[[REST:.*]] = arith.subi
// CHECK: arith.shrsi %[[REST]]
func.func @planes(%codes: memref<1x8xi8>, %sum: memref<1xi32>, %w: memref<32xi8>, %out: memref<1x16xi32>, %begin: index, %size: index, %tokens: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <planes2, 16 by 8>
    kernel bit_serial : memref<1x8xi8>, memref<1xi32>, memref<32xi8>, memref<1x16xi32>
  return
}

// -----

// A full table needs no signs, and a binary weight is its sign: nothing comes off.
// CHECK-LABEL: func.func @binary
// CHECK: ternary.table_build %{{.*}} <signs, group = 4, full, halves> : vector<4xi8> -> vector<32xi8>
// CHECK-NOT: arith.select
// CHECK-COUNT-4: ternary.table_lookup %{{.*}} : vector<16xi8>, vector<16xi8>
// CHECK-NOT: ternary.table_lookup
// CHECK: arith.muli {{.*}} : vector<16xi32>
// CHECK-NOT: arith.shrsi
// CHECK: vector.store
func.func @binary(%codes: memref<1x8xi8>, %sum: memref<1xi32>, %w: memref<16xi8>, %out: memref<1x16xi32>, %begin: index, %size: index, %tokens: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <planes1, 16 by 8>
    kernel bit_serial<range = full> : memref<1x8xi8>, memref<1xi32>, memref<16xi8>, memref<1x16xi32>
  return
}

// -----

// Tables of bytes: a scale from the largest sum of a group's magnitudes, half the lookups, 16-bit sums for a run of 1,024 columns, and rounding at the end.
// CHECK-LABEL: func.func @lossy
// CHECK: scf.for {{.*}} -> (i32)
// CHECK: arith.maxsi {{.*}} : vector<4xi32>
// CHECK: vector.reduction <add>
// CHECK: arith.divf
// CHECK: ternary.table_build %{{.*}} scaled %{{.*}} <signs, group = 4, mirrored, bytes> : vector<4xi8> -> vector<8xi8>
// CHECK: %[[COLUMNS:.*]] = arith.constant 1032 : index
// CHECK: scf.for {{.*}} step %[[COLUMNS]] {{.*}} -> (vector<16xi32>)
// CHECK: arith.minui
// CHECK-COUNT-6: ternary.table_lookup
// CHECK-NOT: ternary.table_lookup
// CHECK: arith.fptosi {{.*}} : vector<16xf32> to vector<16xi32>
func.func @lossy(%codes: memref<1x2048xi8>, %sum: memref<1xi32>, %w: memref<12288xi8>, %out: memref<1x16xi32>, %begin: index, %size: index, %tokens: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <planes3, 16 by 8>
    kernel bit_serial<form = bytes> : memref<1x2048xi8>, memref<1xi32>, memref<12288xi8>, memref<1x16xi32>
  return
}

// -----

func.func @codes(%codes: memref<1x64xi8>, %sum: memref<1xi32>, %w: memref<64xi8>, %out: memref<1x4xi32>, %n: index) {
  // expected-error @+1 {{cannot run kernel #ternary.bit_serial on #ternary.layout<codes2, 4 by 64>: it needs a layout of bit planes, planes1 to planes4}}
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %n size %n tokens %n layout <codes2, 4 by 64>
    kernel bit_serial : memref<1x64xi8>, memref<1xi32>, memref<64xi8>, memref<1x4xi32>
  return
}

// -----

func.func @rows(%codes: memref<1x32xi8>, %sum: memref<1xi32>, %w: memref<192xi8>, %out: memref<1x24xi32>, %n: index) {
  // expected-error @+1 {{a lookup of width 16 takes as many rows, which must divide the tile's}}
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %n size %n tokens %n layout <planes2, 24 by 32>
    kernel bit_serial : memref<1x32xi8>, memref<1xi32>, memref<192xi8>, memref<1x24xi32>
  return
}

// -----

func.func @wide(%codes: memref<1x104xi8>, %sum: memref<1xi32>, %w: memref<416xi8>, %out: memref<1x16xi32>, %n: index) {
  // expected-error @+1 {{it takes tiles of at most 96 columns}}
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %n size %n tokens %n layout <planes2, 16 by 104>
    kernel bit_serial : memref<1x104xi8>, memref<1xi32>, memref<416xi8>, memref<1x16xi32>
  return
}
