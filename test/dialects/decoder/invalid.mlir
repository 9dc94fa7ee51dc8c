// RUN: tern-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{needs positive positions and an even head_dim, not 128 and 15}}
decoder.rope_table @rope positions 128 head_dim 15 theta 5.0e5

// -----

decoder.tensor @norm : tensor<32xf32> from "n"
func.func @f(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{needs @norm to be 64, but it is 'tensor<32xf32>'}}
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<?x64xf32>
  return
}

// -----

func.func @f(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{uses @norm, which is no decoder.tensor of this module}}
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<?x64xf32>
  return
}

// -----

decoder.cache @k : !decoder.cache<keys, 2 by 16, f16>
func.func @f(%x: tensor<?x64xf32>, %p: !step.positions) {
  // expected-error @+1 {{stores 64 columns into '!decoder.cache<keys, 2 by 16, f16>', which takes 32}}
  %c = decoder.cache_append %x at %p, @k : tensor<?x64xf32> -> !decoder.cache<keys, 2 by 16, f16>
  return
}

// -----

// expected-error @+1 {{a cache holds f32, f16 or i8, not 'f64'}}
decoder.cache @k : !decoder.cache<keys, 2 by 16, f64>

// -----

// expected-error @+1 {{codes lie in pairs, so a cache of i8 needs an even head dimension, not 15}}
decoder.cache @k : !decoder.cache<keys, 2 by 15, i8>

// -----

// expected-error @+1 {{a cache needs positive heads and head dimension, not 0 by 16}}
decoder.cache @k : !decoder.cache<keys, 0 by 16, f16>

// -----

func.func @f(%q: tensor<1x64xf32>, %k: !decoder.cache<keys, 2 by 16, f16>, %v: !decoder.cache<values, 2 by 16, f16>, %p: !step.positions) {
  // expected-error @+1 {{makes, of one token, pages x 1 x 64 and twice pages x 1 x 4 query heads}}
  %parts, %largest, %total = decoder.attention_pages %q, %k, %v at %p scale 1.0
      : tensor<1x64xf32>, !decoder.cache<keys, 2 by 16, f16>, !decoder.cache<values, 2 by 16, f16>
      -> tensor<3x1x64xf32>, tensor<3x1x2xf32>, tensor<3x1x2xf32>
  return
}

// -----

func.func @f(%q: tensor<?x64xf32>, %k: !decoder.cache<keys, 2 by 16, f16>, %p: !step.positions) {
  // expected-error @+1 {{needs keys and values of equal heads and elements, not '!decoder.cache<keys, 2 by 16, f16>' and '!decoder.cache<keys, 2 by 16, f16>'}}
  %y = decoder.attention %q, %k, %k at %p scale 1.0 : tensor<?x64xf32>, !decoder.cache<keys, 2 by 16, f16>, !decoder.cache<keys, 2 by 16, f16>
  return
}

// -----

decoder.tensor @head : tensor<96x64xf32> from "h"
// expected-error @+1 {{needs a matrix of bf16, but @head is 'tensor<96x64xf32>'}}
decoder.row_codes @head.codes of @head

// -----

decoder.tensor @head : tensor<96x64xbf16> from "h"
decoder.row_codes @head.codes of @head
func.func @f(%codes: tensor<2x64xi8>, %rows: tensor<96xi32>) {
  // expected-error @+1 {{needs hidden codes of 2x256 for @head.codes, not 'tensor<2x64xi8>'}}
  %s = decoder.screen %codes, %rows, @head.codes plane 1 vector 32 : tensor<2x64xi8>, tensor<96xi32> -> tensor<96x2xi32>
  return
}

// -----

func.func @f(%parts: tensor<3x1x64xf32>, %largest: tensor<2x1x4xf32>, %p: !step.positions) {
  // expected-error @+1 {{cannot make}}
  %y = decoder.attention_combine %parts, %largest, %largest at %p : tensor<3x1x64xf32>, tensor<2x1x4xf32> -> tensor<1x64xf32>
  return
}

// -----

decoder.tensor @head : tensor<96x64xbf16> from "h"
decoder.row_codes @head.codes of @head
func.func @f(%codes: tensor<2x256xi8>, %rows: tensor<96xi32>) {
  // expected-error @+1 {{makes two sums for each of 96 rows, not 'tensor<95x2xi32>'}}
  %s = decoder.screen %codes, %rows, @head.codes plane 1 vector 32 : tensor<2x256xi8>, tensor<96xi32> -> tensor<95x2xi32>
  return
}

// -----

// The codes are checked before the screen, though they come later, so that a screen has the codes of a matrix.
decoder.tensor @head : tensor<96xbf16> from "h"
func.func @f(%codes: tensor<2x256xi8>, %rows: tensor<96xi32>) {
  %s = decoder.screen %codes, %rows, @head.codes plane 1 vector 32 : tensor<2x256xi8>, tensor<96xi32> -> tensor<96x2xi32>
  return
}
// expected-error @+1 {{needs a matrix of bf16, but @head is 'tensor<96xbf16>'}}
decoder.row_codes @head.codes of @head

// -----

decoder.tensor @head : tensor<96x64xbf16> from "h"
decoder.row_codes @head.codes of @head
func.func @f(%codes: tensor<2x256xi8>, %rows: tensor<96xi32>) {
  // expected-error @+1 {{works with vectors of 16, 32 or 64 bytes, not 48}}
  %s = decoder.screen %codes, %rows, @head.codes plane 1 vector 48 : tensor<2x256xi8>, tensor<96xi32> -> tensor<96x2xi32>
  return
}

// -----

decoder.tensor @head : tensor<96x64xbf16> from "h"
func.func @f(%x: tensor<2x64xf32>, %rows: tensor<9xi32>, %matrix: tensor<96x64xbf16>) {
  // expected-error @+1 {{takes one token, not 'tensor<2x64xf32>'}}
  %y = decoder.linear_rows %x, %rows of %matrix, @head : tensor<2x64xf32>, tensor<9xi32>, tensor<96x64xbf16> -> tensor<9x1xf32>
  return
}

// -----

decoder.tensor @head : tensor<96x64xbf16> from "h"
func.func @f(%x: tensor<1x64xf32>, %rows: tensor<9xi32>, %matrix: tensor<95x64xbf16>) {
  // expected-error @+1 {{reads rows of 'tensor<95x64xbf16>', but @head is 'tensor<96x64xbf16>'}}
  %y = decoder.linear_rows %x, %rows of %matrix, @head : tensor<1x64xf32>, tensor<9xi32>, tensor<95x64xbf16> -> tensor<9x1xf32>
  return
}

// -----

func.func @f(%codes: memref<2x100xi8>, %planes: memref<64xi8>, %rows: memref<1xi32>, %sums: memref<1x2xi32>, %i: index) {
  // expected-error @+1 {{needs hidden codes of 2x256 for 100 columns, not 'memref<2x100xi8>'}}
  decoder.screen_rows ins(%codes, %planes at %i, %rows) outs(%sums) rows %i size %i plane 0 columns 100 vector 64
      : memref<2x100xi8>, memref<64xi8>, memref<1xi32>, memref<1x2xi32>
  return
}

// -----

func.func @f(%codes: memref<2x256xi8>, %planes: memref<64xi8>, %rows: memref<1xi32>, %sums: memref<1x2xi32>, %i: index) {
  // expected-error @+1 {{there are planes 0 and 1, not 2}}
  decoder.screen_rows ins(%codes, %planes at %i, %rows) outs(%sums) rows %i size %i plane 2 columns 100 vector 64
      : memref<2x256xi8>, memref<64xi8>, memref<1xi32>, memref<1x2xi32>
  return
}

// -----

func.func @f(%codes: memref<2x256xi8>, %planes: memref<64xi8>, %rows: memref<1xi32>, %sums: memref<1x2xi32>, %i: index) {
  // expected-error @+1 {{needs 1 to 1048576 columns, not 0}}
  decoder.screen_rows ins(%codes, %planes at %i, %rows) outs(%sums) rows %i size %i plane 0 columns 0 vector 64
      : memref<2x256xi8>, memref<64xi8>, memref<1xi32>, memref<1x2xi32>
  return
}

// -----

decoder.tensor @embed : tensor<100x64xbf16> from "e"
func.func @f(%ids: tensor<2xi32>) {
  // expected-error @+1 {{has different token counts: 'tensor<2xi32>' and 'tensor<3x64xf32>'}}
  %x = decoder.embed %ids, @embed : tensor<2xi32> -> tensor<3x64xf32>
  return
}

// -----

decoder.tensor @norm : tensor<64xf32> from "n"
func.func @f(%x: tensor<2x64xf32>) {
  // expected-error @+1 {{has different token counts: 'tensor<2x64xf32>' and 'tensor<1xf32>'}}
  %c, %s, %u = decoder.rms_norm_quantize %x, @norm eps 1.0e-5 : tensor<2x64xf32> -> tensor<2x64xi8>, tensor<1xf32>, tensor<2xi32>
  return
}

// -----

decoder.tensor @norm : tensor<64xf32> from "n"
func.func @f(%x: tensor<2x64xf32>) {
  // expected-error @+1 {{'decoder.rms_norm' op has no attribute 'groups'}}
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 {groups = 4 : i64} : tensor<2x64xf32>
  return
}

// -----

decoder.tensor @norm : tensor<64xf32> from "n"
func.func @f(%x: tensor<2x64xf32>) {
  // expected-error @+1 {{'decoder.rms_norm' op has no attribute 'ternary.family'}}
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 {ternary.family = "dot2"} : tensor<2x64xf32>
  return
}

// -----

// expected-error @+1 {{'decoder.tensor' op has no attribute 'dtype'}}
decoder.tensor @norm : tensor<64xf32> from "n" {dtype = "f16"}

// -----

func.func @f(%x: tensor<?x192xf32>) {
  // expected-error @+1 {{needs runs of a power of two, not 96}}
  %h = decoder.hadamard %x block 96 : tensor<?x192xf32>
  return
}

// -----

func.func @f(%x: tensor<?x192xf32>) {
  // expected-error @+1 {{works on runs of 128 numbers, of which rows of 192 are no whole number}}
  %h = decoder.hadamard %x block 128 : tensor<?x192xf32>
  return
}

// -----

func.func @f(%x: tensor<?x192xf32>) {
  // expected-error @+1 {{cannot keep 33 of 32}}
  %k = decoder.keep_top %x keep 33 of 32 : tensor<?x192xf32>
  return
}

// -----

func.func @f(%x: tensor<?x192xf32>) {
  // expected-error @+1 {{'decoder.layer_norm' op has no attribute 'weight'}}
  %n = decoder.layer_norm %x eps 1.0e-5 {weight = @w} : tensor<?x192xf32>
  return
}

// -----

decoder.tensor @q_norm : tensor<48xf32> from "q_norm"
func.func @f(%x: tensor<?x192xf32>, %y: tensor<?x128xf32>) {
  %n = decoder.head_norm %x, @q_norm eps 1.0e-6 : tensor<?x192xf32>
  // expected-error @+1 {{needs a weight of f32 for heads that rows of 128 consist of, but @q_norm is 'tensor<48xf32>'}}
  %m = decoder.head_norm %y, @q_norm eps 1.0e-6 : tensor<?x128xf32>
  return
}

// -----

decoder.tensor @q_norm : tensor<64xbf16> from "q_norm"
func.func @f(%x: tensor<?x192xf32>) {
  // expected-error @+1 {{needs a weight of f32 for heads that rows of 192 consist of, but @q_norm is 'tensor<64xbf16>'}}
  %n = decoder.head_norm %x, @q_norm eps 1.0e-6 : tensor<?x192xf32>
  return
}

// -----

decoder.tensor @q_norm : tensor<3x64xf32> from "q_norm"
func.func @f(%x: tensor<?x192xf32>) {
  // expected-error @+1 {{needs a weight of f32 for heads that rows of 192 consist of, but @q_norm is 'tensor<3x64xf32>'}}
  %n = decoder.head_norm %x, @q_norm eps 1.0e-6 : tensor<?x192xf32>
  return
}

// -----

func.func @f(%x: tensor<?x192xf32>) {
  // expected-error @+1 {{uses @q_norm, which is no decoder.tensor of this module}}
  %n = decoder.head_norm %x, @q_norm eps 1.0e-6 : tensor<?x192xf32>
  return
}

// -----

decoder.tensor @norm : tensor<96xf32> from "n"
func.func @f(%x: tensor<1x96xf32>) {
  // expected-error @+1 {{makes 96 bytes of codes of 96 activations; there must be at least twice as many}}
  %c, %t, %s = decoder.rms_norm_quantize %x, @norm eps 1.0e-5 codes <i16, absmax 32512.0, floor 1.0e-20, rounded once>
    : tensor<1x96xf32> -> tensor<1x96xi8>, tensor<1xf32>, tensor<1x2xi32>
  return
}
