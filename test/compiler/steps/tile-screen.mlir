// RUN: tern-opt %s -decoder-tile-screen | FileCheck %s
// RUN: tern-opt %s -decoder-tile-screen | tern-opt -tern-phase-vector | FileCheck %s --check-prefix=AFTER

// One loop over listed rows, one over lines of 64 bytes; a line of coarse codes is two vectors here, each of two fields, each met by two bytes.
// CHECK-LABEL: func.func @coarse
// CHECK: scf.for %[[I:.*]] =
// CHECK: %[[ROW:.*]] = memref.load %{{.*}}[%[[I]]] : memref<9xi32>
// Rows have 128 bytes, so that the one in 80 places lies 10 KB ahead, at most the last.
// CHECK: arith.addi %[[I]], %c80{{.*}} : index
// CHECK: %[[LATER:.*]] = arith.minui
// CHECK: memref.load %{{.*}}[%[[LATER]]] : memref<9xi32>
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xi32>, vector<8xi32>)
// CHECK: memref.prefetch %{{.*}}, read, locality<2>
// CHECK-NOT: memref.prefetch
// CHECK-COUNT-8: ternary.dot %{{.*}} : vector<8xi32>, vector<32xi8>
// CHECK-NOT: ternary.dot
// CHECK-COUNT-2: vector.reduction <add>, %{{.*}} : vector<8xi32> into i32
// AFTER-NOT: decoder.screen_rows
func.func @coarse(%codes: memref<2x256xi8>, %planes: memref<1728xi8>, %rows: memref<9xi32>, %sums: memref<9x2xi32>, %offset: index,
                  %begin: index, %size: index) {
  decoder.screen_rows ins(%codes, %planes at %offset, %rows) outs(%sums) rows %begin size %size plane 0 columns 200 vector 32
      : memref<2x256xi8>, memref<1728xi8>, memref<9xi32>, memref<9x2xi32>
  return
}

// A line of fine codes has four fields of two bits: 256 columns.
// CHECK-LABEL: func.func @fine
// CHECK: memref.prefetch %{{.*}}, read, locality<3>
// CHECK: ternary.dot %{{.*}} : vector<16xi32>, vector<64xi8>
// CHECK: dense<2> : vector<32xi16>
// CHECK: dense<3> : vector<64xi8>
// CHECK-COUNT-2: ternary.dot
// CHECK: dense<4> : vector<32xi16>
// CHECK-COUNT-2: ternary.dot
// CHECK: dense<6> : vector<32xi16>
// CHECK-COUNT-2: ternary.dot
// CHECK-NOT: ternary.dot
// CHECK: return
func.func @fine(%codes: memref<2x256xi8>, %planes: memref<1728xi8>, %rows: memref<9xi32>, %sums: memref<9x2xi32>, %offset: index,
                %begin: index, %size: index) {
  decoder.screen_rows ins(%codes, %planes at %offset, %rows) outs(%sums) rows %begin size %size plane 1 columns 200 vector 64 {fetch_level = 1 : i64}
      : memref<2x256xi8>, memref<1728xi8>, memref<9xi32>, memref<9x2xi32>
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
