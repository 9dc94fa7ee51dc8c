// RUN: tern-opt %s -split-input-file -verify-diagnostics -ternary-lower-nonzero | FileCheck %s

// CHECK-LABEL: module @avx512
// CHECK: scf.for
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.mask.compress"
// CHECK: llvm.intr.ctpop
module @avx512 attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "znver4", features = <["+avx512f"]>>} {
  func.func @f(%codes: memref<1x48xi8>, %token: index, %list: memref<64xi32>, %packed: memref<64xi8>) -> index {
    %n = ternary.nonzero_columns %codes[%token] step 19 into %list, %packed : memref<1x48xi8>, memref<64xi32>, memref<64xi8>
    return %n : index
  }
}

// -----

// CHECK-LABEL: module @portable
// CHECK-NOT: llvm.call_intrinsic
// CHECK: arith.cmpi ne
// CHECK-NOT: scf.if
// CHECK: arith.ceildivui
module @portable attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "x86-64">} {
  func.func @f(%codes: memref<1x48xi8>, %token: index, %list: memref<64xi32>, %packed: memref<64xi8>) -> index {
    %n = ternary.nonzero_columns %codes[%token] step 19 into %list, %packed : memref<1x48xi8>, memref<64xi32>, memref<64xi8>
    return %n : index
  }
}

// -----

// expected-error @+1 {{has no llvm.target attribute, so the instructions for ternary.nonzero_columns are not known}}
module {
}
