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

// Scales of groups: two tiles of columns are a group of 32. Their sums, less the zero point's part of that group, become floats, meet the scales of
// their rows in that group, and are added to the total by operations that are rounded each: no fused ones, and none that may be reordered.
// CHECK-LABEL: func.func @groups
// CHECK-NOT: fastmath
// CHECK-NOT: math.fma
// CHECK: %[[TOTALS:.*]]:4 = scf.for %[[GROUP:.*]] = %{{.*}} to %c3{{.*}} iter_args(%[[T0:[^ ]*]] = %{{.*}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK: %[[FIRST:.*]] = arith.muli %[[GROUP]], %c2
// CHECK: %{{.*}}:16 = scf.for %[[TILE:.*]] = %c0{{.*}} to %c2{{.*}} -> (vector<16xi32>
// CHECK: arith.addi %[[FIRST]], %[[TILE]]
// CHECK-COUNT-16: ternary.dot
// CHECK: scf.yield
// CHECK: %[[SCALES:.*]] = vector.load %arg3[%{{.*}}] : memref<192xf32>, vector<16xf32>
// CHECK: %[[ZERO:.*]] = memref.load %arg1[%{{.*}}, %[[GROUP]]] : memref<1x3xi32>
// CHECK: %[[ZEROS:.*]] = vector.broadcast %[[ZERO]]
// CHECK: %[[SUM:.*]] = arith.subi %{{.*}}, %[[ZEROS]] : vector<16xi32>
// CHECK: %[[NUMBER:.*]] = arith.sitofp %[[SUM]] : vector<16xi32> to vector<16xf32>
// CHECK: %[[SCALED:.*]] = arith.mulf %[[NUMBER]], %[[SCALES]] : vector<16xf32>
// CHECK: %[[NEXT:.*]] = arith.addf %[[T0]], %[[SCALED]] : vector<16xf32>
// CHECK-COUNT-3: arith.addf
// CHECK-NOT: arith.addf
// CHECK: scf.yield %[[NEXT]],
// CHECK: vector.store %[[TOTALS]]#0, %arg4[%{{.*}}] : memref<1x64xf32>, vector<16xf32>
// CHECK-COUNT-3: vector.store
// CHECK-NOT: vector.store
func.func @groups(%codes: memref<1x96xi8>, %sum: memref<1x3xi32>, %w: memref<1536xi8>, %scales: memref<192xf32>, %out: memref<1x64xf32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w, %scales) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16>
    kernel lanes<width = 64> : memref<1x96xi8>, memref<1x3xi32>, memref<1536xi8> scaled by memref<192xf32>, memref<1x64xf32>
  return
}

// The rows of two planes, or two tokens, meet weights and scales that are read once.
// CHECK-LABEL: func.func @group_of_tokens
// CHECK: %{{.*}}:8 = scf.for {{.*}} -> (vector<16xf32>
// CHECK-COUNT-4: vector.load %arg2
// CHECK-NOT: vector.load %arg2
// CHECK: vector.load %arg3
// CHECK-COUNT-2: arith.mulf
// CHECK: vector.load %arg3
// CHECK-COUNT-8: vector.store
func.func @group_of_tokens(%codes: memref<2x64xi8>, %sum: memref<2x2xi32>, %w: memref<1024xi8>, %scales: memref<128xf32>, %out: memref<2x64xf32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w, %scales) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16>
    kernel lanes<tokens = 2, width = 64> : memref<2x64xi8>, memref<2x2xi32>, memref<1024xi8> scaled by memref<128xf32>, memref<2x64xf32>
  return
}
