// RUN: tern-opt %s -ternary-lower-unpack-panel | FileCheck %s

// 16 columns of a row are one word: a vector of weights holds 16 rows of four quads.
// CHECK-LABEL: func.func @codes2
// CHECK: scf.for
// CHECK: %[[W:.*]] = vector.load %{{.*}} : memref<768xi8>, vector<64xi8>
// CHECK: ternary.unpack %[[W]] field 0 shift
// CHECK: ternary.unpack %[[W]] field 3 shift
// CHECK: vector.store %{{.*}} : memref<2x12x128xi8>, vector<64xi8>
func.func @codes2(%w: memref<768xi8>, %panel: memref<2x12x128xi8>, %at: index, %top: index, %first: index, %size: index) {
  ternary.unpack_panel %w[%at] rows %top columns %first size %size of 48 into %panel layout <codes2, 64 by 16> width 64 : memref<768xi8>, memref<2x12x128xi8>
  return
}

// Four columns are transposed into 16 vectors of 16 rows.
// CHECK-LABEL: func.func @columns2
// CHECK-COUNT-4: vector.load %{{.*}} : memref<3072xi8>, vector<64xi8>
// CHECK: ternary.transpose_bytes
// CHECK-COUNT-16: ternary.unpack
// CHECK-NOT: ternary.unpack
func.func @columns2(%w: memref<3072xi8>, %panel: memref<8x12x128xi8>, %at: index, %top: index, %first: index, %size: index) {
  ternary.unpack_panel %w[%at] rows %top columns %first size %size of 48 into %panel layout <columns2, 256 by 16> width 64 : memref<3072xi8>, memref<8x12x128xi8>
  return
}

// Of 64 rows only their field is taken, wherever it is.
// CHECK-LABEL: func.func @field
// CHECK: %[[ROW:.*]] = arith.remui %{{.*}}, %{{.*}} : index
// CHECK: ternary.transpose_bytes
// CHECK: arith.shrui %{{.*}} : vector<32xi16>
// CHECK-COUNT-4: field 0 shift
// CHECK-NOT: field
func.func @field(%w: memref<3072xi8>, %panel: memref<2x12x128xi8>, %at: index, %top: index, %first: index, %size: index) {
  ternary.unpack_panel %w[%at] rows %top columns %first size %size of 48 into %panel layout <columns2, 256 by 16> width 64 : memref<3072xi8>, memref<2x12x128xi8>
  return
}

// Five vectors of 16 rows come out of one of trits.
// CHECK-LABEL: func.func @trits5
// CHECK: %[[W:.*]] = vector.load %{{.*}} : memref<1024xi8>, vector<64xi8>
// CHECK: %[[C0:[^,]*]], %{{.*}}, %{{.*}}, %{{.*}}, %[[C4:.*]] = ternary.unpack_trits %[[W]] shift
// CHECK: vector.store %[[C0]], %{{.*}} : memref<1x20x128xi8>, vector<64xi8>
// CHECK: vector.store %[[C4]], %{{.*}} : memref<1x20x128xi8>, vector<64xi8>
func.func @trits5(%w: memref<1024xi8>, %panel: memref<1x20x128xi8>, %at: index, %top: index, %first: index, %size: index) {
  ternary.unpack_panel %w[%at] rows %top columns %first size %size of 80 into %panel layout <trits5, 32 by 20> width 64 : memref<1024xi8>, memref<1x20x128xi8>
  return
}

// Weights instead of codes: one is taken off each; what will be unpacked later is fetched.
// CHECK-LABEL: func.func @weights
// CHECK: %[[ONE:.*]] = arith.constant dense<1> : vector<64xi8>
// CHECK: memref.prefetch %arg0[%{{.*}}], read, locality<2>, data : memref<768xi8>
// CHECK: %[[CODES:.*]] = ternary.unpack %{{.*}} field 0 shift
// CHECK: %[[W:.*]] = arith.subi %[[CODES]], %[[ONE]]
// CHECK: vector.store %[[W]]
func.func @weights(%w: memref<768xi8>, %panel: memref<2x12x128xi8>, %at: index, %top: index, %first: index, %size: index) {
  ternary.unpack_panel %w[%at] rows %top columns %first size %size of 48 into %panel signed layout <codes2, 64 by 16> width 64 prefetch 384 : memref<768xi8>, memref<2x12x128xi8>
  return
}

// A vector of codes is no panel.
// CHECK-LABEL: func.func @vector
// CHECK-NEXT: ternary.unpack %
// CHECK-NEXT: return
func.func @vector(%packed: vector<16xi8>) -> vector<16xi8> {
  %codes = ternary.unpack %packed field 1 shift : vector<16xi8>
  return %codes : vector<16xi8>
}
