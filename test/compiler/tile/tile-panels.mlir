// A tile row is unpacked once; 2 x 8 vectors of sums pass over it for each block of 8 tokens.
// RUN: tern-opt %s -ternary-tile-panels | FileCheck %s

// CHECK-LABEL: func.func @panels
// CHECK: %[[PANEL:.*]] = memref.alloca() {alignment = 64 : i64} : memref<2x12x128xi8>
// CHECK: ternary.unpack_panel {{.*}} into %[[PANEL]]
// CHECK: %{{.*}}:16 = scf.for {{.*}} -> (vector<16xi32>
// CHECK-COUNT-2: vector.load %[[PANEL]]{{.*}} : memref<2x12x128xi8>, vector<64xi8>
// CHECK-COUNT-16: ternary.dot
// CHECK-NOT: ternary.dot
// CHECK-COUNT-16: vector.store %{{.*}} : memref<8x64xi32>, vector<16xi32>
func.func @panels(%codes: memref<8x48xi8>, %sum: memref<8xi32>, %w: memref<768xi8>, %out: memref<8x64xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16>
    kernel <dot, unpack = panel, tokens = 8, width = 64, rows = 32> : memref<8x48xi8>, memref<8xi32>, memref<768xi8>, memref<8x64xi32>
  return
}

// CHECK-LABEL: func.func @lanes
// CHECK: ternary.gemm
func.func @lanes(%codes: memref<1x48xi8>, %sum: memref<1xi32>, %w: memref<768xi8>, %out: memref<1x64xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16> kernel <dot, width = 64>
    : memref<1x48xi8>, memref<1xi32>, memref<768xi8>, memref<1x64xi32>
  return
}
