// One token over columns2: a list of non-zero columns, and both ways to walk the weights.
// RUN: tern-opt %s -ternary-tile-columns | FileCheck %s

// CHECK-LABEL: func.func @columns
// CHECK: %[[COUNT:.*]] = ternary.nonzero_columns {{.*}} step 19
// 80 % of 48 columns.
// CHECK: %[[MOST:.*]] = arith.constant 38 : index
// CHECK: %[[FEW:.*]] = arith.cmpi ule, %[[COUNT]], %[[MOST]]
// CHECK: scf.if %[[FEW]]
// The listed columns.
// CHECK: memref.load %{{.*}} : memref<{{[0-9]+}}xi32>
// CHECK: memref.prefetch %{{.*}}, read, locality<2>
// CHECK: ternary.transpose_bytes
// CHECK-COUNT-16: ternary.dot
// All columns.
// CHECK: else
// CHECK-NOT: memref.load %{{.*}} : memref<{{[0-9]+}}xi32>
// CHECK-NOT: memref.prefetch
// CHECK: ternary.transpose_bytes
// CHECK-COUNT-16: ternary.dot
func.func @columns(%codes: memref<1x48xi8>, %sum: memref<1xi32>, %w: memref<3072xi8>, %out: memref<1x256xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <columns2, 256 by 16>
    kernel columns<prefetch = 8192, width = 64, skip_below = 80> : memref<1x48xi8>, memref<1xi32>, memref<3072xi8>, memref<1x256xi32>
  return
}

// A near line goes to the first level, also where all columns are read.
// CHECK-LABEL: func.func @near
// CHECK: scf.if
// CHECK: memref.prefetch %{{.*}}, read, locality<3>
// CHECK: else
// CHECK: memref.prefetch %{{.*}}, read, locality<3>
func.func @near(%codes: memref<1x48xi8>, %sum: memref<1xi32>, %w: memref<3072xi8>, %out: memref<1x256xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <columns2, 256 by 16>
    kernel columns<prefetch = 1024, width = 64, skip_below = 80> : memref<1x48xi8>, memref<1xi32>, memref<3072xi8>, memref<1x256xi32>
  return
}

// Blocks of tokens on the same layout are not this pass's.
// CHECK-LABEL: func.func @panels
// CHECK: ternary.gemm
func.func @panels(%codes: memref<4x48xi8>, %sum: memref<4xi32>, %w: memref<3072xi8>, %out: memref<4x256xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <columns2, 256 by 16>
    kernel panels<tokens = 4, width = 64, rows = 32> : memref<4x48xi8>, memref<4xi32>, memref<3072xi8>, memref<4x256xi32>
  return
}
