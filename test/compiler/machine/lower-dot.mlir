// RUN: tern-opt %s -split-input-file -verify-diagnostics -ternary-lower-dot -o - | FileCheck %s

// CHECK-LABEL: module @vnni
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
module @vnni attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "znver4", features = <["+avx512vnni"]>>} {
  func.func @f(%acc: vector<16xi32>, %u: vector<64xi8>, %s: vector<64xi8>) -> vector<16xi32> {
    %d = ternary.dot %acc, %u, %s : vector<16xi32>, vector<64xi8>
    return %d : vector<16xi32>
  }
}

// -----

// CHECK-LABEL: module @avx2
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// CHECK: arith.addi
module @avx2 attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "haswell", features = <["+avx2"]>>} {
  func.func @f(%acc: vector<8xi32>, %u: vector<32xi8>, %s: vector<32xi8>) -> vector<8xi32> {
    %d = ternary.dot %acc, %u, %s : vector<8xi32>, vector<32xi8>
    return %d : vector<8xi32>
  }
}

// -----

// CHECK-LABEL: module @portable
// CHECK-NOT: llvm.call_intrinsic
// CHECK-COUNT-4: arith.muli
module @portable attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "x86-64">} {
  func.func @f(%acc: vector<4xi32>, %u: vector<16xi8>, %s: vector<16xi8>) -> vector<4xi32> {
    %d = ternary.dot %acc, %u, %s : vector<4xi32>, vector<16xi8>
    return %d : vector<4xi32>
  }
}

// -----

// expected-error @+1 {{has no llvm.target attribute}}
module @untargeted {
}
