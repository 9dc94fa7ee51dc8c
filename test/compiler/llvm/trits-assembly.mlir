// The instructions that decoding 1.6-bit codes must come down to.
// RUN: tern-opt %s --ternary-tile-dot --tern-phase-vector --tern-phase-llvm | mlir-translate --mlir-to-llvmir | llc -mcpu=znver4 -O3 | FileCheck %s

module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "znver4", features = <["+avx512bw", "+avx512vl", "+avx512vnni", "+avx512vbmi", "+avx2", "+ssse3"]>>} {
  // CHECK-LABEL: product:
  // CHECK-DAG: vpermt2b {{.*}}zmm
  // CHECK-DAG: vpavgb {{.*}}zmm
  // CHECK-DAG: vpermi2b {{.*}}zmm
  // CHECK-DAG: vpdpbusd {{.*}}zmm
  // CHECK-NOT: vpmovzxbw
  // CHECK-NOT: vpsrlw
  // CHECK: ret
  func.func @product(%codes: memref<1x640xi8>, %sum: memref<1xi32>, %w: memref<1024xi8>, %out: memref<1x8xi32>, %begin: index, %size: index, %tokens: index) {
    ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <trits5, 4 by 320>
      kernel <dot> : memref<1x640xi8>, memref<1xi32>, memref<1024xi8>, memref<1x8xi32>
    return
  }
}
