// One linear layer is kept, with its weight and nothing else.
// RUN: split-file %s %t
// RUN: tern-opt %t/graph.mlir -tern-only=linear=blk.0.ffn_down | FileCheck %s
// RUN: tern-opt %t/graph.mlir -tern-only=linear=blk.0.ffn_down -tern-phase-ternary -tern-phase-tiled | FileCheck %s --check-prefix=TILED
// RUN: not tern-opt %t/graph.mlir -tern-only=linear=blk.0.ffn_dwn 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not tern-opt %t/empty.mlir -tern-only=linear=w 2>&1 | FileCheck %s --check-prefix=EMPTY

// CHECK-NOT: decoder.tensor
// CHECK-NOT: @blk.0.ffn_up
// CHECK: ternary.weight @blk.0.ffn_down 8 x 16
// CHECK: func.func @forward(%[[X:.*]]: tensor<?x16xf32> {step.port = #step.port<"input", rows>, ternary.density = 3.000000e-01 : f64})
// CHECK-SAME: -> (tensor<?x8xf32> {step.port = #step.port<"output", rows>})
// CHECK-NEXT: %[[Y:.*]] = ternary.linear %[[X]], @blk.0.ffn_down
// CHECK-NEXT: return %[[Y]]

// Its activations and results are ports.
// TILED: func.func @tern_forward_row(%[[STEP:.*]]: !step.step
// TILED-DAG: step.port %[[STEP]], "input"
// TILED-DAG: step.port %[[STEP]], "output"
// TILED: call @quantize
// TILED: call @gemm_8x16_t1

// NAME: has no ternary linear layer "blk.0.ffn_dwn"; near names: blk.0.ffn_down
// EMPTY: has no function @forward to take a linear layer from; is it the output of phase graph?

//--- graph.mlir
module attributes {decoder.model = {max_context = 8 : i64},
                   llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "test", features = <["+avx2"]>>} {
  decoder.tensor @token_embd : tensor<32x8xbf16> from "e"
  ternary.weight @blk.0.ffn_up 16 x 8 from "u" as master format <trits, scale <tensor, absmean>>
  ternary.weight @blk.0.ffn_down 8 x 16 from "d" as master format <trits, scale <tensor, absmean>>
  func.func @forward(%ids: tensor<?xi32>, %position: index) -> tensor<?x8xf32> {
    %x = decoder.embed %ids, @token_embd : tensor<?xi32> -> tensor<?x8xf32>
    %u = ternary.linear %x, @blk.0.ffn_up : tensor<?x8xf32> -> tensor<?x16xf32>
    %g = decoder.gate relu2 %u, %u : tensor<?x16xf32>
    %d = ternary.linear %g, @blk.0.ffn_down : tensor<?x16xf32> -> tensor<?x8xf32>
    return %d : tensor<?x8xf32>
  }
}
//--- empty.mlir
module {}
