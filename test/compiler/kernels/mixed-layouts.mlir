// Codes that two layouts share are padded for the wider; each product reads the columns of its own tiles.
// RUN: tern-opt %s -pass-pipeline='builtin.module(func.func(decoder-partition-threads,decoder-insert-barriers),decoder-lower-to-steps)' | FileCheck %s

// The narrow product: 384 of 512 columns, 12 rows of 384 weights in 1152 bytes.
// CHECK: memref.subview %{{.*}}[0, 0] [1, 384] [1, 1] : memref<1x512xi8> to memref<1x384xi8, strided<[512, 1]>>
// CHECK: call @gemm_12x300_t1({{.*}}) : (memref<1x384xi8, strided<[512, 1]>>, memref<1xi32>, memref<1152xi8>, memref<1x12xi32>,
// CHECK: call @[[WIDE:gemm_12x300_t1_[0-9]+]]({{.*}}) : (memref<1x512xi8>, memref<1xi32>, memref<1536xi8>, memref<1x12xi32>,
// CHECK: func.func private @gemm_12x300_t1({{.*}}) attributes {{{.*}}ternary.kernel = [#ternary.layout<codes2, 4 by 128>
// CHECK: func.func private @[[WIDE]]({{.*}}) attributes {{{.*}}ternary.kernel = [#ternary.layout<codes2, 4 by 256>

module attributes {decoder.model = {max_context = 4 : i64}} {
  ternary.weight @narrow 12 x 300 from "n" as master format <trits, scale <tensor, absmean>> layout <codes2, 4 by 128>
  ternary.weight @wide 12 x 300 from "w" as master format <trits, scale <tensor, absmean>> layout <codes2, 4 by 256>
  decoder.tensor @embd : tensor<8x300xf32> from "e"
  decoder.tensor @head : tensor<7x12xf32> from "h"
  func.func @tern_decode(%ids: tensor<1xi32> {step.port = #step.port<"tokens", rows>}) -> (tensor<1x7xf32> {step.port = #step.port<"logits", rows>}) {
    %i = decoder.embed %ids, @embd : tensor<1xi32> -> tensor<1x300xf32>
    %c, %t, %s = ternary.quantize %i : tensor<1x300xf32> -> tensor<1x512xi8>, tensor<1xf32>, tensor<1xi32>
    %p = ternary.matmul %c, %s, @narrow kernel rows : tensor<1x512xi8>, tensor<1xi32> -> tensor<1x12xi32>
    %q = ternary.matmul %c, %s, @wide kernel rows : tensor<1x512xi8>, tensor<1xi32> -> tensor<1x12xi32>
    %y = ternary.rescale %p, %t, @narrow : tensor<1x12xi32>, tensor<1xf32> -> tensor<1x12xf32>
    %z = ternary.rescale %q, %t, @wide : tensor<1x12xi32>, tensor<1xf32> -> tensor<1x12xf32>
    %sum = arith.addf %y, %z : tensor<1x12xf32>
    %logits = decoder.linear %sum, @head : tensor<1x12xf32> -> tensor<1x7xf32>
    return %logits : tensor<1x7xf32>
  }
}
