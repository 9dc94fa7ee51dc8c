// A function of a file replaces the kernel with its key, of a model (whose shape says the bound too) or alone; types must agree, and some kernel must
// be meant.
// RUN: split-file %s %t
// RUN: tern-opt %t/model.mlir -ternary-use-kernels=library=%t/kernels.mlir | FileCheck %s
// RUN: not tern-opt %t/model.mlir -ternary-use-kernels=library=%t/type.mlir 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not tern-opt %t/model.mlir -ternary-use-kernels=library=%t/other.mlir 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not tern-opt %t/model.mlir -ternary-use-kernels=library=%t/none.mlir 2>&1 | FileCheck %s --check-prefix=NONE

// CHECK-LABEL: func.func private @gemm_4x256_t1
// CHECK-NEXT: arith.constant 7 : i32
// CHECK-LABEL: func.func private @gemm_4x256_t8
// CHECK-NEXT: return
// TYPE: @mine has type {{.*}} but the kernel that it replaces has type
// OTHER: no function of the kernel library {{.*}}other.mlir has the ternary.kernel and ternary.shape of a kernel of this module
// NONE: the kernel library {{.*}}none.mlir cannot be read

//--- model.mlir
func.func private @gemm_4x256_t1(%codes: memref<1x256xi8>, %out: memref<1x4xi32>)
    attributes {ternary.kernel = [#ternary.layout<codes2, 4 by 256>, #ternary.rows], ternary.shape = array<i64: 4, 256>} {
  return
}
func.func private @gemm_4x256_t8(%codes: memref<8x256xi8>, %out: memref<8x4xi32>)
    attributes {ternary.kernel = [#ternary.layout<codes2, 4 by 256>, #ternary.rows], ternary.shape = array<i64: 4, 256>} {
  return
}
//--- kernels.mlir
func.func @mine(%codes: memref<1x256xi8>, %out: memref<1x4xi32>)
    attributes {ternary.kernel = [#ternary.layout<codes2, 4 by 256>, #ternary.rows], ternary.shape = array<i64: 4, 256, 1, 256>} {
  %c = arith.constant 7 : i32
  %z = arith.constant 0 : index
  memref.store %c, %out[%z, %z] : memref<1x4xi32>
  return
}
//--- type.mlir
func.func @mine(%codes: memref<1x256xi8>)
    attributes {ternary.kernel = [#ternary.layout<codes2, 4 by 256>, #ternary.rows], ternary.shape = array<i64: 4, 256>} {
  return
}
//--- other.mlir
func.func @mine(%codes: memref<1x256xi8>, %out: memref<1x4xi32>)
    attributes {ternary.kernel = [#ternary.layout<codes2, 4 by 128>, #ternary.rows], ternary.shape = array<i64: 4, 256>} {
  return
}
