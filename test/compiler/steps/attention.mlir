// RUN: tern-opt %s -split-input-file -verify-diagnostics \
// RUN:   -pass-pipeline='builtin.module(func.func(decoder-split-attention,decoder-partition-threads,decoder-insert-barriers),decoder-lower-to-steps)' -o - \
// RUN:   | FileCheck %s

// Two caches of 2 heads by 16 codes take 2 * (2 * 16 + 2 * 4) = 80 bytes for a position, 20480 for a page of 256. The scales stand behind the
// 8192 bytes of codes.
module attributes {decoder.model = {max_context = 600 : i64}} {
  decoder.tensor @queries : tensor<8x64xf32> from "q"
  decoder.tensor @keys : tensor<8x32xf32> from "k"
  decoder.tensor @square : tensor<64x64xf32> from "s"
  decoder.cache @k : !decoder.cache<keys, 2 by 16, i8>
  decoder.cache @v : !decoder.cache<values, 2 by 16, i8>
  // CHECK-LABEL: func.func @decode
  // CHECK: %{{.*}}, %{{.*}}, %[[PAGES:.*]] = step.run
  // CHECK: memref.load %[[PAGES]]
  // CHECK: arith.constant 20480 : index
  // A token's keys are a column of a strip of 64 positions, its values a row of each strip (here one) of columns. Codes lie in pairs, of columns of
  // keys and of positions of values.
  // CHECK: memref.view %{{.*}} : memref<?xi8> to memref<4x8x64x2xi8>
  // CHECK: arith.constant 8192 : index
  // CHECK: memref.view %{{.*}} : memref<?xi8> to memref<256xf32>
  // CHECK: call @cache_store_keys_i8{{.*}} memref<8x1x2xi8
  // CHECK: memref.view %{{.*}} : memref<?xi8> to memref<1x128x16x2xi8>
  // CHECK: call @cache_store_values_i8{{.*}} memref<1x1x16x1xi8
  // CHECK: step.barrier
  // Every thread has a share of pages times heads.
  // CHECK: %[[UNITS:.*]] = arith.muli %{{.*}}, %{{.*}} : index
  // CHECK: step.share %{{.*}} of %{{.*}} over %{{.*}} by 1
  // CHECK: call @attention_i8
  // CHECK: step.barrier
  // CHECK: call @attention_combine
  func.func @decode(%ids: tensor<1xi32> {step.port = #step.port<"tokens", rows>}, %position: !step.positions) -> (tensor<1x64xf32> {step.port = #step.port<"logits", rows>}) {
    %q = decoder.embed %ids, @queries : tensor<1xi32> -> tensor<1x64xf32>
    %x = decoder.embed %ids, @keys : tensor<1xi32> -> tensor<1x32xf32>
    %k = decoder.cache_append %x at %position, @k : tensor<1x32xf32> -> !decoder.cache<keys, 2 by 16, i8>
    %v = decoder.cache_append %x at %position, @v : tensor<1x32xf32> -> !decoder.cache<values, 2 by 16, i8>
    %a = decoder.attention %q, %k, %v at %position scale 0.25
        : tensor<1x64xf32>, !decoder.cache<keys, 2 by 16, i8>, !decoder.cache<values, 2 by 16, i8>
    %y = decoder.linear %a, @square : tensor<1x64xf32> -> tensor<1x64xf32>
    return %y : tensor<1x64xf32>
  }
  // A block of tokens, run by run, which are at neighbouring positions of one sequence each: stored by strips of positions; values token by token; token tiles of all 8, whose pages are combined by the same thread.
  // CHECK-LABEL: func.func @prefill
  // CHECK: %[[COUNT:.*]] = step.value %{{.*}} n_runs
  // CHECK: scf.for %[[NTH:.*]] = %{{.*}} to %[[COUNT]]
  // CHECK: step.run %{{.*}}, %[[NTH]] : memref<?xi32>
  // CHECK: scf.for
  // CHECK: call @cache_store_keys_i8{{.*}} memref<8x?x2xi8
  // CHECK: scf.for
  // CHECK: call @cache_store_values_i8{{.*}} memref<1x1x16x1xi8
  // CHECK: call @attention_i8
  // CHECK: call @attention_combine
  func.func @prefill(%ids: tensor<8xi32> {step.port = #step.port<"tokens", rows>}, %position: !step.positions) -> (tensor<8x64xf32> {step.port = #step.port<"logits", rows>}) {
    %q = decoder.embed %ids, @queries : tensor<8xi32> -> tensor<8x64xf32>
    %x = decoder.embed %ids, @keys : tensor<8xi32> -> tensor<8x32xf32>
    %k = decoder.cache_append %x at %position, @k : tensor<8x32xf32> -> !decoder.cache<keys, 2 by 16, i8>
    %v = decoder.cache_append %x at %position, @v : tensor<8x32xf32> -> !decoder.cache<values, 2 by 16, i8>
    %a = decoder.attention %q, %k, %v at %position scale 0.25
        : tensor<8x64xf32>, !decoder.cache<keys, 2 by 16, i8>, !decoder.cache<values, 2 by 16, i8>
    %y = decoder.linear %a, @square : tensor<8x64xf32> -> tensor<8x64xf32>
    return %y : tensor<8x64xf32>
  }
}

// -----

module attributes {decoder.model = {max_context = 600 : i64}} {
  decoder.tensor @queries : tensor<8x64xf32> from "q"
  func.func @f(%ids: tensor<1xi32> {step.port = #step.port<"tokens", rows>}, %position: !step.positions, %k: !decoder.cache<keys, 2 by 16, f16>,
               %v: !decoder.cache<values, 2 by 16, f16>) -> (tensor<1x64xf32> {step.port = #step.port<"logits", rows>}) {
    %q = decoder.embed %ids, @queries : tensor<1xi32> -> tensor<1x64xf32>
    // expected-error @+1 {{needs keys and values that an operator of this step appended to a cache}}
    %a = decoder.attention %q, %k, %v at %position scale 0.25
        : tensor<1x64xf32>, !decoder.cache<keys, 2 by 16, f16>, !decoder.cache<values, 2 by 16, f16>
    %y = arith.addf %a, %a : tensor<1x64xf32>
    return %y : tensor<1x64xf32>
  }
}
