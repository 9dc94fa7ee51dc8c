// One export is kept, with the declarations that it needs and nothing else.
// RUN: tern-opt %s -step-keep-export=name=logits | FileCheck %s
// RUN: not tern-opt %s -step-keep-export=name=logit 2>&1 | FileCheck %s --check-prefix=NAME

// CHECK-NOT: @embd
// CHECK: decoder.tensor @head
// CHECK-NOT: row_codes
// CHECK-NOT: @tern_decode
// CHECK: func.func @tern_logits
// CHECK-NOT: func.func
// NAME: exports no "logit"; near names: logits

decoder.tensor @embd : tensor<32x64xf32> from "e"
decoder.tensor @head : tensor<32x64xbf16> from "h"
decoder.row_codes @head.codes of @head
func.func @tern_decode(%ids: tensor<1xi32>) -> tensor<1x64xf32> attributes {step.export = "decode"} {
  %x = decoder.embed %ids, @embd : tensor<1xi32> -> tensor<1x64xf32>
  return %x : tensor<1x64xf32>
}
func.func @tern_logits(%x: tensor<1x64xf32>) -> tensor<1x32xf32> attributes {step.export = "logits"} {
  %y = decoder.linear %x, @head : tensor<1x64xf32> -> tensor<1x32xf32>
  return %y : tensor<1x32xf32>
}
func.func @tern_logits_block(%x: tensor<8x64xf32>) -> tensor<8x32xf32> attributes {step.export = "logits_block"} {
  %y = decoder.linear %x, @head : tensor<8x64xf32> -> tensor<8x32xf32>
  return %y : tensor<8x32xf32>
}
