// The features of the target decide, and one layout serves decode and prefill.
// RUN: split-file %s %t
// RUN: sed s/FEATURES/\"+avx2\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=V64
// RUN: sed s/FEATURES/\"+avx2\",\ \"+avx512vbmi\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=VBMI
// RUN: sed s/FEATURES/\"+amx-int8\",\ \"+amx-tile\",\ \"+avx2\",\ \"+avx512vbmi\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/\;s/tensor\<8x/tensor\<32x/g %t/body.mlir | tern-opt -ternary-select-kernels --remarks-filter=.* --remark-format=emitRemark 2>%t/amx.txt | FileCheck %s --check-prefix=AMX
// RUN: FileCheck %s --check-prefix=AMXREMARK --input-file %t/amx.txt
// RUN: sed s/FEATURES/\"+avx2\",\ \"+avxvnni\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=VNNI
// RUN: sed s/FEATURES/\"+avx2\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=V32
// RUN: sed s/FEATURES/\"+sse2\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=V16
// A family can be forced, for one that the target can run.
// RUN: sed s/FEATURES/\"+avx2\"/ %t/body.mlir | tern-opt -ternary-select-kernels=family=dot2-v16 | FileCheck %s --check-prefix=V16
// RUN: sed s/FEATURES/\"+avx2\"/ %t/body.mlir | tern-opt -ternary-select-kernels --remarks-filter=.* --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Zen follows a stream by itself: the same kernel does not fetch ahead there.
// RUN: sed s/FEATURES/\"+avx2\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/\;s/\"test\"/\"znver4\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=ZEN
// ZEN: ternary.matmul {{.*}} @w kernel lanes<unroll = 2, width = 64> : tensor<1x304xi8>

// How far ahead non-zero columns are fetched, and up to how many, is the CPU's too.
// RUN: sed s/FEATURES/\"+avx2\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/\;s/\"test\"/\"znver5\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=ZEN5
// ZEN5-LABEL: @gated
// ZEN5: ternary.matmul {{.*}} @down kernel columns<prefetch = 6144, width = 64, skip_below = 65>

// Where a CPU lacks what every cheaper family needs, a remark says what that is, once for a weight; not where a family was named, and not with AVX2.
// RUN: sed s/FEATURES/\"+sse2\"/\;s/\"test\"/\"x86-64\"/ %t/body.mlir | tern-opt -ternary-select-kernels --remarks-filter=.* --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=PORTABLE
// PORTABLE: remark: [Missed] portable | {{.*}}"w: 41 x 300, dot2-v16 is portable code, cost 1000.0; x86-64 lacks what cheaper families need: dot1.6-amx ({{.*}} dot1.6-v32 (avx2) dot1.6-v64 ({{.*}} dot2-columns-v32 (avx2) {{.*}} dot2-v32 (avx2) dot2-v32-vnni (avxvnni, avx2) dot2-v64 (avx512vnni, avx512bw, avx512vl)"
// PORTABLE-NOT: portable | {{.*}}"w:
// PORTABLE: remark: [Missed] portable | {{.*}}"down: 41 x 300, dot2-columns-v16 is portable code
// RUN: sed s/FEATURES/\"+sse2\"/ %t/body.mlir | tern-opt -ternary-select-kernels=family=dot2-v16 --remarks-filter=.* --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=NAMED --implicit-check-not="[Missed]"
// NAMED: by --kernel
// RUN: sed s/FEATURES/\"+avx2\"/\;s/\"test\"/\"x86-64-v3\"/ %t/body.mlir | tern-opt -ternary-select-kernels --remarks-filter=.* --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=FAST --implicit-check-not="[Missed]"
// FAST: by cost model

// A lossy family says so.
// RUN: sed s/FEATURES/\"+sse2\"/ %t/body.mlir | tern-opt -ternary-select-kernels=family=bits2-lossy-v16 --remarks-filter=.* --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=LOSSY

// V64: ternary.weight @w 41 x 300 {{.*}} layout <codes2, 64 by 16>
// V64: ternary.weight @down 41 x 300 {{.*}} layout <columns2, 256 by 16>
// V64-LABEL: @tern_decode
// V64: ternary.quantize %arg0 : tensor<1x300xf32> -> tensor<1x304xi8>, tensor<1xf32>, tensor<1xi32>
// V64: ternary.matmul {{.*}} @w kernel lanes<unroll = 2, prefetch = 4096, width = 64> : tensor<1x304xi8>, tensor<1xi32> -> tensor<1x64xi32>
// V64: ternary.rescale {{.*}} @w : tensor<1x64xi32>, tensor<1xf32> -> tensor<1x41xf32>
// V64-LABEL: @tern_prefill
// V64: ternary.matmul {{.*}} @w kernel panels<tokens = 8, unroll = 4, width = 64, rows = 32> : tensor<8x304xi8>, tensor<8xi32> -> tensor<8x64xi32>
// The codes behind relu2 are mostly zero: their columns are skipped.
// V64-LABEL: @gated
// V64: ternary.matmul {{.*}} @down kernel columns<{{.*}}skip_below = {{[0-9]+}}> : tensor<1x304xi8>, tensor<1xi32> -> tensor<1x256xi32>

// With byte permutes five weights a byte are decoded as fast as they are read; both steps read the one layout.
// VBMI: ternary.weight @w 41 x 300 {{.*}} layout <trits5, 32 by 20>
// VBMI: ternary.weight @down 41 x 300 {{.*}} layout <columns2, 256 by 16>
// VBMI-LABEL: @tern_decode
// VBMI: ternary.quantize %arg0 : tensor<1x300xf32> -> tensor<1x300xi8>
// VBMI: ternary.matmul {{.*}} @w kernel lanes<prefetch = 8192, width = 64> : tensor<1x300xi8>, tensor<1xi32> -> tensor<1x64xi32>
// VBMI-LABEL: @tern_prefill
// VBMI: ternary.matmul {{.*}} @w kernel panels<tokens = 8, unroll = 5, width = 64, rows = 32> : tensor<8x300xi8>, tensor<8xi32> -> tensor<8x64xi32>

// With tile registers only the blocks are others; where codes are mostly zero, too.
// AMX: ternary.weight @w 41 x 300 {{.*}} layout <trits5, 32 by 20>
// AMX: ternary.weight @down 41 x 300 {{.*}} layout <columns2, 256 by 16>
// AMX-LABEL: @tern_decode
// AMX: ternary.matmul {{.*}} @w kernel lanes<prefetch = 8192, width = 64> : tensor<1x300xi8>, tensor<1xi32> -> tensor<1x64xi32>
// AMX-LABEL: @tern_prefill
// AMX: ternary.matmul {{.*}} @w kernel amx<tokens = 32, rows = 32> : tensor<32x300xi8>, tensor<32xi32> -> tensor<32x64xi32>
// AMX-LABEL: @gated
// AMX: ternary.matmul {{.*}} @down kernel columns<{{.*}}skip_below = 80> : tensor<1x304xi8>, tensor<1xi32> -> tensor<1x256xi32>
// AMXREMARK: w: 41 x 300, 1 token(s), {{.*}}: dot1.6-amx, {{.*}}, cost 33.3, by cost model; against {{.*}}dot1.6-v64 (33.3)
// AMXREMARK: w: 41 x 300, 32 token(s), {{.*}}: dot1.6-amx, {{.*}}, cost 33.3, of blocks 1.0, by cost model
// AMXREMARK: down: 41 x 300, 1 token(s), {{.*}}: dot2-columns-amx,

// Blocks of fewer tokens than the tiles take are left to vectors.
// RUN: sed s/FEATURES/\"+amx-int8\",\ \"+amx-tile\",\ \"+avx2\",\ \"+avx512vbmi\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/ %t/body.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=FEW
// FEW-LABEL: @tern_prefill
// FEW: ternary.matmul {{.*}} @w kernel panels<tokens = 8, unroll = 5, width = 64, rows = 32> : tensor<8x300xi8>

// VNNI: ternary.matmul {{.*}} kernel lanes<unpack = shift, unroll = 2, prefetch = 4096, width = 32>

// V32: layout <codes2, 64 by 16>
// V32-LABEL: @tern_decode
// V32: ternary.quantize %arg0 : tensor<1x300xf32> -> tensor<1x304xi8>
// V32: ternary.matmul {{.*}} kernel lanes<unpack = shift, unroll = 2, width = 32>
// V32-LABEL: @tern_prefill
// V32: ternary.matmul {{.*}} kernel panels<tokens = 4, unroll = 4, width = 32, rows = 16>

// V16: layout <codes2, 32 by 16>
// V16: ternary.quantize %arg0 : tensor<1x300xf32> -> tensor<1x304xi8>

// REMARK: remark: [Passed] kernel | {{.*}}"w: 41 x 300, 1 token(s), 100 % of codes not zero: dot2-v32, layout codes2:64x16, {{.*}}; against dot1.6-amx (not on test)
// REMARK: remark: [Passed] kernel | {{.*}}"w: 41 x 300, 8 token(s), 100 % of codes not zero: dot2-v32
// REMARK: remark: [Passed] kernel | {{.*}}"down: 41 x 300, 1 token(s), 30 % of codes not zero: dot2-columns-v32, layout columns2:256x16

// LOSSY: remark: [Passed] kernel | {{.*}}"w: 41 x 300, 1 token(s), 100 % of codes not zero: bits2-lossy-v16, layout planes2:16x24, {{.*}}, lossy: sums are not exact, by --kernel; against dot1.6-amx (not on test){{.*}} bits1-v16 (no ternary weights) {{.*}} bits2-v16 ({{[0-9.]+}})

//--- body.mlir
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "test", features = <[FEATURES]>>} {
  ternary.weight @w 41 x 300 from "w" as master format <trits, scale <tensor, absmean>>
  ternary.weight @down 41 x 300 from "d" as master format <trits, scale <tensor, absmean>>
  decoder.tensor @norm : tensor<300xf32> from "n"
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
  func.func @gated(%g: tensor<1x300xf32>, %u: tensor<1x300xf32>) -> tensor<1x41xf32> {
    %h = decoder.gate relu2 %g, %u : tensor<1x300xf32>
    %n = decoder.rms_norm %h, @norm eps 1.0e-5 : tensor<1x300xf32>
    %c, %t, %s = ternary.quantize %n : tensor<1x300xf32> -> tensor<1x300xi8>, tensor<1xf32>, tensor<1xi32>
    %p = ternary.matmul %c, %s, @down : tensor<1x300xi8>, tensor<1xi32> -> tensor<1x41xi32>
    %y = ternary.rescale %p, %t, @down : tensor<1x41xi32>, tensor<1xf32> -> tensor<1x41xf32>
    return %y : tensor<1x41xf32>
  }
}
