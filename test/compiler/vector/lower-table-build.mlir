// RUN: tern-opt %s -ternary-lower-table-build | FileCheck %s

// The weights of the first column in entries 0, 1, 2, 3, ...; past the 27th entry there are none.
// CHECK-LABEL: func.func @words
// CHECK: vector.broadcast {{.*}} : i16 to vector<32xi16>
// CHECK: arith.constant dense<[-1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, 0, 0, 0, 0, 0]> : vector<32xi16>
// CHECK-COUNT-2: vector.broadcast {{.*}} : i16 to vector<32xi16>
// CHECK-NOT: ternary.table_build
func.func @words(%c: vector<3xi8>) -> vector<32xi16> {
  %t = ternary.table_build %c <trits, group = 3, full, words> : vector<3xi8> -> vector<32xi16>
  return %t : vector<32xi16>
}

// Entry 0 of a mirrored table of trits is the sum of no activation; the third column is in entries from 5 on.
// CHECK-LABEL: func.func @halves
// CHECK: arith.constant dense<[0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]> : vector<16xi16>
// CHECK: arith.constant dense<1057> : vector<16xi32>
// CHECK: arith.constant dense<31> : vector<16xi16>
// CHECK: vector.shuffle {{.*}} : vector<16xi8>, vector<16xi8>
func.func @halves(%c: vector<3xi8>) -> vector<32xi8> {
  %t = ternary.table_build %c <trits, group = 3, mirrored, halves> : vector<3xi8> -> vector<32xi8>
  return %t : vector<32xi8>
}

// CHECK-LABEL: func.func @bytes
// CHECK: arith.sitofp
// CHECK: arith.mulf
// CHECK: arith.fptosi {{.*}} : vector<8xf32> to vector<8xi8>
func.func @bytes(%c: vector<4xi8>, %s: f32) -> vector<8xi8> {
  %t = ternary.table_build %c scaled %s <signs, group = 4, mirrored, bytes> : vector<4xi8> -> vector<8xi8>
  return %t : vector<8xi8>
}

// What builds no table stays.
// CHECK-LABEL: func.func @lookup
// CHECK: ternary.table_lookup
func.func @lookup(%t: vector<16xi8>, %i: vector<16xi8>) -> vector<16xi8> {
  %v = ternary.table_lookup %t, %i : vector<16xi8>, vector<16xi8>
  return %v : vector<16xi8>
}
