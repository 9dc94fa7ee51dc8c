// RUN: tern-opt %s -ternary-lower-unpack | FileCheck %s

// CHECK-LABEL: func.func @mask
// CHECK: arith.constant dense<48> : vector<16xi8>
// CHECK-NOT: arith.shrui
// CHECK: arith.andi
func.func @mask(%p: vector<16xi8>) -> vector<16xi8> {
  %u = ternary.unpack %p field 2 mask : vector<16xi8>
  return %u : vector<16xi8>
}

// Field 0 needs no shift in either mode.
// CHECK-LABEL: func.func @shift0
// CHECK-NOT: arith.shrui
// CHECK: arith.andi
func.func @shift0(%p: vector<16xi8>) -> vector<16xi8> {
  %u = ternary.unpack %p field 0 shift : vector<16xi8>
  return %u : vector<16xi8>
}

// CHECK-LABEL: func.func @shift3
// CHECK: vector.bitcast %{{.*}} : vector<16xi8> to vector<8xi16>
// CHECK: arith.shrui
// CHECK: vector.bitcast %{{.*}} : vector<8xi16> to vector<16xi8>
// CHECK: arith.andi
func.func @shift3(%p: vector<16xi8>) -> vector<16xi8> {
  %u = ternary.unpack %p field 3 shift : vector<16xi8>
  return %u : vector<16xi8>
}

// Bytes that are transposed are no codes yet.
// CHECK-LABEL: func.func @transpose
// CHECK-NOT: arith
// CHECK: ternary.transpose_bytes
func.func @transpose(%a: vector<16xi8>) -> vector<16xi8> {
  %r:4 = ternary.transpose_bytes %a, %a, %a, %a : vector<16xi8>, vector<16xi8>, vector<16xi8>, vector<16xi8>
    -> vector<16xi8>, vector<16xi8>, vector<16xi8>, vector<16xi8>
  return %r#0 : vector<16xi8>
}

// The fields of a pair share a shift; the second is four times the code.
// CHECK-LABEL: func.func @pairs1
// CHECK: arith.constant dense<12> : vector<16xi8>
// CHECK-NOT: arith.shrui
// CHECK: arith.andi
func.func @pairs1(%p: vector<16xi8>) -> vector<16xi8> {
  %u = ternary.unpack %p field 1 pairs : vector<16xi8>
  return %u : vector<16xi8>
}

// CHECK-LABEL: func.func @pairs3
// CHECK: arith.constant dense<4> : vector<8xi16>
// CHECK: arith.shrui
// CHECK: arith.constant dense<12> : vector<16xi8>
// CHECK: arith.andi
func.func @pairs3(%p: vector<16xi8>) -> vector<16xi8> {
  %u = ternary.unpack %p field 3 pairs : vector<16xi8>
  return %u : vector<16xi8>
}
