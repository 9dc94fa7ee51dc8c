// RUN: tern-opt %s -decoder-insert-barriers -decoder-lower-to-steps -o - | FileCheck %s

// Scales along rows are a number for each row of the result; scales along columns meet the activations, and the rescaling has none.
// CHECK-LABEL: func.func @tern_prefill
// CHECK: step.mark {{.*}}"scale_columns columns"
// CHECK: linalg.generic
// CHECK: arith.mulf %in, %in_{{[0-9]+}} : f32
// CHECK: step.mark {{.*}}"rescale columns"
// CHECK: linalg.generic
// CHECK: arith.sitofp
// CHECK-NEXT: arith.divf
// CHECK-NEXT: linalg.yield
// CHECK: step.mark {{.*}}"rescale rows"
// CHECK: linalg.generic
// CHECK: arith.sitofp
// CHECK-NEXT: %[[Q:.*]] = arith.divf
// CHECK-NEXT: arith.mulf %[[Q]], %in_{{[0-9]+}} : f32
module attributes {decoder.model = {max_context = 16 : i64}} {
  ternary.weight @columns 64 x 64 from "c" as scaled format <trits, scale <columns [32, 32], stored, multiply>> layout <codes2, 64 by 16>
  ternary.weight @rows 64 x 64 from "r" as scaled format <trits, scale <rows [16, 48], stored, multiply>> layout <codes2, 64 by 16>
  decoder.tensor @embd : tensor<64x64xf32> from "e"
  func.func @tern_prefill(%ids: tensor<8xi32> {step.port = #step.port<"tokens", rows>}) -> (tensor<8x64xf32> {step.port = #step.port<"logits", rows>}) {
    %x = decoder.embed %ids, @embd {step.partition = #step.partition<features, 64>} : tensor<8xi32> -> tensor<8x64xf32>
    %y = ternary.scale_columns %x, @columns {step.partition = #step.partition<features, 64>} : tensor<8x64xf32>
    %c, %t, %s = ternary.quantize %y {step.partition = #step.partition<tokens, 1>} : tensor<8x64xf32> -> tensor<8x64xi8>, tensor<8xf32>, tensor<8xi32>
    %p = ternary.matmul %c, %s, @columns kernel lanes<width = 64> {step.partition = #step.partition<features, 64>} : tensor<8x64xi8>, tensor<8xi32> -> tensor<8x64xi32>
    %g = ternary.rescale %p, %t, @columns {step.partition = #step.partition<features, 64>} : tensor<8x64xi32>, tensor<8xf32> -> tensor<8x64xf32>
    %q = ternary.matmul %c, %s, @rows kernel lanes<width = 64> {step.partition = #step.partition<features, 64>} : tensor<8x64xi8>, tensor<8xi32> -> tensor<8x64xi32>
    %h = ternary.rescale %q, %t, @rows {step.partition = #step.partition<features, 64>} : tensor<8x64xi32>, tensor<8xf32> -> tensor<8x64xf32>
    %r = arith.addf %g, %h {step.partition = #step.partition<features, 64>} : tensor<8x64xf32>
    return %r : tensor<8x64xf32>
  }
}
