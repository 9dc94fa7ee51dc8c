// 32 rows are unpacked at a time; 2 x 8 vectors of sums pass over them for each 8 tokens, while the next stretch of
// columns is fetched.
// RUN: tern-opt %s -ternary-tile-panels | FileCheck %s

// CHECK-LABEL: func.func @panels
// CHECK: %[[PANEL:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1x12x128xi8>
// CHECK: scf.for %[[TOP:.*]] = %{{.*}} to %c64{{.*}} step %c32
// CHECK: ternary.unpack_panel {{.*}} rows %[[TOP]] {{.*}} into %[[PANEL]]
// CHECK: ternary.fetch_columns
// CHECK: %{{.*}}:16 = scf.for {{.*}} -> (vector<16xi32>
// CHECK-COUNT-2: vector.load %[[PANEL]]{{.*}} : memref<1x12x128xi8>, vector<64xi8>
// CHECK-COUNT-16: ternary.dot
// CHECK-NOT: ternary.dot
// CHECK-COUNT-16: vector.store %{{.*}} : memref<8x64xi32>, vector<16xi32>
func.func @panels(%codes: memref<8x48xi8>, %sum: memref<8xi32>, %w: memref<768xi8>, %out: memref<8x64xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16>
    kernel panels<tokens = 8, width = 64, rows = 32> : memref<8x48xi8>, memref<8xi32>, memref<768xi8>, memref<8x64xi32>
  return
}

// Sums of a later run go on where those of the run before were stored; columns2 is unpacked by fields of 64 rows.
// CHECK-LABEL: func.func @stretches
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<2x128x128xi8>
// CHECK: scf.for %{{.*}} = %{{.*}} to %c256{{.*}} step %c64
// CHECK: scf.if
// CHECK: arith.subi
// CHECK: } else {
// CHECK-COUNT-16: vector.load %{{.*}} : memref<8x256xi32>, vector<16xi32>
// CHECK-COUNT-16: ternary.dot
func.func @stretches(%codes: memref<8x1024xi8>, %sum: memref<8xi32>, %w: memref<65536xi8>, %out: memref<8x256xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <columns2, 256 by 16>
    kernel panels<tokens = 8, width = 64, rows = 32> : memref<8x1024xi8>, memref<8xi32>, memref<65536xi8>, memref<8x256xi32>
  return
}

// CHECK-LABEL: func.func @lanes
// CHECK: ternary.gemm
func.func @lanes(%codes: memref<1x48xi8>, %sum: memref<1xi32>, %w: memref<768xi8>, %out: memref<1x64xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16> kernel lanes<width = 64>
    : memref<1x48xi8>, memref<1xi32>, memref<768xi8>, memref<1x64xi32>
  return
}

// Scales of groups: within a stretch, the sums of each group go to the float result, which the first group sets and the others add to; product and sum
// are rounded each.
// CHECK-LABEL: func.func @groups
// CHECK-NOT: fastmath
// CHECK-NOT: math.fma
// CHECK: ternary.fetch_columns
// CHECK: scf.for %[[BEGIN:.*]] = %c0{{.*}} to %{{.*}} step %c32
// CHECK: %[[GROUP:.*]] = arith.divui
// CHECK: %{{.*}}:4 = scf.for %{{.*}} = %[[BEGIN]] to {{.*}} -> (vector<16xi32>
// CHECK-COUNT-16: ternary.dot
// CHECK: scf.yield
// CHECK: %[[IS_FIRST:.*]] = arith.cmpi eq, %[[GROUP]], %c0
// CHECK: %[[SCALES:.*]] = vector.load %arg3[%{{.*}}] : memref<192xf32>, vector<16xf32>
// CHECK: memref.load %arg1[%{{.*}}, %[[GROUP]]] : memref<2x3xi32>
// CHECK: %[[SUM:.*]] = arith.subi {{.*}} : vector<16xi32>
// CHECK: %[[STORED:.*]] = vector.load %arg4
// CHECK: %[[BEFORE:.*]] = arith.select %[[IS_FIRST]], %{{.*}}, %[[STORED]] : vector<16xf32>
// CHECK: %[[NUMBER:.*]] = arith.sitofp %[[SUM]]
// CHECK: %[[SCALED:.*]] = arith.mulf %[[NUMBER]], %[[SCALES]] : vector<16xf32>
// CHECK: %[[NEXT:.*]] = arith.addf %[[BEFORE]], %[[SCALED]] : vector<16xf32>
// CHECK: vector.store %[[NEXT]], %arg4
// CHECK-COUNT-3: vector.store
// CHECK-NOT: vector.store
func.func @groups(%codes: memref<2x96xi8>, %sum: memref<2x3xi32>, %w: memref<1536xi8>, %scales: memref<192xf32>, %out: memref<2x64xf32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w, %scales) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16>
    kernel panels<tokens = 2, unroll = 4, width = 64, rows = 32> : memref<2x96xi8>, memref<2x3xi32>, memref<1536xi8> scaled by memref<192xf32>, memref<2x64xf32>
  return
}

// A stretch of columns that a panel holds ends where a group does: of 1152 columns in groups of 384 it has 384, though 512 would fit.
// CHECK-LABEL: func.func @whole_groups
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<1x96x256xi8>
func.func @whole_groups(%codes: memref<2x1152xi8>, %sum: memref<2x3xi32>, %w: memref<18432xi8>, %scales: memref<192xf32>, %out: memref<2x64xf32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w, %scales) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16>
    kernel panels<tokens = 2, width = 64, rows = 64> : memref<2x1152xi8>, memref<2x3xi32>, memref<18432xi8> scaled by memref<192xf32>, memref<2x64xf32>
  return
}
