// What products ask of kernels: scales of groups, codes of two planes.
// RUN: split-file %s %t
// RUN: sed s/FEATURES/\"+avx2\",\ \"+avx512vbmi\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/ %t/groups.mlir | tern-opt -ternary-select-kernels --remarks-filter=.* --remark-format=emitRemark 2>%t/groups.txt | FileCheck %s --check-prefix=GROUPS
// RUN: FileCheck %s --check-prefix=REMARK --input-file %t/groups.txt
// RUN: sed s/FEATURES/\"+amx-int8\",\ \"+amx-tile\",\ \"+avx2\",\ \"+avx512vbmi\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/ %t/groups.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=GROUPS
// RUN: sed s/FEATURES/\"+sse2\"/ %t/groups.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=V16
// RUN: sed s/FEATURES/\"+avx2\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/ %t/planes.mlir | tern-opt -ternary-select-kernels | FileCheck %s --check-prefix=PLANES
// RUN: sed s/FEATURES/\"+avx2\"/ %t/planes.mlir | tern-opt -ternary-select-kernels=family=tl2-v32 | FileCheck %s --check-prefix=ALONE

// RUN: sed s/FEATURES/\"+avx2\",\ \"+avx512vbmi\",\ \"+avx512vnni\",\ \"+avx512bw\",\ \"+avx512vl\"/ %t/embedding.mlir > %t/embedding-v64.mlir
// RUN: tern-opt %t/embedding-v64.mlir -ternary-select-kernels | FileCheck %s --check-prefix=EMBEDDING
// RUN: not tern-opt %t/embedding-v64.mlir -ternary-select-kernels=family=dot1.6-v64 2>&1 | FileCheck %s --check-prefix=UNREADABLE

// The rows of an embedding are read, whether a product meets them too or not: codes2, where trits5 is cheaper else.
// EMBEDDING: ternary.weight @alone {{.*}} layout <codes2, 64 by 16>
// EMBEDDING: ternary.weight @groups {{.*}} layout <codes2, 64 by 16>
// EMBEDDING: ternary.weight @w {{.*}} layout <trits5,
// UNREADABLE: kernel family 'dot1.6-v64' packs weights as trits5, whose rows an embedding cannot read, and alone is one

// Where dot1.6-v64 is taken else, whose tiles of 20 columns end in the middle of a group, the family of 16 is; it has lanes for a token and panels for a
// block, of AMX no tiles.
// GROUPS: ternary.weight @w 41 x 320 {{.*}} layout <codes2, 64 by 16>
// GROUPS-LABEL: @tern_decode
// GROUPS: ternary.matmul {{.*}} @w kernel lanes<unroll = 2, prefetch = 4096, width = 64> : tensor<1x320xi8>, tensor<1x5xi32> -> tensor<1x64xf32>
// GROUPS-LABEL: @tern_prefill
// GROUPS: ternary.matmul {{.*}} @w kernel panels<tokens = 8, unroll = 4, width = 64, rows = 32> : tensor<32x320xi8>, tensor<32x5xi32> -> tensor<32x64xf32>
// REMARK: w: 41 x 320, 1 token(s), {{.*}}: dot2-v64, layout codes2:64x16, {{.*}}, by cost model; against {{.*}}dot1.6-v64 (no scales of groups)
// V16: layout <codes2, 32 by 16>
// V16: ternary.matmul {{.*}} @w kernel lanes<unpack = shift, unroll = 2> : tensor<1x320xi8>, tensor<1x5xi32> -> tensor<1x64xf32>

// Both planes of one token's codes meet the weights at a time; of blocks the planes are tokens, so that panels of 8 serve 4 tokens.
// PLANES-LABEL: @tern_decode
// PLANES: ternary.quantize {{.*}} : tensor<1x300xf32> -> tensor<1x608xi8>, tensor<1xf32>, tensor<1x2xi32>
// PLANES: ternary.matmul {{.*}} @w planes 2 kernel lanes<unpack = pairs, tokens = 2, unroll = 2, prefetch = 4096, width = 64> : tensor<1x608xi8>, tensor<1x2xi32> -> tensor<1x128xi32>
// PLANES: ternary.rescale {{.*}} @w planes 2 : tensor<1x128xi32>
// PLANES-LABEL: @tern_prefill
// PLANES: ternary.matmul {{.*}} @w planes 2 kernel panels<tokens = 8, unroll = 4, width = 64, rows = 32> : tensor<4x608xi8>, tensor<4x2xi32> -> tensor<4x128xi32>

// Kernels that have no form for several tokens take the planes one after the other.
// ALONE-LABEL: @tern_decode
// ALONE: ternary.matmul {{.*}} @w planes 2 kernel lut<

// Families that sum whole rows are refused, as are those whose tiles do not divide a group.
// RUN: sed s/FEATURES/\"+avx2\"/ %t/groups.mlir | not tern-opt -ternary-select-kernels=family=tl2-v32 2>&1 | FileCheck %s --check-prefix=TL2
// TL2: error: kernel family 'tl2-v32' has sums of whole rows, and w has a scale for each group of 64 columns
// RUN: sed s/FEATURES/\"+avx2\"/ %t/groups.mlir | not tern-opt -ternary-select-kernels=family=dot2-columns-v32 2>&1 | FileCheck %s --check-prefix=COLUMNS
// COLUMNS: error: kernel family 'dot2-columns-v32' has sums of whole rows, and w has a scale for each group of 64 columns
// RUN: sed s/FEATURES/\"+avx2\"/ %t/groups.mlir | not tern-opt -ternary-select-kernels=family=dot1.6-v32 2>&1 | FileCheck %s --check-prefix=TILES
// TILES: error: kernel family 'dot1.6-v32' has tiles of 20 columns, and w has a scale for each group of 64 columns
// RUN: sed 's/FEATURES/"+avx2"/;s/from "w" as scaled format <trits, scale <group 64, stored, multiply>>/& {ternary.choice = {family = "tl2-v32"}}/' %t/groups.mlir | not tern-opt -ternary-select-kernels 2>&1 | FileCheck %s --check-prefix=CHOICE
// CHOICE: error: choice for w: decode: cannot run kernel #ternary.lut{{.*}}: it has sums of whole rows, and the weights have a scale for each group of 64 columns, which lanes and panels meet

//--- groups.mlir
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "test", features = <[FEATURES]>>} {
  ternary.weight @w 41 x 320 from "w" as scaled format <trits, scale <group 64, stored, multiply>>
  func.func @tern_decode(%x: tensor<1x320xf32>) -> tensor<1x41xf32> {
    %c, %t, %s = ternary.quantize %x : tensor<1x320xf32> -> tensor<1x320xi8>, tensor<1xf32>, tensor<1x5xi32>
    %p = ternary.matmul %c, %s, @w : tensor<1x320xi8>, tensor<1x5xi32> -> tensor<1x41xf32>
    %y = ternary.rescale %p, %t, @w : tensor<1x41xf32>, tensor<1xf32> -> tensor<1x41xf32>
    return %y : tensor<1x41xf32>
  }
  func.func @tern_prefill(%x: tensor<32x320xf32>) -> tensor<32x41xf32> {
    %c, %t, %s = ternary.quantize %x : tensor<32x320xf32> -> tensor<32x320xi8>, tensor<32xf32>, tensor<32x5xi32>
    %p = ternary.matmul %c, %s, @w : tensor<32x320xi8>, tensor<32x5xi32> -> tensor<32x41xf32>
    %y = ternary.rescale %p, %t, @w : tensor<32x41xf32>, tensor<32xf32> -> tensor<32x41xf32>
    return %y : tensor<32x41xf32>
  }
}
//--- planes.mlir
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "test", features = <[FEATURES]>>} {
  ternary.weight @w 41 x 300 from "w" as scaled format <trits, scale <tensor, stored, multiply>>
  func.func @tern_decode(%x: tensor<1x300xf32>) -> tensor<1x41xf32> {
    %c, %t, %s = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> : tensor<1x300xf32> -> tensor<1x600xi8>, tensor<1xf32>, tensor<1x2xi32>
    %p = ternary.matmul %c, %s, @w planes 2 : tensor<1x600xi8>, tensor<1x2xi32> -> tensor<1x82xi32>
    %y = ternary.rescale %p, %t, @w planes 2 : tensor<1x82xi32>, tensor<1xf32> -> tensor<1x41xf32>
    return %y : tensor<1x41xf32>
  }
  func.func @tern_prefill(%x: tensor<4x300xf32>) -> tensor<4x41xf32> {
    %c, %t, %s = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> : tensor<4x300xf32> -> tensor<4x600xi8>, tensor<4xf32>, tensor<4x2xi32>
    %p = ternary.matmul %c, %s, @w planes 2 : tensor<4x600xi8>, tensor<4x2xi32> -> tensor<4x82xi32>
    %y = ternary.rescale %p, %t, @w planes 2 : tensor<4x82xi32>, tensor<4xf32> -> tensor<4x41xf32>
    return %y : tensor<4x41xf32>
  }
}

//--- embedding.mlir
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "test", features = <[FEATURES]>>} {
  ternary.weight @alone 41 x 320 from "a" as trits format <trits, scale <tensor, stored, multiply>> scales "a_scale"
  ternary.weight @groups 41 x 320 from "g" as trits format <trits, scale <group 64, stored, multiply>> scales "g_scale"
  ternary.weight @w 41 x 320 from "w" as trits format <trits, scale <tensor, stored, multiply>> scales "w_scale"
  func.func @tern_decode(%ids: tensor<1xi32>, %c: tensor<1x320xi8>, %s: tensor<1xi32>, %t: tensor<1xf32>) -> (tensor<1x320xf32>, tensor<1x320xf32>, tensor<1x41xf32>) {
    %a = ternary.embed %ids, @alone : tensor<1xi32> -> tensor<1x320xf32>
    %g = ternary.embed %ids, @groups : tensor<1xi32> -> tensor<1x320xf32>
    %y = ternary.matmul %c, %s, @w : tensor<1x320xi8>, tensor<1xi32> -> tensor<1x41xi32>
    %z = ternary.rescale %y, %t, @w : tensor<1x41xi32>, tensor<1xf32> -> tensor<1x41xf32>
    return %a, %g, %z : tensor<1x320xf32>, tensor<1x320xf32>, tensor<1x41xf32>
  }
}
