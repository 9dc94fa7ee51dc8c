// The instructions that lookup kernels must come down to.
// RUN: tern-opt %s --ternary-tile-lut --ternary-lower-table-build --tern-phase-llvm | mlir-translate --mlir-to-llvmir | llc -mcpu=znver4 -O3 | FileCheck %s

module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "znver4", features = <["+avx512bw", "+avx512vl", "+avx512vbmi", "+avx2", "+ssse3"]>>} {
  // A word's lower field is permuted by as it is: no mask.
  // CHECK-LABEL: words:
  // CHECK-NOT: vpand
  // CHECK: vpermw {{.*}}zmm
  // CHECK: vpaddw {{.*}}zmm
  func.func @words(%codes: memref<1x252xi8>, %sum: memref<1xi32>, %w: memref<7168xi8>, %out: memref<1x128xi32>, %begin: index, %size: index, %tokens: index) {
    ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <lut3, 128 by 9>
      kernel lut<width = 64> : memref<1x252xi8>, memref<1xi32>, memref<7168xi8>, memref<1x128xi32>
    return
  }
  // CHECK-LABEL: bytes:
  // CHECK: vpermb {{.*}}zmm
  func.func @bytes(%codes: memref<1x48xi8>, %sum: memref<1xi32>, %w: memref<640xi8>, %out: memref<1x64xi32>, %begin: index, %size: index, %tokens: index) {
    ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <tl2, 64 by 24>
      kernel lut<width = 64> : memref<1x48xi8>, memref<1xi32>, memref<640xi8>, memref<1x64xi32>
    return
  }
  // CHECK-LABEL: small:
  // CHECK: vpshufb {{.*}}xmm
  func.func @small(%codes: memref<1x16xi8>, %sum: memref<1xi32>, %w: memref<64xi8>, %out: memref<1x16xi32>, %begin: index, %size: index, %tokens: index) {
    ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <tl1, 16 by 16>
      kernel lut : memref<1x16xi8>, memref<1xi32>, memref<64xi8>, memref<1x16xi32>
    return
  }
}
