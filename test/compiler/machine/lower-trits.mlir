// RUN: tern-opt %s -split-input-file -verify-diagnostics -ternary-lower-trits -o - | FileCheck %s

// Two permutes of 128 entries with an average between, and a mask for each two-bit code.
// CHECK-LABEL: module @vbmi
// CHECK: %[[FOURTH:.*]] = llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"(%{{.*}}, %[[BYTES:.*]], %{{.*}})
// CHECK: arith.xori %[[BYTES]], %[[FOURTH]]
// CHECK: arith.shrui
// CHECK: arith.ori %[[BYTES]], %[[FOURTH]]
// CHECK: %[[AVERAGE:.*]] = arith.subi
// CHECK: %[[REST:.*]] = llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"(%{{.*}}, %[[AVERAGE]], %{{.*}})
// CHECK-NOT: arith.shrui
// CHECK-COUNT-4: arith.andi %[[REST]]
// CHECK: return %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[FOURTH]]
module @vbmi attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "znver4", features = <["+avx512vbmi"]>>} {
  func.func @f(%p: vector<64xi8>) -> (vector<64xi8>, vector<64xi8>, vector<64xi8>, vector<64xi8>, vector<64xi8>) {
    %c:5 = ternary.unpack_trits %p mask : vector<64xi8>
    return %c#0, %c#1, %c#2, %c#3, %c#4 : vector<64xi8>, vector<64xi8>, vector<64xi8>, vector<64xi8>, vector<64xi8>
  }
}

// -----

// CHECK-LABEL: module @avx2
// CHECK-COUNT-2: arith.minui
// CHECK: arith.andi
// CHECK-COUNT-3: llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"
module @avx2 attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "haswell", features = <["+avx2"]>>} {
  func.func @f(%p: vector<32xi8>) -> (vector<32xi8>, vector<32xi8>) {
    %c:5 = ternary.unpack_trits %p shift : vector<32xi8>
    return %c#0, %c#4 : vector<32xi8>, vector<32xi8>
  }
}

// -----

// CHECK-LABEL: module @portable
// CHECK-NOT: llvm.call_intrinsic
// CHECK-COUNT-8: arith.cmpi uge
// CHECK-COUNT-3: arith.shli
module @portable attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "x86-64">} {
  func.func @f(%p: vector<16xi8>) -> (vector<16xi8>, vector<16xi8>) {
    %c:5 = ternary.unpack_trits %p mask : vector<16xi8>
    return %c#1, %c#3 : vector<16xi8>, vector<16xi8>
  }
}

// -----

// expected-error @+1 {{has no llvm.target attribute, so the instructions for ternary.unpack_trits are not known}}
module @untargeted {
}
