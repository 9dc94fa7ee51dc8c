// RUN: tern-opt %s -split-input-file -verify-diagnostics -decoder-partition-threads -o - | FileCheck %s

decoder.tensor @embd : tensor<64x64xf32> from "e"
decoder.tensor @norm : tensor<64xf32> from "n"
decoder.rope_table @rope positions 16 head_dim 16 theta 1.0e4
decoder.cache @k : !decoder.cache<keys, 4 by 16, f32>

// One token: a norm is cheaper than a barrier, so every thread computes it; columns are shared in cache lines, heads stay whole, and
// elementwise operators keep the share of what they follow.
// CHECK-LABEL: func.func @decode
// CHECK: decoder.embed {{.*}}partition = #step.partition<features, 32>
// CHECK: decoder.rms_norm {{.*}}partition = #step.partition<replicated, 1>
// CHECK: decoder.linear {{.*}}partition = #step.partition<features, 32>
// CHECK: decoder.rope {{.*}}partition = #step.partition<features, 16>
// CHECK: decoder.cache_append {{.*}}partition = #step.partition<features, 16>
// CHECK: decoder.gate {{.*}}partition = #step.partition<features, 16>
// What is returned is one place for all threads.
// CHECK: decoder.rms_norm {{.*}}partition = #step.partition<tokens, 1>
func.func @decode(%ids: tensor<1xi32>, %position: !step.positions) -> tensor<1x64xf32> {
  %x = decoder.embed %ids, @embd : tensor<1xi32> -> tensor<1x64xf32>
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<1x64xf32>
  %q = decoder.linear %n, @embd : tensor<1x64xf32> -> tensor<1x64xf32>
  %r = decoder.rope %q at %position, @rope : tensor<1x64xf32>
  %k = decoder.cache_append %r at %position, @k : tensor<1x64xf32> -> !decoder.cache<keys, 4 by 16, f32>
  %g = decoder.gate relu2 %r, %r : tensor<1x64xf32>
  %y = decoder.rms_norm %g, @norm eps 1.0e-5 : tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

// Blocks have tokens to share.
// CHECK-LABEL: func.func @prefill
// CHECK: decoder.rms_norm {{.*}}partition = #step.partition<tokens, 1>
// CHECK: ternary.quantize {{.*}}partition = #step.partition<tokens, 1>
// CHECK: decoder.linear {{.*}}partition = #step.partition<features, 32>
func.func @prefill(%ids: tensor<8xi32>, %position: index) -> tensor<8x64xf32> {
  %x = decoder.embed %ids, @embd : tensor<8xi32> -> tensor<8x64xf32>
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<8x64xf32>
  %c, %t, %s = ternary.quantize %n : tensor<8x64xf32> -> tensor<8x64xi8>, tensor<8xf32>, tensor<8xi32>
  %y = decoder.linear %n, @embd : tensor<8x64xf32> -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// Heads are normalised whole; rows of a packed table are shared in cache lines.
decoder.tensor @q_norm : tensor<48xf32> from "q"
ternary.weight @table 64 x 96 from "t" as scaled format <trits, scale <group 32, stored, multiply>> layout <codes2, 32 by 16>
// CHECK-LABEL: func.func @heads
// CHECK: ternary.embed {{.*}}partition = #step.partition<features, 32>
// CHECK: decoder.head_norm {{.*}}partition = #step.partition<features, 48>
func.func @heads(%ids: tensor<1xi32>) -> tensor<1x96xf32> {
  %x = ternary.embed %ids, @table : tensor<1xi32> -> tensor<1x96xf32>
  %q = decoder.head_norm %x, @q_norm eps 1.0e-6 : tensor<1x96xf32>
  return %q : tensor<1x96xf32>
}

// A function on buffers is no step graph.
// CHECK-LABEL: func.func @buffers
// CHECK-NOT: step.partition
func.func @buffers(%x: memref<64xf32>, %y: tensor<1x64xf32>) -> tensor<1x64xf32> {
  %a = arith.addf %y, %y : tensor<1x64xf32>
  return %a : tensor<1x64xf32>
}

// -----

// A product whose tile is not chosen yet cannot be cut into whole tiles.
ternary.weight @w 64 x 64 from "w" as packed_rows format <trits, scale <tensor, stored, multiply>> scales "s"
func.func @early(%ids: tensor<1xi32>, %c: tensor<1x64xi8>, %s: tensor<1xi32>) -> tensor<1x64xi32> {
  // expected-error @+1 {{has no layout and kernel yet; run phase ternary first}}
  %y = ternary.matmul %c, %s, @w : tensor<1x64xi8>, tensor<1xi32> -> tensor<1x64xi32>
  return %y : tensor<1x64xi32>
}

// -----

func.func @strange(%ids: tensor<1xi32>, %x: tensor<1x64xf32>) -> tensor<1x2x32xf32> {
  // expected-error @+1 {{does not say how threads share it: it has no interface StepOperator}}
  %y = tensor.expand_shape %x [[0], [1, 2]] output_shape [1, 2, 32] : tensor<1x64xf32> into tensor<1x2x32xf32>
  return %y : tensor<1x2x32xf32>
}
