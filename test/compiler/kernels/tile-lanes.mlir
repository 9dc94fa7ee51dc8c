// Rows in lanes: four vectors of 16 rows a tile, a broadcast of four activations for each field, no reduction at the end.
// RUN: tern-opt %s -ternary-tile-lanes | FileCheck %s

// CHECK-LABEL: func.func @lanes
// CHECK: scf.for
// CHECK: %[[SUMS:.*]]:16 = scf.for {{.*}} -> (vector<16xi32>
// CHECK-COUNT-4: vector.load %{{.*}} : memref<{{[0-9]+}}xi8>, vector<64xi8>
// CHECK: vector.load %{{.*}} : memref<1x48xi8>, vector<4xi8>
// CHECK: vector.broadcast %{{.*}} : i32 to vector<16xi32>
// CHECK: ternary.unpack %{{.*}} field 0 mask
// CHECK: ternary.dot
// The third tile does not fill an iteration of two.
// CHECK: scf.yield
// CHECK-COUNT-4: vector.load %{{.*}} : memref<{{[0-9]+}}xi8>, vector<64xi8>
// CHECK-NOT: vector.reduction
// CHECK: vector.store %{{.*}} : memref<1x64xi32>, vector<16xi32>
func.func @lanes(%codes: memref<1x48xi8>, %sum: memref<1xi32>, %w: memref<768xi8>, %out: memref<1x64xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16>
    kernel lanes<unroll = 2, width = 64> : memref<1x48xi8>, memref<1xi32>, memref<768xi8>, memref<1x64xi32>
  return
}

// Five trits a byte: 20 columns are a word of a row; the first and the last field share their sums.
// CHECK-LABEL: func.func @trits
// CHECK: %[[SUMS:.*]]:8 = scf.for {{.*}} -> (vector<16xi32>
// CHECK: %[[C0:[^,]*]], %{{.*}}, %{{.*}}, %{{.*}}, %[[C4:.*]] = ternary.unpack_trits %{{.*}} mask : vector<64xi8>
// CHECK: %[[FIRST:.*]] = ternary.dot %{{.*}}, %[[C0]], %{{.*}}
// CHECK: ternary.dot %[[FIRST]], %[[C4]], %{{.*}}
// CHECK: vector.store %{{.*}} : memref<1x32xi32>, vector<16xi32>
func.func @trits(%codes: memref<1x40xi8>, %sum: memref<1xi32>, %w: memref<256xi8>, %out: memref<1x32xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <trits5, 32 by 20>
    kernel lanes<width = 64> : memref<1x40xi8>, memref<1xi32>, memref<256xi8>, memref<1x32xi32>
  return
}

// Other forms are not this pass's.
// CHECK-LABEL: func.func @rows
// CHECK: ternary.gemm
func.func @rows(%codes: memref<1x256xi8>, %sum: memref<1xi32>, %w: memref<256xi8>, %out: memref<1x4xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <codes2, 4 by 256> kernel rows
    : memref<1x256xi8>, memref<1xi32>, memref<256xi8>, memref<1x4xi32>
  return
}
