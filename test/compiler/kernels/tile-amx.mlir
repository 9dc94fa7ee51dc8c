// A band is unpacked once; four tiles of sums pass over it for each block of 32 tokens. Each tile that was loaded meets two, then that of the
// next step is loaded in its place; the lines that the sums will be stored to are fetched meanwhile.
// RUN: tern-opt %s -ternary-tile-amx | FileCheck %s

// CHECK-LABEL: func.func @tiles
// CHECK-NOT: memref.load
// CHECK: %[[PANEL:.*]] = memref.alloca() {alignment = 64 : i64} : memref<2x32x128xi8>
// CHECK: ternary.unpack_panel {{.*}} into %[[PANEL]] signed layout <codes2, 64 by 16> width 64 prefetch 2048
// CHECK-COUNT-4: amx.tile_zero : !amx.tile<16x16xi32>
// CHECK-COUNT-2: amx.tile_load %arg0{{.*}} : memref<64x128xi8> into !amx.tile<16x64xi8>
// CHECK-COUNT-2: amx.tile_load %[[PANEL]]{{.*}} : memref<2x32x128xi8> into !amx.tile<16x64xi8>
// CHECK: %{{.*}}:8 = scf.for
// CHECK-COUNT-2: amx.tile_muli
// CHECK: amx.tile_load %arg0
// CHECK: amx.tile_muli
// CHECK: amx.tile_load %[[PANEL]]
// CHECK: amx.tile_muli
// CHECK: amx.tile_load %arg0
// CHECK: amx.tile_load %[[PANEL]]
// CHECK: memref.prefetch %arg3{{.*}}, write
// CHECK: scf.yield
// CHECK-NEXT: } {llvm.loop_annotation = #loop_annotation}
// CHECK-COUNT-4: amx.tile_muli
// CHECK-NOT: amx.tile_muli
// CHECK-COUNT-4: amx.tile_store %arg3{{.*}} : memref<64x64xi32>, !amx.tile<16x16xi32>
// CHECK-NOT: amx
func.func @tiles(%codes: memref<64x128xi8>, %sum: memref<64xi32>, %w: memref<2048xi8>, %out: memref<64x64xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16>
    kernel amx<tokens = 32, rows = 32> : memref<64x128xi8>, memref<64xi32>, memref<2048xi8>, memref<64x64xi32>
  return
}

// 48 columns are less than a step: their codes are copied to where zeros follow them, and sums are made of those.
// CHECK-LABEL: func.func @rest
// CHECK: %[[LAST:.*]] = memref.alloca() {alignment = 64 : i64} : memref<16x64xi8>
// CHECK-COUNT-16: vector.store %{{.*}}, %[[LAST]]{{.*}} : memref<16x64xi8>, vector<64xi8>
// CHECK: amx.tile_store
// CHECK: %[[CODES:.*]] = vector.load %arg0{{.*}} : memref<16x48xi8>, vector<48xi8>
// CHECK: vector.store %[[CODES]], %[[LAST]]
// CHECK: amx.tile_load %arg3{{.*}} into !amx.tile<16x16xi32>
// CHECK: amx.tile_load %[[LAST]]
func.func @rest(%codes: memref<16x48xi8>, %sum: memref<16xi32>, %w: memref<768xi8>, %out: memref<16x64xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16>
    kernel amx<tokens = 16, rows = 16> : memref<16x48xi8>, memref<16xi32>, memref<768xi8>, memref<16x64xi32>
  return
}

// CHECK-LABEL: func.func @panels
// CHECK: ternary.gemm
func.func @panels(%codes: memref<8x48xi8>, %sum: memref<8xi32>, %w: memref<768xi8>, %out: memref<8x64xi32>, %b: index, %n: index, %t: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %b size %n tokens %t layout <codes2, 64 by 16>
    kernel panels<tokens = 8, width = 64, rows = 32> : memref<8x48xi8>, memref<8xi32>, memref<768xi8>, memref<8x64xi32>
  return
}
