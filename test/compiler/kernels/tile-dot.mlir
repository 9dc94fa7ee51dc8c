// RUN: tern-opt %s -split-input-file -verify-diagnostics -ternary-tile-dot | FileCheck %s

// Five trits a byte: one op takes all fields of a row's bytes out; the first and the last field share an accumulator.
// CHECK-LABEL: func.func @trits
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xi32>, vector<16xi32>, vector<16xi32>, vector<16xi32>)
// CHECK: %[[C0:.*]], %{{.*}}, %{{.*}}, %[[C3:.*]], %[[C4:.*]] = ternary.unpack_trits %{{.*}} mask : vector<64xi8>
// CHECK: %[[FIRST:.*]] = ternary.dot %{{.*}}, %[[C0]], %{{.*}}
// CHECK: ternary.dot %{{.*}}, %[[C3]], %{{.*}}
// CHECK: ternary.dot %[[FIRST]], %[[C4]], %{{.*}}
// CHECK-NOT: ternary.unpack
func.func @trits(%codes: memref<1x640xi8>, %sum: memref<1xi32>, %w: memref<1024xi8>, %out: memref<1x8xi32>, %begin: index, %size: index, %tokens: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <trits5, 1 by 320>
    kernel rows : memref<1x640xi8>, memref<1xi32>, memref<1024xi8>, memref<1x8xi32>
  return
}

// CHECK-LABEL: func.func @codes
// CHECK-COUNT-4: ternary.unpack %{{.*}} shift : vector<16xi8>
func.func @codes(%codes: memref<1x64xi8>, %sum: memref<1xi32>, %w: memref<64xi8>, %out: memref<1x4xi32>, %begin: index, %size: index, %tokens: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <codes2, 1 by 64>
    kernel rows<unpack = shift> : memref<1x64xi8>, memref<1xi32>, memref<64xi8>, memref<1x4xi32>
  return
}

// -----

func.func @tables(%codes: memref<1x16xi8>, %sum: memref<1xi32>, %w: memref<64xi8>, %out: memref<1x16xi32>, %begin: index, %size: index, %tokens: index) {
  // expected-error @+1 {{cannot run kernel #ternary.rows on #ternary.layout<tl1, 16 by 16>: it multiplies rows of codes in fields of bytes}}
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <tl1, 16 by 16>
    kernel rows : memref<1x16xi8>, memref<1xi32>, memref<64xi8>, memref<1x16xi32>
  return
}
