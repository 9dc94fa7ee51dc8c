// RUN: tern-opt %s -split-input-file -verify-diagnostics -ternary-decompose-bit-serial | FileCheck %s

// Tables once a token; two planes, each with two groups of four columns a byte and a table of two halves a group.
// CHECK-LABEL: func.func @planes
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<64xi8>
// CHECK: ternary.table_build %{{.*}} <signs, group = 4, full, halves> : vector<4xi8> -> vector<32xi8>
// CHECK: scf.for {{.*}} -> (vector<16xi32>)
// CHECK-COUNT-8: ternary.table_lookup %{{.*}} : vector<16xi8>, vector<16xi8>
// CHECK-NOT: ternary.table_lookup
// CHECK: arith.shli
// CHECK: %[[REST:.*]] = arith.subi
// CHECK: arith.shrsi %[[REST]]
func.func @planes(%codes: memref<1x8xi8>, %sum: memref<1xi32>, %w: memref<32xi8>, %out: memref<1x16xi32>, %begin: index, %size: index, %tokens: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <planes2, 16 by 8>
    kernel <bit_serial> : memref<1x8xi8>, memref<1xi32>, memref<32xi8>, memref<1x16xi32>
  return
}

// -----

func.func @codes(%codes: memref<1x64xi8>, %sum: memref<1xi32>, %w: memref<64xi8>, %out: memref<1x4xi32>, %n: index) {
  // expected-error @+1 {{has strategy bit_serial, which needs a layout of bit planes (planes1 to planes4), not codes2}}
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %n size %n tokens %n layout <codes2, 4 by 64>
    kernel <bit_serial> : memref<1x64xi8>, memref<1xi32>, memref<64xi8>, memref<1x4xi32>
  return
}

// -----

func.func @wide(%codes: memref<1x32xi8>, %sum: memref<1xi32>, %w: memref<128xi8>, %out: memref<1x16xi32>, %n: index) {
  // expected-error @+1 {{has tiles of 32 columns, but 8-bit sums have room for 7 lookups of 4 columns: at most 24 columns}}
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %n size %n tokens %n layout <planes2, 16 by 32>
    kernel <bit_serial> : memref<1x32xi8>, memref<1xi32>, memref<128xi8>, memref<1x16xi32>
  return
}
