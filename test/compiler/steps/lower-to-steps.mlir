// RUN: tern-opt %s -split-input-file -verify-diagnostics -decoder-lower-to-steps -o - | FileCheck %s

// Tensors get places in arenas: 256 bytes for a row of 64 floats. A replicated norm is written to the thread's own
// arena, products and sums to the shared one; each operator becomes a loop, or a call, over the thread's share.
// CHECK: step.arenas = {prefill_block = 1 : i64, scratch = 256 : i64, shared = 256 : i64}
// CHECK-LABEL: func.func @tern_decode
// CHECK-SAME: (%[[STEP:.*]]: !step.step, %[[I:.*]]: index, %[[N:.*]]: index)
// CHECK: step.mark %[[STEP]], %[[I]], "embed embd"
// CHECK: step.share %[[I]] of %[[N]] over %{{.*}} by 32
// CHECK: memref.load
// CHECK: linalg.generic
// CHECK: step.barrier of %[[STEP]], %[[I]]
// CHECK: call @rms_norm
// CHECK: call @linear_f32
// CHECK-NOT: tensor<1x64xf32>
// CHECK: return
module attributes {decoder.model = {max_context = 16 : i64}} {
  decoder.tensor @embd : tensor<64x64xf32> from "e"
  decoder.tensor @norm : tensor<64xf32> from "n"
  func.func @tern_decode(%ids: tensor<1xi32> {step.port = #step.port<"tokens", rows>}, %position: index) -> (tensor<1x64xf32> {step.port = #step.port<"logits", rows>}) {
    %x = decoder.embed %ids, @embd {step.partition = #step.partition<features, 32>} : tensor<1xi32> -> tensor<1x64xf32>
    step.barrier
    %n = decoder.rms_norm %x, @norm eps 1.0e-5 {step.partition = #step.partition<replicated, 1>} : tensor<1x64xf32>
    %y = decoder.linear %n, @embd {step.partition = #step.partition<features, 32>} : tensor<1x64xf32> -> tensor<1x64xf32>
    return %y : tensor<1x64xf32>
  }
}

// -----

// expected-error @+1 {{has caches, so it needs the attribute decoder.model with max_context, which the import sets}}
module {
  decoder.cache @k : !decoder.cache<keys, 1 by 64, f32>
  func.func @tern_decode(%ids: tensor<1xi32> {step.port = #step.port<"tokens", rows>}, %position: index) {
    return
  }
}

// -----

module attributes {decoder.model = {max_context = 16 : i64}} {
  func.func @strange(%x: tensor<1x64xf32> {step.port = #step.port<"hidden", rows>}) -> (tensor<1x2x32xf32> {step.port = #step.port<"logits", rows>}) {
    // expected-error @+1 {{has no lowering to a step}}
    %y = tensor.expand_shape %x [[0], [1, 2]] output_shape [1, 2, 32] {step.partition = #step.partition<features, 32>} : tensor<1x64xf32> into tensor<1x2x32xf32>
    return %y : tensor<1x2x32xf32>
  }
}

// -----

module attributes {decoder.model = {max_context = 16 : i64}} {
  decoder.tensor @embd : tensor<64x64xf32> from "e"
  func.func @early(%ids: tensor<1xi32> {step.port = #step.port<"tokens", rows>}, %position: index) -> (tensor<1x64xf32> {step.port = #step.port<"logits", rows>}) {
    // expected-error @+1 {{has no step.partition; run decoder-partition-threads first}}
    %x = decoder.embed %ids, @embd : tensor<1xi32> -> tensor<1x64xf32>
    return %x : tensor<1x64xf32>
  }
}

// -----

module attributes {decoder.model = {max_context = 16 : i64}} {
  // expected-error @+1 {{result 0 has no step.port, so no caller can pass it}}
  func.func @unnamed(%x: tensor<1x64xf32> {step.port = #step.port<"input", rows>}) -> tensor<1x64xf32> {
    %y = arith.addf %x, %x {step.partition = #step.partition<features, 32>} : tensor<1x64xf32>
    return %y : tensor<1x64xf32>
  }
}

// -----

// What stands behind take_outputs has only some of the rows, so nobody knows where these stand.
module attributes {decoder.model = {max_context = 16 : i64}} {
  decoder.rope_table @rope positions 16 head_dim 64 theta 1.0e4
  func.func @late(%x: tensor<4x64xf32> {step.port = #step.port<"input", rows>}, %at: !step.positions)
      -> (tensor<4x64xf32> {step.port = #step.port<"output", outputs>}) {
    %o = decoder.take_outputs %x : tensor<4x64xf32>
    // expected-error @+1 {{needs all rows of the step, but stands behind decoder.take_outputs}}
    %y = decoder.rope %o at %at, @rope {step.partition = #step.partition<features, 64>} : tensor<4x64xf32>
    return %y : tensor<4x64xf32>
  }
}

// -----

module attributes {decoder.model = {max_context = 16 : i64}} {
  // expected-error @+1 {{argument 0 is 'tensor<1x64xf64>'; a port has 1 to 3 known dimensions of f32, bf16, i32 or i8}}
  func.func @double(%x: tensor<1x64xf64> {step.port = #step.port<"input", rows>}) {
    return
  }
}
