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

decoder.cache @k : !decoder.cache<2 by 16, f16>
func.func @f(%x: tensor<?x64xf32>, %p: index) {
  // expected-error @+1 {{stores 64 columns into '!decoder.cache<2 by 16, f16>', which takes 32}}
  %c = decoder.cache_append %x at %p, @k : tensor<?x64xf32> -> !decoder.cache<2 by 16, f16>
  return
}

// -----

func.func @f(%step: !decoder.step) {
  // expected-error @+1 {{names a thread for scratch}}
  %b = decoder.step_buffer %step scratch : memref<64xi8>
  return
}

// -----

// expected-error @+1 {{a cache holds f32, f16 or i8, not 'f64'}}
decoder.cache @k : !decoder.cache<2 by 16, f64>

// -----

// expected-error @+1 {{a cache needs positive heads and head dimension, not 0 by 16}}
decoder.cache @k : !decoder.cache<0 by 16, f16>

// -----

func.func @f(%q: tensor<1x64xf32>, %k: !decoder.cache<2 by 16, f16>, %p: index) {
  // expected-error @+1 {{makes, of one token, pages x 1 x 64 and twice pages x 1 x 4 query heads}}
  %parts, %largest, %total = decoder.attention_pages %q, %k, %k at %p scale 1.0
      : tensor<1x64xf32>, !decoder.cache<2 by 16, f16>, !decoder.cache<2 by 16, f16>
      -> tensor<3x1x64xf32>, tensor<3x1x2xf32>, tensor<3x1x2xf32>
  return
}

// -----

func.func @f(%parts: tensor<3x1x64xf32>, %largest: tensor<2x1x4xf32>, %p: index) {
  // expected-error @+1 {{cannot make}}
  %y = decoder.attention_combine %parts, %largest, %largest at %p : tensor<3x1x64xf32>, tensor<2x1x4xf32> -> tensor<1x64xf32>
  return
}
