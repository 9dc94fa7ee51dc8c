// RUN: tern-opt %s -decoder-split-attention -decoder-partition-threads -decoder-insert-barriers -decoder-lower-to-steps | FileCheck %s

// Every operator is announced with the short name of its weights, of its cache, or of what it works on.
// CHECK-LABEL: func.func @tern_decode
// CHECK: step.mark %{{.*}}, %{{.*}}, "embed token_embd"
// CHECK: step.mark %{{.*}}, %{{.*}}, "barrier"
// CHECK-NEXT: step.barrier
// CHECK: step.mark %{{.*}}, %{{.*}}, "linear blk.0.attn_q"
// CHECK: step.mark %{{.*}}, %{{.*}}, "rope blk.0.attn_q"
// CHECK: step.mark %{{.*}}, %{{.*}}, "cache_append blk.0.k"
// CHECK: step.mark %{{.*}}, %{{.*}}, "cache_append blk.0.v"
// CHECK: step.mark %{{.*}}, %{{.*}}, "attention_pages blk.0.k"
// CHECK: step.mark %{{.*}}, %{{.*}}, "attention_combine blk.0.k"
// CHECK: step.mark %{{.*}}, %{{.*}}, "addf blk.0.k"
module attributes {decoder.model = {max_context = 16 : i64}} {
  decoder.tensor @token_embd : tensor<32x64xf32> from "e"
  decoder.rope_table @rope positions 16 head_dim 64 theta 1.0e4
  decoder.tensor @blk.0.attn_q : tensor<64x64xf32> from "q"
  decoder.cache @blk.0.k : !decoder.cache<keys, 1 by 64, f32>
  decoder.cache @blk.0.v : !decoder.cache<values, 1 by 64, f32>
  func.func @tern_decode(%ids: tensor<1xi32> {step.port = #step.port<"tokens", rows>}, %position: !step.positions) -> (tensor<1x64xf32> {step.port = #step.port<"logits", rows>}) {
    %x = decoder.embed %ids, @token_embd : tensor<1xi32> -> tensor<1x64xf32>
    %q = decoder.linear %x, @blk.0.attn_q : tensor<1x64xf32> -> tensor<1x64xf32>
    %r = decoder.rope %q at %position, @rope : tensor<1x64xf32>
    %k = decoder.cache_append %r at %position, @blk.0.k : tensor<1x64xf32> -> !decoder.cache<keys, 1 by 64, f32>
    %v = decoder.cache_append %r at %position, @blk.0.v : tensor<1x64xf32> -> !decoder.cache<values, 1 by 64, f32>
    %a = decoder.attention %r, %k, %v at %position scale 0.125
        : tensor<1x64xf32>, !decoder.cache<keys, 1 by 64, f32>, !decoder.cache<values, 1 by 64, f32>
    %s = arith.addf %x, %a : tensor<1x64xf32>
    %l = decoder.linear %s, @blk.0.attn_q : tensor<1x64xf32> -> tensor<1x64xf32>
    return %l : tensor<1x64xf32>
  }
}
