// RUN: tern-opt %s -ternary-lower-fetch-columns | FileCheck %s

// A tile of 64 rows and 16 columns is four lines.
// CHECK-LABEL: func.func @tiles
// CHECK: scf.for %[[C:.*]] = %{{.*}} to %{{.*}} step %c16
// CHECK: arith.divui %[[C]], %{{.*}} : index
// CHECK-COUNT-4: memref.prefetch %{{.*}}, read, locality<2>, data : memref<768xi8>
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @tiles(%w: memref<768xi8>, %at: index, %first: index, %size: index) {
  ternary.fetch_columns %w[%at] columns %first size %size of 48 layout <codes2, 64 by 16> : memref<768xi8>
  return
}

// Columns of columns2 are a line each for 256 rows, and lie 19 lines apart modulo their number.
// CHECK-LABEL: func.func @scattered
// CHECK: scf.for %[[C:.*]] = %{{.*}} to %{{.*}} step %c1
// CHECK: %[[STEP:.*]] = arith.constant 19 : index
// CHECK: %[[FAR:.*]] = arith.muli %[[C]], %[[STEP]] : index
// CHECK: arith.remui %[[FAR]], %{{.*}} : index
// CHECK-COUNT-1: memref.prefetch
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @scattered(%w: memref<3072xi8>, %at: index, %first: index, %size: index) {
  ternary.fetch_columns %w[%at] columns %first size %size of 48 layout <columns2, 256 by 16> : memref<3072xi8>
  return
}
