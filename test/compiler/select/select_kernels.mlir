// The features of the target decide, and one layout serves decode and prefill.
// RUN: split-file %s %t
// RUN: sed s/FEATURES/\"+avx2\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=V64
// RUN: sed s/FEATURES/\"+avx512vbmi\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=VBMI
// RUN: sed s/FEATURES/\"+avx2\",\ \"+avxvnni\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=V32
// RUN: sed s/FEATURES/\"+avx2\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=V32
// RUN: sed s/FEATURES/\"+sse2\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=V16
// A family can be forced, for one that the target can run.
// RUN: sed s/FEATURES/\"+avx2\"/ %t/body.mlir | tern-opt -ternary-select-kernels=family=dot2-v16 | FileCheck %s --check-prefix=V16
// RUN: sed s/FEATURES/\"+avx2\"/ %t/body.mlir | tern-opt -ternary-select-kernels=remarks=true -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// V64: ternary.weight @w 41 x 300 {{.*}} layout <codes2, 4 by 256>
// V64-LABEL: @tern_decode
// V64: ternary.quantize %arg0 : tensor<1x300xf32> -> tensor<1x512xi8>, tensor<1xf32>, tensor<1xi32>
// V64: ternary.matmul {{.*}} @w kernel <dot, prefetch = 4096> : tensor<1x512xi8>, tensor<1xi32> -> tensor<1x44xi32>
// V64: ternary.rescale {{.*}} @w : tensor<1x44xi32>, tensor<1xf32> -> tensor<1x41xf32>
// V64-LABEL: @tern_prefill
// V64: ternary.matmul {{.*}} @w kernel <dot, unpack = shift, tokens = 4> : tensor<8x512xi8>, tensor<8xi32> -> tensor<8x44xi32>

// VBMI: layout <trits5, 4 by 320>
// VBMI: ternary.matmul {{.*}} @w kernel <dot, prefetch = 4096> : tensor<1x320xi8>
// VBMI: ternary.matmul {{.*}} @w kernel <dot, unpack = shift, tokens = 4> : tensor<8x320xi8>

// V32: layout <codes2, 4 by 128>
// V32-LABEL: @tern_decode
// V32: ternary.quantize %arg0 : tensor<1x300xf32> -> tensor<1x384xi8>
// V32: ternary.matmul {{.*}} kernel <dot, unpack = shift, prefetch = 4096>
// V32-LABEL: @tern_prefill
// V32: ternary.matmul {{.*}} kernel <dot, unpack = shift, tokens = 2

// V16: layout <codes2, 4 by 64>
// V16: ternary.quantize %arg0 : tensor<1x300xf32> -> tensor<1x320xi8>

// REMARK: remark: w: 41 x 300, 1 token(s): dot2-v32, layout codes2:4x128, {{.*}}; against dot2-v64 (not on test)
// REMARK: remark: w: 41 x 300, 8 token(s): dot2-v32

//--- body.mlir
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "test", features = <[FEATURES]>>} {
  ternary.weight @w 41 x 300 from "w" as master scale absmean
  func.func @tern_decode(%x: tensor<1x300xf32>) -> tensor<1x41xf32> {
    %c, %t, %s = ternary.quantize %x : tensor<1x300xf32> -> tensor<1x300xi8>, tensor<1xf32>, tensor<1xi32>
    %p = ternary.matmul %c, %s, @w : tensor<1x300xi8>, tensor<1xi32> -> tensor<1x41xi32>
    %y = ternary.rescale %p, %t, @w : tensor<1x41xi32>, tensor<1xf32> -> tensor<1x41xf32>
    return %y : tensor<1x41xf32>
  }
  func.func @tern_prefill(%x: tensor<8x300xf32>) -> tensor<8x41xf32> {
    %c, %t, %s = ternary.quantize %x : tensor<8x300xf32> -> tensor<8x300xi8>, tensor<8xf32>, tensor<8xi32>
    %p = ternary.matmul %c, %s, @w : tensor<8x300xi8>, tensor<8xi32> -> tensor<8x41xi32>
    %y = ternary.rescale %p, %t, @w : tensor<8x41xi32>, tensor<8xf32> -> tensor<8x41xf32>
    return %y : tensor<8x41xf32>
  }
}
