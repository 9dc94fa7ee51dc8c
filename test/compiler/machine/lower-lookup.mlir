// RUN: tern-opt %s -split-input-file -verify-diagnostics -ternary-lower-lookup -o - | FileCheck %s

// vpermw and vpermb use only the index bits that count: nothing is masked.
// CHECK-LABEL: module @avx512
module @avx512 attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "znver4", features = <["+avx512bw", "+avx512vbmi"]>>} {
  // CHECK-LABEL: func.func @words
  // CHECK-NOT: arith.andi
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.hi.512"(%{{.*}}, %{{.*}})
  func.func @words(%t: vector<32xi16>, %i: vector<32xi16>) -> vector<32xi16> {
    %v = ternary.table_lookup %t, %i : vector<32xi16>, vector<32xi16>
    return %v : vector<32xi16>
  }
  // CHECK-LABEL: func.func @bytes
  // CHECK-NOT: arith.andi
  // CHECK: %[[T:.*]] = vector.shuffle {{.*}} : vector<16xi8>, vector<16xi8>
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.qi.512"(%[[T]], %{{.*}})
  func.func @bytes(%t: vector<16xi8>, %i: vector<64xi8>) -> vector<64xi8> {
    %v = ternary.table_lookup %t, %i : vector<16xi8>, vector<64xi8>
    return %v : vector<64xi8>
  }
}

// -----

// CHECK-LABEL: module @avx512_without_vbmi
// CHECK: arith.constant dense<15> : vector<64xi8>
// CHECK: arith.andi
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.pshuf.b.512"
// Half a table is there twice in each 16 bytes.
// CHECK: arith.constant dense<7> : vector<64xi8>
// CHECK: vector.shuffle {{.*}} : vector<8xi8>, vector<8xi8>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.pshuf.b.512"
module @avx512_without_vbmi attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "skx", features = <["+avx512bw"]>>} {
  func.func @f(%t: vector<16xi8>, %i: vector<64xi8>) -> vector<64xi8> {
    %v = ternary.table_lookup %t, %i : vector<16xi8>, vector<64xi8>
    return %v : vector<64xi8>
  }
  func.func @half(%t: vector<8xi8>, %i: vector<64xi8>) -> vector<64xi8> {
    %v = ternary.table_lookup %t, %i : vector<8xi8>, vector<64xi8>
    return %v : vector<64xi8>
  }
}

// -----

// CHECK-LABEL: module @avx2
module @avx2 attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "haswell", features = <["+avx2", "+ssse3"]>>} {
  // CHECK-LABEL: func.func @wide
  // CHECK: llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"
  func.func @wide(%t: vector<16xi8>, %i: vector<32xi8>) -> vector<32xi8> {
    %v = ternary.table_lookup %t, %i : vector<16xi8>, vector<32xi8>
    return %v : vector<32xi8>
  }
  // CHECK-LABEL: func.func @narrow
  // CHECK-NOT: vector.shuffle
  // CHECK: llvm.call_intrinsic "llvm.x86.ssse3.pshuf.b.128"
  func.func @narrow(%t: vector<16xi8>, %i: vector<16xi8>) -> vector<16xi8> {
    %v = ternary.table_lookup %t, %i : vector<16xi8>, vector<16xi8>
    return %v : vector<16xi8>
  }
  // No instruction has 16-bit entries here.
  // CHECK-LABEL: func.func @words
  // CHECK-NOT: llvm.call_intrinsic
  // CHECK-COUNT-32: vector.insert
  func.func @words(%t: vector<32xi16>, %i: vector<32xi16>) -> vector<32xi16> {
    %v = ternary.table_lookup %t, %i : vector<32xi16>, vector<32xi16>
    return %v : vector<32xi16>
  }
}

// -----

// CHECK-LABEL: module @neon
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.tbl1"
module @neon attributes {llvm.target = #llvm.target<triple = "aarch64-linux-gnu", chip = "neoverse-n1", features = <["+neon"]>>} {
  func.func @f(%t: vector<16xi8>, %i: vector<16xi8>) -> vector<16xi8> {
    %v = ternary.table_lookup %t, %i : vector<16xi8>, vector<16xi8>
    return %v : vector<16xi8>
  }
}

// -----

// CHECK-LABEL: module @portable
// CHECK-NOT: llvm.call_intrinsic
// CHECK: arith.andi
// CHECK-COUNT-16: vector.insert
module @portable attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "x86-64">} {
  func.func @f(%t: vector<16xi8>, %i: vector<16xi8>) -> vector<16xi8> {
    %v = ternary.table_lookup %t, %i : vector<16xi8>, vector<16xi8>
    return %v : vector<16xi8>
  }
}

// -----

// expected-error @+1 {{has no llvm.target attribute, so the instructions for ternary.table_lookup are not known}}
module @untargeted {
}
