// RUN: tern-opt %s -split-input-file -verify-diagnostics -step-outline-layers | FileCheck %s

decoder.tensor @embd : tensor<32x64xf32> from "e"
decoder.tensor @norm : tensor<64xf32> from "n"
decoder.rope_table @rope positions 16 head_dim 64 theta 1.0e4

// The kernels of blocks serve one row, too.
// CHECK-LABEL: func.func @tern_decode
// CHECK-NOT: step.layer
// CHECK: return
func.func @tern_decode(%ids: tensor<1xi32>) -> tensor<1x64xf32> attributes {step.export = "decode"} {
  %x = decoder.embed %ids, @embd {step.layer = ""} : tensor<1xi32> -> tensor<1x64xf32>
  %y = arith.addf %x, %x {step.layer = "blk.0"} : tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

// What stands between two boundaries becomes a function from hidden states to hidden states, with the positions of its rows; what marked them goes.
// CHECK-LABEL: func.func @tern_prefill
// CHECK-NOT: step.layer
// CHECK: return
// CHECK-LABEL: func.func @tern_blk.0(%{{.*}}: tensor<8x64xf32> {step.port = #step.port<"input", rows>}, %{{.*}}: !step.positions)
// CHECK-SAME: -> (tensor<8x64xf32> {step.port = #step.port<"output", rows>}) attributes {step.export = "blk.0"}
// CHECK-NEXT: %[[N:.*]] = decoder.rms_norm %[[X:.*]], @norm
// CHECK-NEXT: %[[R:.*]] = decoder.rope %[[N]] at %{{.*}}, @rope
// CHECK-NEXT: %[[Y:.*]] = arith.addf %[[X]], %[[R]]
// CHECK-NEXT: return %[[Y]]
// CHECK-LABEL: func.func @tern_blk.1(
// CHECK-NEXT: arith.addf
// CHECK-NEXT: return
func.func @tern_prefill(%ids: tensor<8xi32>, %at: !step.positions) -> tensor<8x64xf32> attributes {step.export = "prefill"} {
  %x = decoder.embed %ids, @embd {step.layer = ""} : tensor<8xi32> -> tensor<8x64xf32>
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<8x64xf32>
  %r = decoder.rope %n at %at, @rope : tensor<8x64xf32>
  %y = arith.addf %x, %r {step.layer = "blk.0"} : tensor<8x64xf32>
  %z = arith.addf %y, %y {step.layer = "blk.1"} : tensor<8x64xf32>
  %h = decoder.rms_norm %z, @norm eps 1.0e-5 : tensor<8x64xf32>
  return %h : tensor<8x64xf32>
}

// -----

decoder.tensor @embd : tensor<32x64xf32> from "e"
func.func @tern_prefill(%ids: tensor<8xi32>) -> tensor<8x64xf32> attributes {step.export = "prefill"} {
  %x = decoder.embed %ids, @embd {step.layer = ""} : tensor<8xi32> -> tensor<8x64xf32>
  %y = arith.addf %x, %x {step.layer = "blk.0"} : tensor<8x64xf32>
  // expected-error @+1 {{of layer blk.1 reads what another layer made beside its hidden states}}
  %z = arith.addf %y, %x {step.layer = "blk.1"} : tensor<8x64xf32>
  return %z : tensor<8x64xf32>
}
