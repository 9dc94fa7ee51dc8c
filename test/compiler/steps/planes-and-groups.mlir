// Codes of two planes, scales of groups and the operators of Qwen3, as steps.
// RUN: tern-opt %s -split-input-file -verify-diagnostics -decoder-lower-to-steps -o - | FileCheck %s

// Planes are rows to the kernel: 8 tokens of 2 x 64 bytes are 16 rows of 64, and as many of results; the sums are a vector. The kernel is told of twice
// the tokens. Rescaling reads the high and, 64 padded rows behind, the low product, and divides after it joined them.
// CHECK-LABEL: func.func @tern_prefill
// CHECK: step.mark {{.*}}"quantize embd"{{.*}}bits = 16 : i64
// CHECK: call @quantize_parts
// CHECK: step.mark {{.*}}"matmul w"{{.*}}planes = 2 : i64
// CHECK: %[[CODES:.*]] = memref.expand_shape %{{.*}} {{\[\[}}0], [1, 2]] output_shape [8, 2, 64] : memref<8x128xi8> into memref<8x2x64xi8>
// CHECK: %[[CODE_ROWS:.*]] = memref.collapse_shape %[[CODES]] {{\[\[}}0, 1], [2]] : memref<8x2x64xi8> into memref<16x64xi8>
// CHECK: %[[SUMS:.*]] = memref.collapse_shape %{{.*}} {{\[\[}}0, 1, 2]] : memref<8x2x1xi32> into memref<16xi32>
// CHECK: %[[RESULTS:.*]] = memref.collapse_shape %{{.*}} : memref<8x2x64xi32> into memref<16x64xi32>
// CHECK: %[[TWICE:.*]] = arith.muli %{{.*}}, %c2
// CHECK: call @gemm_32x64_t16(%[[CODE_ROWS]], %[[SUMS]], %{{.*}}, %[[RESULTS]], %{{.*}}, %{{.*}}, %[[TWICE]])
// CHECK: step.mark {{.*}}"rescale w"{{.*}}planes = 2 : i64
// CHECK: %[[LOW_AT:.*]] = arith.addi %{{.*}}, %c64
// CHECK: %[[LOW:.*]] = memref.subview %{{.*}}[%{{.*}}, %[[LOW_AT]]]
// CHECK: linalg.generic {{.*}}, %[[LOW]] :
// CHECK: ^bb0(%[[HIGH_SUM:.*]]: i32, %[[LOW_SUM:.*]]: i32,
// CHECK: %[[HIGH_NUMBER:.*]] = arith.sitofp %[[HIGH_SUM]]
// CHECK: %[[SHIFTED:.*]] = arith.mulf %[[HIGH_NUMBER]], %{{.*}}
// CHECK: %[[LOW_NUMBER:.*]] = arith.sitofp %[[LOW_SUM]]
// CHECK: %[[SUM:.*]] = arith.addf %[[SHIFTED]], %[[LOW_NUMBER]]
// CHECK: %[[QUOTIENT:.*]] = arith.divf %[[SUM]], %{{.*}}
// CHECK: arith.mulf %[[QUOTIENT]]
// CHECK: func.func private @gemm_32x64_t16
// CHECK-NOT: scaled by
// CHECK: return
module attributes {decoder.model = {max_context = 16 : i64}} {
  ternary.weight @w 32 x 64 from "w" as scaled format <trits, scale <tensor, stored, multiply>> layout <codes2, 64 by 16>
  decoder.tensor @embd : tensor<64x64xf32> from "e"
  func.func @tern_prefill(%ids: tensor<8xi32> {step.port = #step.port<"tokens", rows>}) -> (tensor<8x32xf32> {step.port = #step.port<"logits", rows>}) {
    %x = decoder.embed %ids, @embd {step.partition = #step.partition<features, 64>} : tensor<8xi32> -> tensor<8x64xf32>
    step.barrier
    %c, %t, %s = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> {step.partition = #step.partition<tokens, 1>} : tensor<8x64xf32> -> tensor<8x128xi8>, tensor<8xf32>, tensor<8x2xi32>
    step.barrier
    %p = ternary.matmul %c, %s, @w planes 2 kernel lanes<tokens = 2, width = 64> {step.partition = #step.partition<features, 64>} : tensor<8x128xi8>, tensor<8x2xi32> -> tensor<8x128xi32>
    %y = ternary.rescale %p, %t, @w planes 2 {step.partition = #step.partition<features, 64>} : tensor<8x128xi32>, tensor<8xf32> -> tensor<8x32xf32>
    return %y : tensor<8x32xf32>
  }
}

// -----

// With scales of groups the kernel gets them, padded to whole tiles of rows (64 x 2), and makes floats that are only divided by the tokens' scales.
// CHECK-LABEL: func.func @tern_decode
// CHECK: call @quantize_parts
// CHECK: memref.collapse_shape %{{.*}} {{\[\[}}0, 1], [2]] : memref<2x2x2xi32> into memref<4x2xi32>
// CHECK: %[[SCALES:.*]] = memref.view %{{.*}} to memref<128xf32>
// CHECK: call @gemm_32x64_t2(%{{.*}}, %{{.*}}, %{{.*}}, %[[SCALES]], %{{.*}})
// CHECK: step.mark {{.*}}"rescale w"{{.*}}scales = "groups"
// CHECK: ^bb0(%[[HIGH:.*]]: f32, %[[LOW:.*]]: f32,
// CHECK: %[[SHIFTED:.*]] = arith.mulf %[[HIGH]], %{{.*}}
// CHECK: %[[SUM:.*]] = arith.addf %[[SHIFTED]], %[[LOW]]
// CHECK: %[[QUOTIENT:.*]] = arith.divf %[[SUM]], %{{.*}}
// CHECK-NEXT: linalg.yield %[[QUOTIENT]]
// CHECK: func.func private @gemm_32x64_t2
// CHECK: ternary.gemm {{.*}} scaled by memref<128xf32>, memref<4x64xf32>
module attributes {decoder.model = {max_context = 16 : i64}} {
  ternary.weight @w 32 x 64 from "w" as scaled format <trits, scale <group 32, stored, multiply>> layout <codes2, 64 by 16>
  decoder.tensor @embd : tensor<64x64xf32> from "e"
  func.func @tern_decode(%ids: tensor<1xi32> {step.port = #step.port<"tokens", rows>}) -> (tensor<1x32xf32> {step.port = #step.port<"logits", rows>}) {
    %x = decoder.embed %ids, @embd {step.partition = #step.partition<features, 64>} : tensor<1xi32> -> tensor<1x64xf32>
    step.barrier
    %c, %t, %s = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> {step.partition = #step.partition<tokens, 1>} : tensor<1x64xf32> -> tensor<1x128xi8>, tensor<1xf32>, tensor<1x4xi32>
    step.barrier
    %p = ternary.matmul %c, %s, @w planes 2 kernel lanes<tokens = 2, width = 64> {step.partition = #step.partition<features, 64>} : tensor<1x128xi8>, tensor<1x4xi32> -> tensor<1x128xf32>
    %y = ternary.rescale %p, %t, @w planes 2 {step.partition = #step.partition<features, 64>} : tensor<1x128xf32>, tensor<1xf32> -> tensor<1x32xf32>
    return %y : tensor<1x32xf32>
  }
}

// -----

// An id's row is read out of its tile: band of 32 rows (768 bytes), tile of 16 columns (128 bytes), word of the row, byte and field of the column; its
// scale is that of band, group and row in the band. Heads are normalised one by one with the kernel of a row's norm, whole heads in a share.
// CHECK-LABEL: func.func @tern_decode
// CHECK: step.mark {{.*}}"embed table"{{.*}}scales = "groups"
// CHECK: %[[PACKED:.*]] = memref.view %{{.*}} to memref<1536xi8>
// CHECK: %[[SCALES:.*]] = memref.view %{{.*}} to memref<192xf32>
// CHECK: %[[ID:.*]] = arith.index_cast %{{.*}} : i32 to index
// CHECK: %[[BAND:.*]] = arith.divui %[[ID]], %c32
// CHECK: arith.muli %[[BAND]], %c768
// CHECK: arith.muli %{{.*}}, %c128
// CHECK: %[[BYTE:.*]] = memref.load %[[PACKED]]
// CHECK: %[[WORD:.*]] = arith.extui %[[BYTE]] : i8 to i32
// CHECK: %[[SHIFTED:.*]] = arith.shrui %[[WORD]]
// CHECK: %[[CODE:.*]] = arith.andi %[[SHIFTED]], %c3_i32
// CHECK: %[[WEIGHT:.*]] = arith.subi %[[CODE]], %c1_i32
// CHECK: %[[NUMBER:.*]] = arith.sitofp %[[WEIGHT]] : i32 to f32
// CHECK: %[[SCALE:.*]] = memref.load %[[SCALES]]
// CHECK: %[[VALUE:.*]] = arith.mulf %[[NUMBER]], %[[SCALE]]
// CHECK: memref.store %[[VALUE]]
// CHECK: step.mark {{.*}}"head_norm q_norm"{{.*}}head_dim = 32 : i64
// CHECK: step.share %{{.*}} over %{{.*}} by 32
// CHECK: scf.for
// CHECK: memref.subview %{{.*}}[0, %{{.*}}] [1, 32] [1, 1] : memref<1x96xf32>
// CHECK: call @rms_norm
// CHECK: func.func private @rms_norm(memref<1x32xf32, {{.*}}eps = 9.99999997E-7 : f32
module attributes {decoder.model = {max_context = 16 : i64}} {
  ternary.weight @table 40 x 96 from "w" as scaled format <trits, scale <group 32, stored, multiply>> layout <codes2, 32 by 16>
  decoder.tensor @q_norm : tensor<32xf32> from "q"
  func.func @tern_decode(%ids: tensor<1xi32> {step.port = #step.port<"tokens", rows>}) -> (tensor<1x96xf32> {step.port = #step.port<"logits", rows>}) {
    %x = ternary.embed %ids, @table {step.partition = #step.partition<features, 32>} : tensor<1xi32> -> tensor<1x96xf32>
    step.barrier
    %y = decoder.head_norm %x, @q_norm eps 1.0e-6 {step.partition = #step.partition<features, 32>} : tensor<1x96xf32>
    return %y : tensor<1x96xf32>
  }
}

// -----

module attributes {decoder.model = {max_context = 16 : i64}} {
  // expected-error @+1 {{has no layout yet; run phase ternary first}}
  ternary.weight @table 40 x 96 from "w" as scaled format <trits, scale <tensor, stored, multiply>>
  func.func @early(%ids: tensor<1xi32> {step.port = #step.port<"tokens", rows>}) -> (tensor<1x96xf32> {step.port = #step.port<"logits", rows>}) {
    %x = ternary.embed %ids, @table {step.partition = #step.partition<features, 32>} : tensor<1xi32> -> tensor<1x96xf32>
    return %x : tensor<1x96xf32>
  }
}

// -----

module attributes {decoder.model = {max_context = 16 : i64}} {
  ternary.weight @table 40 x 100 from "w" as scaled format <trits, scale <tensor, stored, multiply>> layout <trits5, 32 by 20>
  func.func @trits(%ids: tensor<1xi32> {step.port = #step.port<"tokens", rows>}) -> (tensor<1x100xf32> {step.port = #step.port<"logits", rows>}) {
    // expected-error @+1 {{reads rows of codes2, but @table has layout #ternary.layout<trits5, 32 by 20>; take another kernel family for it}}
    %x = ternary.embed %ids, @table {step.partition = #step.partition<features, 32>} : tensor<1xi32> -> tensor<1x100xf32>
    return %x : tensor<1x100xf32>
  }
}
