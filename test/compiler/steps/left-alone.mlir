// RUN: tern-opt %s -ternary-tile-dot | FileCheck %s
// RUN: tern-opt %s -ternary-tile-lanes | FileCheck %s
// RUN: tern-opt %s -ternary-tile-columns | FileCheck %s
// RUN: tern-opt %s -ternary-tile-panels | FileCheck %s
// RUN: tern-opt %s -ternary-tile-amx | FileCheck %s
// RUN: tern-opt %s -ternary-decompose-bit-serial | FileCheck %s
// RUN: tern-opt %s -decoder-tile-screen | FileCheck %s
// RUN: tern-opt %s -ternary-tile-lut | FileCheck %s --check-prefix=LUT

// A pass makes loops of its own kernels and leaves those of other passes as they are.
// CHECK-LABEL: func.func @lookups
// CHECK: ternary.gemm {{.*}} kernel lut
// LUT-LABEL: func.func @lookups
// LUT-NOT: ternary.gemm
func.func @lookups(%codes: memref<1x513xi8>, %sum: memref<1xi32>, %w: memref<14592xi8>, %out: memref<1x128xi32>, %n: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %n size %n tokens %n layout <lut3, 128 by 9>
    kernel lut<width = 64> : memref<1x513xi8>, memref<1xi32>, memref<14592xi8>, memref<1x128xi32>
  return
}

// LUT-LABEL: func.func @dots
// LUT: ternary.gemm {{.*}} kernel rows
func.func @dots(%codes: memref<1x256xi8>, %sum: memref<1xi32>, %w: memref<1024xi8>, %out: memref<1x16xi32>, %n: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %n size %n tokens %n layout <codes2, 4 by 256>
    kernel rows : memref<1x256xi8>, memref<1xi32>, memref<1024xi8>, memref<1x16xi32>
  return
}
