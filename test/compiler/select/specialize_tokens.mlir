// RUN: tern-opt %s -split-input-file -tern-specialize-tokens=block=16 | FileCheck %s

decoder.tensor @embd : tensor<512x64xbf16> from "embed.weight"
decoder.tensor @norm : tensor<64xf32> from "norm.weight"

// Every row count becomes static, in the order decode, prefill; other dimensions stay.
// CHECK-NOT: @forward
// CHECK-LABEL: func.func @tern_decode(%{{.*}}: tensor<1xi32> {{.*}}, %{{.*}}: !step.positions) -> tensor<1x512xf32> attributes {step.export = "decode"}
// CHECK: decoder.embed %{{.*}}, @embd : tensor<1xi32> -> tensor<1x64xf32>
// CHECK: decoder.rms_norm %{{.*}}, @norm eps {{.*}} : tensor<1x64xf32>
// CHECK: arith.addf {{.*}} : tensor<1x64xf32>
// CHECK: decoder.take_outputs {{.*}} : tensor<1x64xf32>
// CHECK: decoder.linear {{.*}} : tensor<1x64xf32> -> tensor<1x512xf32>
// CHECK: return {{.*}} : tensor<1x512xf32>
// CHECK-LABEL: func.func @tern_prefill(%{{.*}}: tensor<16xi32> {{.*}}, %{{.*}}: !step.positions) -> tensor<16x512xf32> attributes {step.export = "prefill"}
// CHECK: decoder.embed %{{.*}}, @embd : tensor<16xi32> -> tensor<16x64xf32>
// CHECK: return {{.*}} : tensor<16x512xf32>
// CHECK-NOT: @forward
func.func @forward(%ids: tensor<?xi32> {step.port = #step.port<"tokens", rows>}, %positions: !step.positions) -> tensor<?x512xf32> {
  %x = decoder.embed %ids, @embd : tensor<?xi32> -> tensor<?x64xf32>
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<?x64xf32>
  %y = arith.addf %x, %n : tensor<?x64xf32>
  %last = decoder.take_outputs %y : tensor<?x64xf32>
  %logits = decoder.linear %last, @embd : tensor<?x64xf32> -> tensor<?x512xf32>
  return %logits : tensor<?x512xf32>
}

// -----

// What takes no token ids is no text.
// CHECK-LABEL: func.func @tern_forward_row(%{{.*}}: tensor<1x64xf32>{{.*}}) -> tensor<1x64xf32> attributes {step.export = "forward_row"}
// CHECK-LABEL: func.func @tern_forward_block(%{{.*}}: tensor<16x64xf32>{{.*}}) -> tensor<16x64xf32> attributes {step.export = "forward_block"}
func.func @forward(%x: tensor<?x64xf32> {step.port = #step.port<"input", rows>}) -> tensor<?x64xf32> {
  %y = arith.addf %x, %x : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
