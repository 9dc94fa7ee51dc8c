// The instructions that products by tiles must come down to: one step and the last one, not unrolled, since LLVM would store and load tiles between
// its copies. It configures the tiles once and releases them before it returns, so that a thread without tiles in use is cheap to switch.
// RUN: tern-opt %s --ternary-tile-amx --tern-phase-vector --tern-phase-llvm | mlir-translate --mlir-to-llvmir \
// RUN:   | opt -O3 -mtriple=x86_64-unknown-linux-gnu -mcpu=emeraldrapids | llc -mcpu=emeraldrapids -O3 | FileCheck %s

module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "emeraldrapids", features = <["+amx-int8", "+amx-tile", "+avx512bw", "+avx512vl", "+avx512vnni", "+avx512vbmi", "+avx2", "+ssse3"]>>} {
  // CHECK-LABEL: product:
  // CHECK: ldtilecfg
  // CHECK-NOT: ldtilecfg
  // CHECK-NOT: tilestored
  // CHECK-COUNT-4: tilezero
  // CHECK: tileloadd
  // CHECK-NOT: tilestored
  // CHECK-COUNT-8: tdpbssd
  // CHECK-NOT: tdpbssd
  // CHECK-COUNT-4: tilestored
  // CHECK-NOT: tilestored
  // CHECK: tilerelease
  // CHECK: retq
  func.func @product(%codes: memref<128x2560xi8>, %sum: memref<128xi32>, %w: memref<32768xi8>, %out: memref<128x64xi32>, %begin: index, %size: index, %tokens: index) {
    ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <trits5, 32 by 20>
      kernel amx<tokens = 32, rows = 32> : memref<128x2560xi8>, memref<128xi32>, memref<32768xi8>, memref<128x64xi32>
    return
  }
}
