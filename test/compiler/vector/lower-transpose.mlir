// Two rounds of interleaving: bytes, then pairs; punpckl and punpckh where there are such.
// RUN: tern-opt %s -ternary-lower-transpose | FileCheck %s

// CHECK-LABEL: func.func @transpose
// CHECK-SAME: %[[A:.*]]: vector<16xi8>, %[[B:.*]]: vector<16xi8>, %[[C:.*]]: vector<16xi8>, %[[D:.*]]: vector<16xi8>)
// CHECK: %[[L:.*]] = vector.shuffle %[[A]], %[[B]] [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23]
// CHECK: %[[M:.*]] = vector.shuffle %[[C]], %[[D]] [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23]
// CHECK: vector.shuffle %[[L]], %[[M]] [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23]
// CHECK: vector.shuffle %[[L]], %[[M]] [8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31]
func.func @transpose(%a: vector<16xi8>, %b: vector<16xi8>, %c: vector<16xi8>, %d: vector<16xi8>)
    -> (vector<16xi8>, vector<16xi8>, vector<16xi8>, vector<16xi8>) {
  %r:4 = ternary.transpose_bytes %a, %b, %c, %d : vector<16xi8>, vector<16xi8>, vector<16xi8>, vector<16xi8>
    -> vector<16xi8>, vector<16xi8>, vector<16xi8>, vector<16xi8>
  return %r#0, %r#1, %r#2, %r#3 : vector<16xi8>, vector<16xi8>, vector<16xi8>, vector<16xi8>
}

// What unpacks codes is another pass's.
// CHECK-LABEL: func.func @unpack
// CHECK-NOT: vector.shuffle
// CHECK: ternary.unpack %
func.func @unpack(%packed: vector<16xi8>) -> vector<16xi8> {
  %codes = ternary.unpack %packed field 1 shift : vector<16xi8>
  return %codes : vector<16xi8>
}
