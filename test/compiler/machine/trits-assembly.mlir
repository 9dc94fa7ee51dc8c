// The instructions that decoding 1.6-bit codes must come down to, after the optimiser, which knows that a permute reads 7 bits of an index.
// RUN: tern-opt %s --ternary-tile-lanes --tern-phase-vector --tern-phase-llvm | mlir-translate --mlir-to-llvmir \
// RUN:   | opt -O3 -mtriple=x86_64-unknown-linux-gnu -mcpu=znver4 | llc -mcpu=znver4 -O3 | FileCheck %s

module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "znver4", features = <["+avx512bw", "+avx512vl", "+avx512vnni", "+avx512vbmi", "+avx2", "+ssse3"]>>} {
  // Nothing is spilled, and each vector of weights is two permutes and an average beside masks and dots.
  // CHECK-LABEL: product:
  // CHECK-NOT: Spill
  // CHECK-DAG: vpermt2b {{.*}}zmm
  // CHECK-DAG: vpavgb {{.*}}zmm
  // CHECK-DAG: vpermi2b {{.*}}zmm
  // CHECK-DAG: vpdpbusd {{.*}}zmm
  // CHECK-NOT: vgf2p8affineqb
  // CHECK-NOT: vpmovzxbw
  // CHECK-NOT: vpsrlw
  // CHECK: ret
  func.func @product(%codes: memref<1x640xi8>, %sum: memref<1xi32>, %w: memref<4096xi8>, %out: memref<1x32xi32>, %begin: index, %size: index, %tokens: index) {
    ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <trits5, 32 by 20>
      kernel lanes<width = 64> : memref<1x640xi8>, memref<1xi32>, memref<4096xi8>, memref<1x32xi32>
    return
  }
}
