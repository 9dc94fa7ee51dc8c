// The instructions that bit-serial kernels must come down to, for each family of processors.
// RUN: split-file %s %t
// RUN: sed s/FEATURES/\"+avx512bw\",\"+avx512vl\",\"+avx512vbmi\",\"+avx2\",\"+ssse3\"/ %t/body.mlir | tern-opt --ternary-decompose-bit-serial --ternary-lower-table-build --tern-phase-llvm | mlir-translate --mlir-to-llvmir | llc -mcpu=znver4 -O3 | FileCheck %s --check-prefix=VBMI
// RUN: sed s/FEATURES/\"+avx512bw\",\"+avx512vl\",\"+avx2\",\"+ssse3\"/ %t/body.mlir | tern-opt --ternary-decompose-bit-serial --ternary-lower-table-build --tern-phase-llvm | mlir-translate --mlir-to-llvmir | llc -mcpu=skx -O3 | FileCheck %s --check-prefix=BW
// RUN: sed s/FEATURES/\"+avx2\",\"+ssse3\"/ %t/body.mlir | tern-opt --ternary-decompose-bit-serial --ternary-lower-table-build --tern-phase-llvm | mlir-translate --mlir-to-llvmir | llc -mcpu=haswell -O3 | FileCheck %s --check-prefix=AVX2

// The sign of a pattern is a mask, the complement and the difference are taken under it, and vpermb needs no mask of its index.
// VBMI-LABEL: wide:
// VBMI: vpsubb {{.*}}zmm{{.*}} {%k
// VBMI-NOT: vpand
// VBMI: vpermb {{.*}}zmm
// VBMI: vpsubb {{.*}}zmm{{.*}} {%k
// VBMI-LABEL: lossy:
// VBMI: vpermb {{.*}}ymm

// BW-LABEL: wide:
// BW: vpand{{.*}}zmm
// BW: vpshufb {{.*}}zmm

// AVX2-LABEL: lossy:
// AVX2-DAG: vpand {{.*}}ymm
// AVX2-DAG: vpshufb {{.*}}ymm
// AVX2-DAG: vcvttps2dq

//--- body.mlir
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "test", features = <[FEATURES]>>} {
  func.func @wide(%codes: memref<1x48xi8>, %sum: memref<1xi32>, %w: memref<768xi8>, %out: memref<1x64xi32>, %begin: index, %size: index, %tokens: index) {
    ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <planes2, 64 by 24>
      kernel bit_serial<width = 64> : memref<1x48xi8>, memref<1xi32>, memref<768xi8>, memref<1x64xi32>
    return
  }
  func.func @lossy(%codes: memref<1x48xi8>, %sum: memref<1xi32>, %w: memref<384xi8>, %out: memref<1x32xi32>, %begin: index, %size: index, %tokens: index) {
    ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <planes2, 32 by 24>
      kernel bit_serial<width = 32, form = bytes> : memref<1x48xi8>, memref<1xi32>, memref<384xi8>, memref<1x32xi32>
    return
  }
}
