// RUN: tern-opt %s -split-input-file -verify-diagnostics -decoder-insert-barriers -o - | FileCheck %s

decoder.tensor @norm : tensor<64xf32> from "n"
// Elementwise operators with the same share need no barrier; a norm reads whole rows.
// CHECK-LABEL: func.func @f
// CHECK: arith.addf
// CHECK-NOT: step.barrier
// CHECK: decoder.gate
// CHECK: step.barrier
// CHECK-NEXT: decoder.rms_norm
func.func @f(%ids: tensor<1xi32>, %x: tensor<1x64xf32>) -> tensor<1x64xf32> {
  %a = arith.addf %x, %x {step.partition = #step.partition<features, 4>} : tensor<1x64xf32>
  %g = decoder.gate relu2 %a, %a {step.partition = #step.partition<features, 4>} : tensor<1x64xf32>
  %n = decoder.rms_norm %g, @norm eps 1.0e-5 {step.partition = #step.partition<replicated, 1>} : tensor<1x64xf32>
  return %n : tensor<1x64xf32>
}

// -----

func.func @g(%ids: tensor<1xi32>, %x: tensor<1x64xf32>) -> tensor<1x64xf32> {
  // expected-error @+1 {{has no step.partition; run decoder-partition-threads first}}
  %a = arith.addf %x, %x : tensor<1x64xf32>
  return %a : tensor<1x64xf32>
}
