// RUN: tern-opt %s -split-input-file -decoder-outline-head | FileCheck %s

decoder.tensor @norm : tensor<64xf32> from "norm"
decoder.tensor @head : tensor<512x64xbf16> from "head"

// The step returns what the head takes; the head is a function of its own.
// CHECK-LABEL: func.func @tern_decode(%{{.*}}: tensor<1xi32>, %{{.*}}: tensor<1x64xf32>) -> (tensor<1x64xf32> {step.port = #step.port<"hidden", outputs>})
// CHECK: %[[H:.*]] = decoder.rms_norm
// CHECK-NEXT: return %[[H]] : tensor<1x64xf32>
// CHECK-LABEL: func.func @tern_logits(%{{.*}}: tensor<1x64xf32> {step.port = #step.port<"hidden", rows>})
// CHECK-SAME: -> (tensor<1x512xf32> {step.port = #step.port<"logits", rows>}) attributes {step.export = "logits"}
// CHECK-NEXT: %[[L:.*]] = decoder.linear %{{.*}}, @head
// CHECK-NEXT: return %[[L]]
// CHECK-LABEL: func.func @tern_prefill
// CHECK-NOT: decoder.linear
// CHECK-LABEL: func.func @tern_logits_block(%{{.*}}: tensor<8x64xf32> {{.*}}) -> (tensor<8x512xf32> {{.*}}) attributes {step.export = "logits_block"}
func.func @tern_decode(%ids: tensor<1xi32>, %x: tensor<1x64xf32>) -> tensor<1x512xf32> attributes {step.export = "decode"} {
  %h = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<1x64xf32>
  %y = decoder.linear %h, @head : tensor<1x64xf32> -> tensor<1x512xf32>
  return %y : tensor<1x512xf32>
}
func.func @tern_prefill(%ids: tensor<8xi32>, %x: tensor<8x64xf32>) -> tensor<8x512xf32> attributes {step.export = "prefill"} {
  %h = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<8x64xf32>
  %y = decoder.linear %h, @head : tensor<8x64xf32> -> tensor<8x512xf32>
  return %y : tensor<8x512xf32>
}

// -----

decoder.tensor @norm : tensor<64xf32> from "norm"

// A step that ends in something else has no head to outline.
// CHECK-LABEL: func.func @tern_decode
// CHECK: decoder.rms_norm
// CHECK-NOT: @tern_logits
func.func @tern_decode(%ids: tensor<1xi32>, %x: tensor<1x64xf32>) -> tensor<1x64xf32> attributes {step.export = "decode"} {
  %h = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<1x64xf32>
  return %h : tensor<1x64xf32>
}

// -----

ternary.weight @head 512 x 64 from "lm_head.weight" as master format <trits, scale <tensor, absmean>>

// A ternary head is outlined before its input is quantised.
// CHECK-LABEL: func.func @tern_decode(%{{.*}}: tensor<1xi32>, %{{.*}}: tensor<1x64xf32>) -> (tensor<1x64xf32> {{.*}})
// CHECK-NEXT: return
// CHECK-LABEL: func.func @tern_logits(%{{.*}}: tensor<1x64xf32> {{.*}}) -> (tensor<1x512xf32> {{.*}})
// CHECK-NEXT: ternary.linear %{{.*}}, @head
func.func @tern_decode(%ids: tensor<1xi32>, %x: tensor<1x64xf32>) -> tensor<1x512xf32> attributes {step.export = "decode"} {
  %y = ternary.linear %x, @head : tensor<1x64xf32> -> tensor<1x512xf32>
  return %y : tensor<1x512xf32>
}

// -----

ternary.weight @layer 512 x 64 from "l" as master format <trits, scale <tensor, absmean>>

// One layer by itself is no head.
// CHECK-LABEL: func.func @tern_decode
// CHECK: ternary.linear
// CHECK-NOT: @tern_logits
func.func @tern_decode(%x: tensor<1x64xf32>) -> tensor<1x512xf32> attributes {step.export = "decode"} {
  %y = ternary.linear %x, @layer : tensor<1x64xf32> -> tensor<1x512xf32>
  return %y : tensor<1x512xf32>
}
