// RUN: tern-opt %s -split-input-file -verify-diagnostics -decoder-fuse-rescale -o - | FileCheck %s
// RUN: tern-opt %s -split-input-file -verify-diagnostics -decoder-fuse-rescale -decoder-insert-barriers -decoder-lower-to-steps \
// RUN:   -o - | FileCheck %s --check-prefix=STEP

// Both wait for the gate, and the sums of their products stay; the last one is read twice, and stays as well.
// CHECK-LABEL: func.func @tern_prefill
// CHECK: %[[G:.*]] = ternary.matmul {{.*}} @gate
// CHECK-NEXT: %[[U:.*]] = ternary.matmul {{.*}} @up
// CHECK-NEXT: %[[A:.*]] = ternary.rescale %[[G]], {{.*}} {step.inline, step.partition
// CHECK-NEXT: %[[B:.*]] = ternary.rescale %[[U]], {{.*}} {step.inline, step.partition
// CHECK-NEXT: decoder.gate relu2 %[[A]], %[[B]]
// CHECK: ternary.rescale
// CHECK-NOT: step.inline
// CHECK: return

// One loop over the tokens, each with a row of gate and up in scratch (2 x 256 bytes).
// STEP: step.arenas = {{.*}}scratch = 512 : i64
// STEP-LABEL: func.func @tern_prefill
// STEP: step.mark {{.*}}"rescale gate"
// STEP-NEXT: step.mark {{.*}}"rescale up"
// STEP-NEXT: step.mark {{.*}}"gate up"
// STEP: scf.for
// STEP: linalg.generic
// STEP: linalg.generic
// STEP: call @gate
// STEP: step.mark {{.*}}"rescale up"
module attributes {decoder.model = {max_context = 16 : i64}} {
  ternary.weight @gate 64 x 64 from "g" as master format <trits, scale <tensor, absmean>> layout <codes2, 64 by 16>
  ternary.weight @up 64 x 64 from "u" as master format <trits, scale <tensor, absmean>> layout <codes2, 64 by 16>
  decoder.tensor @embd : tensor<64x64xf32> from "e"
  func.func @tern_prefill(%ids: tensor<8xi32> {step.port = #step.port<"tokens", rows>}) -> (tensor<8x64xf32> {step.port = #step.port<"logits", rows>}) {
    %x = decoder.embed %ids, @embd {step.partition = #step.partition<features, 64>} : tensor<8xi32> -> tensor<8x64xf32>
    %c, %t, %s = ternary.quantize %x {step.partition = #step.partition<tokens, 1>} : tensor<8x64xf32> -> tensor<8x64xi8>, tensor<8xf32>, tensor<8xi32>
    %pg = ternary.matmul %c, %s, @gate kernel lanes<width = 64> {step.partition = #step.partition<features, 64>} : tensor<8x64xi8>, tensor<8xi32> -> tensor<8x64xi32>
    %g = ternary.rescale %pg, %t, @gate {step.partition = #step.partition<features, 64>} : tensor<8x64xi32>, tensor<8xf32> -> tensor<8x64xf32>
    %pu = ternary.matmul %c, %s, @up kernel lanes<width = 64> {step.partition = #step.partition<features, 64>} : tensor<8x64xi8>, tensor<8xi32> -> tensor<8x64xi32>
    %u = ternary.rescale %pu, %t, @up {step.partition = #step.partition<features, 64>} : tensor<8x64xi32>, tensor<8xf32> -> tensor<8x64xf32>
    %y = decoder.gate relu2 %g, %u {step.partition = #step.partition<features, 64>} : tensor<8x64xf32>
    %z = ternary.rescale %pu, %t, @up {step.partition = #step.partition<features, 64>} : tensor<8x64xi32>, tensor<8xf32> -> tensor<8x64xf32>
    %zz = arith.addf %z, %z {step.partition = #step.partition<features, 64>} : tensor<8x64xf32>
    %r = arith.addf %y, %zz {step.partition = #step.partition<features, 64>} : tensor<8x64xf32>
    return %r : tensor<8x64xf32>
  }
}

// -----

// Sums of two planes fuse as well: each row of the gate reads the high and the low sums of its token.
// CHECK-LABEL: func.func @tern_prefill
// CHECK: ternary.rescale {{.*}} @gate planes 2 {step.inline, step.partition
// CHECK-NEXT: decoder.gate silu
// STEP: step.arenas = {{.*}}scratch = 256 : i64
// STEP-LABEL: func.func @tern_prefill
// STEP: step.mark {{.*}}"rescale gate"
// STEP-NEXT: step.mark {{.*}}"gate
// STEP: scf.for
// STEP: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : memref<1x?xi32, {{.*}}>, memref<1x?xi32, {{.*}}>)
// STEP: call @gate
module attributes {decoder.model = {max_context = 16 : i64}} {
  ternary.weight @gate 64 x 64 from "g" as scaled format <trits, scale <tensor, stored, multiply>> layout <codes2, 64 by 16>
  decoder.tensor @embd : tensor<64x64xf32> from "e"
  func.func @tern_prefill(%ids: tensor<8xi32> {step.port = #step.port<"tokens", rows>}) -> (tensor<8x64xf32> {step.port = #step.port<"logits", rows>}) {
    %x = decoder.embed %ids, @embd {step.partition = #step.partition<features, 64>} : tensor<8xi32> -> tensor<8x64xf32>
    %c, %t, %s = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> {step.partition = #step.partition<tokens, 1>} : tensor<8x64xf32> -> tensor<8x128xi8>, tensor<8xf32>, tensor<8x2xi32>
    %p = ternary.matmul %c, %s, @gate planes 2 kernel lanes<tokens = 2, width = 64> {step.partition = #step.partition<features, 64>} : tensor<8x128xi8>, tensor<8x2xi32> -> tensor<8x128xi32>
    %g = ternary.rescale %p, %t, @gate planes 2 {step.partition = #step.partition<features, 64>} : tensor<8x128xi32>, tensor<8xf32> -> tensor<8x64xf32>
    %y = decoder.gate silu %g, %x {step.partition = #step.partition<features, 64>} : tensor<8x64xf32>
    return %y : tensor<8x64xf32>
  }
}

// -----

ternary.weight @w 64 x 64 from "w" as master format <trits, scale <tensor, absmean>> layout <codes2, 64 by 16>
func.func @tern_prefill(%ids: tensor<8xi32> {step.port = #step.port<"tokens", rows>}, %p: tensor<8x64xi32> {step.port = #step.port<"tokens", rows>}, %s: tensor<8xf32> {step.port = #step.port<"hidden", rows>}) -> (tensor<8x64xf32> {step.port = #step.port<"logits", rows>}) {
  // expected-error @+1 {{has no step.partition; run decoder-partition-threads first}}
  %g = ternary.rescale %p, %s, @w : tensor<8x64xi32>, tensor<8xf32> -> tensor<8x64xf32>
  return %g : tensor<8x64xf32>
}
