// RUN: tern-opt %s | tern-opt | FileCheck %s

// CHECK: decoder.tensor @embd : tensor<96x64xbf16> from "model.embed_tokens.weight"
decoder.tensor @embd : tensor<96x64xbf16> from "model.embed_tokens.weight"
decoder.tensor @norm : tensor<64xf32> from "model.norm.weight"
// CHECK: decoder.tensor @bias : tensor<64xf32> from "q_proj.bias" times "q_proj.weight_scale"
decoder.tensor @bias : tensor<64xf32> from "q_proj.bias" times "q_proj.weight_scale"
// CHECK: decoder.rope_table @rope positions 128 head_dim 16 theta 5.000000e+05
decoder.rope_table @rope positions 128 head_dim 16 theta 5.0e5
// CHECK: decoder.cache @k : !decoder.cache<keys, 2 by 16, f16>
decoder.cache @k : !decoder.cache<keys, 2 by 16, f16>
// CHECK: decoder.cache @v : !decoder.cache<values, 2 by 16, f16>
decoder.cache @v : !decoder.cache<values, 2 by 16, f16>

// CHECK: decoder.row_codes @embd.codes of @embd
decoder.row_codes @embd.codes of @embd

// CHECK-LABEL: func.func @screen
func.func @screen(%codes: tensor<2x256xi8>, %rows: tensor<96xi32>) -> tensor<96x2xi32> {
  // CHECK: decoder.screen %{{.*}}, %{{.*}}, @embd.codes plane 1 vector 32 : tensor<2x256xi8>, tensor<96xi32> -> tensor<96x2xi32>
  %s = decoder.screen %codes, %rows, @embd.codes plane 1 vector 32 : tensor<2x256xi8>, tensor<96xi32> -> tensor<96x2xi32>
  return %s : tensor<96x2xi32>
}

// CHECK-LABEL: func.func @rows
func.func @rows(%x: tensor<1x64xf32>, %rows: tensor<96xi32>, %matrix: tensor<96x64xbf16>) -> tensor<96x1xf32> {
  // CHECK: decoder.linear_rows %{{.*}}, %{{.*}} of %{{.*}}, @embd : tensor<1x64xf32>, tensor<96xi32>, tensor<96x64xbf16> -> tensor<96x1xf32>
  %y = decoder.linear_rows %x, %rows of %matrix, @embd : tensor<1x64xf32>, tensor<96xi32>, tensor<96x64xbf16> -> tensor<96x1xf32>
  return %y : tensor<96x1xf32>
}

// CHECK-LABEL: func.func @screen_rows
func.func @screen_rows(%codes: memref<2x256xi8>, %planes: memref<12288xi8>, %rows: memref<96xi32>, %sums: memref<96x2xi32>, %i: index) {
  // CHECK: decoder.screen_rows ins(%{{.*}}, %{{.*}} at %{{.*}}, %{{.*}}) outs(%{{.*}}) rows %{{.*}} size %{{.*}} plane 1 columns 128 vector 64 :
  decoder.screen_rows ins(%codes, %planes at %i, %rows) outs(%sums) rows %i size %i plane 1 columns 128 vector 64
      : memref<2x256xi8>, memref<12288xi8>, memref<96xi32>, memref<96x2xi32>
  return
}

// CHECK-LABEL: func.func @graph
func.func @graph(%ids: tensor<?xi32>, %position: !step.positions) -> tensor<?x96xf32> {
  // CHECK: decoder.embed
  %x = decoder.embed %ids, @embd : tensor<?xi32> -> tensor<?x64xf32>
  // CHECK: decoder.rms_norm %{{.*}}, @norm eps 9.99999974E-6
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<?x64xf32>
  %r = decoder.rope %n at %position, @rope : tensor<?x64xf32>
  %g = decoder.gate relu2 %r, %x : tensor<?x64xf32>
  // CHECK: decoder.take_outputs
  %o = decoder.take_outputs %g : tensor<?x64xf32>
  %y = decoder.linear %o, @embd : tensor<?x64xf32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// CHECK-LABEL: func.func @attention
func.func @attention(%q: tensor<1x64xf32>, %x: tensor<1x32xf32>, %p: !step.positions) -> tensor<1x64xf32> {
  // CHECK: decoder.cache_append {{.*}} -> <keys, 2 by 16, f16>
  %k = decoder.cache_append %x at %p, @k : tensor<1x32xf32> -> !decoder.cache<keys, 2 by 16, f16>
  %v = decoder.cache_append %x at %p, @v : tensor<1x32xf32> -> !decoder.cache<values, 2 by 16, f16>
  // CHECK: decoder.attention_pages {{.*}} -> tensor<3x1x64xf32>, tensor<3x1x4xf32>, tensor<3x1x4xf32>
  %parts, %largest, %total = decoder.attention_pages %q, %k, %v at %p scale 0.25
      : tensor<1x64xf32>, !decoder.cache<keys, 2 by 16, f16>, !decoder.cache<values, 2 by 16, f16>
      -> tensor<3x1x64xf32>, tensor<3x1x4xf32>, tensor<3x1x4xf32>
  // CHECK: decoder.attention_combine
  %y = decoder.attention_combine %parts, %largest, %total at %p : tensor<3x1x64xf32>, tensor<3x1x4xf32> -> tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

ternary.weight @blk.0.attn_q 64 x 64 from "w" as master format <trits, scale <tensor, absmean>>

// Results are printed under the name of what they come from; what is returned by a dense layer are the logits.
// CHECK-LABEL: func.func @names(%step: !step.step
func.func @names(%s: !step.step, %ids: tensor<?xi32>, %p: !step.positions) -> tensor<?x96xf32> {
  // CHECK: %embd = decoder.embed
  %0 = decoder.embed %ids, @embd : tensor<?xi32> -> tensor<?x64xf32>
  // CHECK: %norm = decoder.rms_norm %embd
  %1 = decoder.rms_norm %0, @norm eps 1.0e-5 : tensor<?x64xf32>
  // CHECK: %blk.0.attn_q = ternary.linear %norm
  %2 = ternary.linear %1, @blk.0.attn_q : tensor<?x64xf32> -> tensor<?x64xf32>
  // CHECK: %rope = decoder.rope %blk.0.attn_q
  %3 = decoder.rope %2 at %p, @rope : tensor<?x64xf32>
  // CHECK: %logits = decoder.linear %rope
  %4 = decoder.linear %3, @embd : tensor<?x64xf32> -> tensor<?x96xf32>
  return %4 : tensor<?x96xf32>
}

// CHECK-LABEL: func.func @inputs
func.func @inputs(%x: tensor<?x192xf32>) -> tensor<?x192xf32> {
  // CHECK: %layer_norm = decoder.layer_norm %{{.*}} eps 9.99999974E-6 : tensor<?x192xf32>
  %n = decoder.layer_norm %x eps 1.0e-5 : tensor<?x192xf32>
  // CHECK: %hadamard = decoder.hadamard %layer_norm block 64 : tensor<?x192xf32>
  %h = decoder.hadamard %n block 64 : tensor<?x192xf32>
  // CHECK: %kept = decoder.keep_top %hadamard keep 16 of 32 : tensor<?x192xf32>
  %k = decoder.keep_top %h keep 16 of 32 : tensor<?x192xf32>
  return %k : tensor<?x192xf32>
}

decoder.tensor @q_norm : tensor<16xf32> from "q_norm"
// A weight for all four heads of a row.
// CHECK-LABEL: func.func @head_norm
func.func @head_norm(%q: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: %q_norm = decoder.head_norm %{{.*}}, @q_norm eps 9.99999997E-7 : tensor<?x64xf32>
  %n = decoder.head_norm %q, @q_norm eps 1.0e-6 : tensor<?x64xf32>
  return %n : tensor<?x64xf32>
}
