// RUN: tern-opt %s -split-input-file -verify-diagnostics -decoder-split-attention -o - | FileCheck %s

// 600 positions are three pages. A step of several tokens keeps its attention.
module attributes {decoder.model = {max_context = 600 : i64}} {
  decoder.cache @k : !decoder.cache<keys, 2 by 16, f16>
  decoder.cache @v : !decoder.cache<values, 2 by 16, f16>
  // CHECK-LABEL: func.func @one
  // CHECK: %[[PARTS:.*]], %[[LARGEST:.*]], %[[TOTAL:.*]] = decoder.attention_pages %{{.*}} scale 2.500000e-01
  // CHECK-SAME: -> tensor<3x1x64xf32>, tensor<3x1x4xf32>, tensor<3x1x4xf32>
  // CHECK: decoder.attention_combine %[[PARTS]], %[[LARGEST]], %[[TOTAL]] at
  // CHECK-NOT: decoder.attention %
  func.func @one(%ids: tensor<1xi32>, %position: !step.positions, %q: tensor<1x64xf32>, %kv: tensor<1x32xf32>) -> tensor<1x64xf32> {
    %k = decoder.cache_append %kv at %position, @k : tensor<1x32xf32> -> !decoder.cache<keys, 2 by 16, f16>
    %v = decoder.cache_append %kv at %position, @v : tensor<1x32xf32> -> !decoder.cache<values, 2 by 16, f16>
    %a = decoder.attention %q, %k, %v at %position scale 0.25
        : tensor<1x64xf32>, !decoder.cache<keys, 2 by 16, f16>, !decoder.cache<values, 2 by 16, f16>
    return %a : tensor<1x64xf32>
  }
  // CHECK-LABEL: func.func @many
  // CHECK: decoder.attention %
  func.func @many(%ids: tensor<8xi32>, %position: !step.positions, %q: tensor<8x64xf32>, %kv: tensor<8x32xf32>) -> tensor<8x64xf32> {
    %k = decoder.cache_append %kv at %position, @k : tensor<8x32xf32> -> !decoder.cache<keys, 2 by 16, f16>
    %v = decoder.cache_append %kv at %position, @v : tensor<8x32xf32> -> !decoder.cache<values, 2 by 16, f16>
    %a = decoder.attention %q, %k, %v at %position scale 0.25
        : tensor<8x64xf32>, !decoder.cache<keys, 2 by 16, f16>, !decoder.cache<values, 2 by 16, f16>
    return %a : tensor<8x64xf32>
  }
}

// -----

decoder.cache @k : !decoder.cache<keys, 2 by 16, f32>
decoder.cache @v : !decoder.cache<values, 2 by 16, f32>
func.func @f(%ids: tensor<1xi32>, %position: !step.positions, %q: tensor<1x64xf32>, %kv: tensor<1x32xf32>) -> tensor<1x64xf32> {
  %k = decoder.cache_append %kv at %position, @k : tensor<1x32xf32> -> !decoder.cache<keys, 2 by 16, f32>
  %v = decoder.cache_append %kv at %position, @v : tensor<1x32xf32> -> !decoder.cache<values, 2 by 16, f32>
  // expected-error @+1 {{needs decoder.model with max_context on the module}}
  %a = decoder.attention %q, %k, %v at %position scale 0.25
      : tensor<1x64xf32>, !decoder.cache<keys, 2 by 16, f32>, !decoder.cache<values, 2 by 16, f32>
  return %a : tensor<1x64xf32>
}
