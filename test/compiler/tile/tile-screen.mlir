// RUN: tern-opt %s -decoder-tile-screen | FileCheck %s
// RUN: tern-opt %s -decoder-tile-screen | tern-opt -tern-phase-vector | FileCheck %s --check-prefix=AFTER

// One loop over listed rows, one over blocks of 128 columns; a 64-byte block is two vectors here, each of two nibbles, each met by two bytes.
// CHECK-LABEL: func.func @wide
// CHECK: scf.for %[[I:.*]] =
// CHECK: %[[ROW:.*]] = memref.load %{{.*}}[%[[I]]] : memref<9xi32>
// Rows have 128 bytes, so that the one in 128 places lies 16 KB ahead, at most the last.
// CHECK: arith.addi %[[I]], %c128{{.*}} : index
// CHECK: %[[LATER:.*]] = arith.minui
// CHECK: memref.load %{{.*}}[%[[LATER]]] : memref<9xi32>
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xi32>, vector<8xi32>)
// CHECK: memref.prefetch %{{.*}}, read, locality<2>
// CHECK-NOT: memref.prefetch
// CHECK-COUNT-8: ternary.dot %{{.*}} : vector<8xi32>, vector<32xi8>
// CHECK-NOT: ternary.dot
// CHECK-COUNT-2: vector.reduction <add>, %{{.*}} : vector<8xi32> into i32
// AFTER-NOT: decoder.screen_rows
func.func @wide(%codes: memref<2x256xi8>, %planes: memref<2304xi8>, %rows: memref<9xi32>, %sums: memref<9x2xi32>, %offset: index,
                %begin: index, %size: index) {
  decoder.screen_rows ins(%codes, %planes at %offset, %rows) outs(%sums) rows %begin size %size vector 32
      : memref<2x256xi8>, memref<2304xi8>, memref<9xi32>, memref<9x2xi32>
  return
}

// What is no screening is left alone.
// CHECK-LABEL: func.func @other
// CHECK-NEXT: memref.load
// CHECK-NEXT: return
func.func @other(%rows: memref<9xi32>, %i: index) -> i32 {
  %row = memref.load %rows[%i] : memref<9xi32>
  return %row : i32
}
