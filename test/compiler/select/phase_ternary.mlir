// One layer's feed-forward through the whole phase: two step functions, one quantisation for gate and up, norms fused, all padded.
// RUN: tern-opt %s -tern-phase-ternary=block=6 | FileCheck %s
// RUN: tern-opt %s -tern-phase-ternary | tern-opt | FileCheck %s --check-prefix=DEFAULT

// CHECK-NOT: ternary.linear
// CHECK-NOT: decoder.rms_norm %
// CHECK-LABEL: func.func @tern_decode(%{{.*}}: tensor<1xi32> {{.*}}, %{{.*}}: !step.positions) -> (tensor<1x64xf32> {{.*}}) attributes {step.export = "decode"}
// CHECK: %[[C:.*]], %[[T:.*]], %[[S:.*]] = decoder.rms_norm_quantize {{.*}}, @ffn_norm {{.*}} : tensor<1x64xf32> -> tensor<1x64xi8>, tensor<1xf32>, tensor<1xi32>
// CHECK: ternary.matmul %[[C]], %[[S]], @ffn_gate kernel {{.*}} : tensor<1x64xi8>, tensor<1xi32> -> tensor<1x192xi32>
// CHECK: ternary.rescale {{.*}}, %[[T]], @ffn_gate : tensor<1x192xi32>, tensor<1xf32> -> tensor<1x170xf32>
// CHECK-NOT: quantize
// CHECK: ternary.matmul %[[C]], %[[S]], @ffn_up
// CHECK: decoder.rms_norm_quantize {{.*}}, @ffn_sub_norm {{.*}} : tensor<1x170xf32> -> tensor<1x176xi8>
// CHECK: ternary.matmul {{.*}} @ffn_down
// CHECK-LABEL: func.func @tern_prefill(%{{.*}}: tensor<6xi32> {{.*}}, %{{.*}}: !step.positions) -> (tensor<6x64xf32> {{.*}}) attributes {step.export = "prefill"}
// CHECK: ternary.matmul {{.*}}, @ffn_gate kernel panels<tokens = 4

// DEFAULT: func.func @tern_prefill(%{{.*}}: tensor<128xi32>
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "haswell", features = <["+avx2"]>>} {
  decoder.tensor @embd : tensor<512x64xbf16> from "embed.weight"
  decoder.tensor @ffn_norm : tensor<64xf32> from "ffn_norm.weight"
  ternary.weight @ffn_gate 170 x 64 from "gate" as master format <trits, scale <tensor, absmean>>
  ternary.weight @ffn_up 170 x 64 from "up" as master format <trits, scale <tensor, absmean>>
  decoder.tensor @ffn_sub_norm : tensor<170xf32> from "ffn_sub_norm.weight"
  ternary.weight @ffn_down 64 x 170 from "down" as packed_rows format <trits, scale <tensor, stored, divide>> scales "down_scale"
  func.func @forward(%ids: tensor<?xi32> {step.port = #step.port<"tokens", rows>}, %positions: !step.positions) -> tensor<?x512xf32> {
    %x = decoder.embed %ids, @embd : tensor<?xi32> -> tensor<?x64xf32>
    %n = decoder.rms_norm %x, @ffn_norm eps 1.0e-5 : tensor<?x64xf32>
    %g = ternary.linear %n, @ffn_gate : tensor<?x64xf32> -> tensor<?x170xf32>
    %u = ternary.linear %n, @ffn_up : tensor<?x64xf32> -> tensor<?x170xf32>
    %a = decoder.gate relu2 %g, %u : tensor<?x170xf32>
    %s = decoder.rms_norm %a, @ffn_sub_norm eps 1.0e-5 : tensor<?x170xf32>
    %d = ternary.linear %s, @ffn_down : tensor<?x170xf32> -> tensor<?x64xf32>
    %y = arith.addf %x, %d : tensor<?x64xf32>
    %logits = decoder.linear %y, @embd : tensor<?x64xf32> -> tensor<?x512xf32>
    return %logits : tensor<?x512xf32>
  }
}
