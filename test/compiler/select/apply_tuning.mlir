// Choices of a file: by name before by shape, checked against table, verifier and target. Kernels are read as they are
// written now and as files had them when the layout told the loop nest; parameters that it did not read are left out.
// RUN: split-file %s %t
// RUN: tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/good.json schedule=true" | FileCheck %s
// RUN: tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/good.json schedule=true" -ternary-select-kernels | FileCheck %s --check-prefix=SELECTED
// RUN: not tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/good.json" 2>&1 | FileCheck %s --check-prefix=DEVICE
// RUN: not tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/verifier.json schedule=true" 2>&1 | FileCheck %s --check-prefix=VERIFIER
// RUN: not tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/layout.json schedule=true" 2>&1 | FileCheck %s --check-prefix=LAYOUT
// RUN: not tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/feature.json schedule=true" 2>&1 | FileCheck %s --check-prefix=FEATURE
// RUN: not tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/family.json schedule=true" 2>&1 | FileCheck %s --check-prefix=FAMILY
// RUN: not tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/decode.json schedule=true" 2>&1 | FileCheck %s --check-prefix=DECODE
// RUN: not tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/unused.json schedule=true" 2>&1 | FileCheck %s --check-prefix=UNUSED
// RUN: not tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/none.json schedule=true" 2>&1 | FileCheck %s --check-prefix=NONE

// A file that was made for other shapes is no tuning of this model.
// RUN: not tern-opt %t/sparse.mlir -ternary-apply-tuning=file=%t/others.json 2>&1 | FileCheck %s --check-prefix=OTHERS
// OTHERS: others.json: has no choice for any weight of this model

// Choices by shape were measured with dense codes; where relu2 makes zeros they count in a schedule only.
// RUN: tern-opt %t/sparse.mlir -ternary-apply-tuning=file=%t/device.json | FileCheck %s --check-prefix=SPARSE
// RUN: tern-opt %t/sparse.mlir -ternary-apply-tuning="file=%t/device.json schedule=true" | FileCheck %s --check-prefix=SCHEDULE
// SPARSE: ternary.weight @a 8 x 16 from "a" as master format <trits, scale <tensor, absmean>>{{$}}
// SCHEDULE: ternary.weight @a {{.*}}{ternary.choice = 

// CHECK: ternary.weight @a {{.*}} {ternary.choice = {by = "{{.*}}good.json", decode = #ternary.lanes<unpack = shift, prefetch = 512, width = 32>, family = "dot2-v32", layout = #ternary.layout<codes2, 128 by 16>}}
// CHECK: ternary.weight @b {{.*}} {ternary.choice = {by = "{{.*}}good.json", family = "dot2-v16"}}

// RUN: tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/former.json schedule=true" | FileCheck %s --check-prefix=FORMER
// FORMER: ternary.weight @a {{.*}} decode = #ternary.lanes<unpack = shift, prefetch = 512, width = 32>, family = "dot2-v32", prefill = #ternary.lanes<unpack = shift, tokens = 8, prefetch = 1024, width = 32>}
// FORMER: ternary.weight @b {{.*}} decode = #ternary.columns<prefetch = 640, width = 32, skip_below = 70>, family = "dot2-columns-v32", prefill = #ternary.panels<tokens = 2, unroll = 4, width = 32, rows = 64>}
// RUN: not tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/parameter.json schedule=true" 2>&1 | FileCheck %s --check-prefix=PARAMETER
// PARAMETER: parameter.json: choice for a: prefill: kernel "panels<prefetch = 0>": a kernel 'panels' has no parameter 'prefetch'; it has: tokens, unroll, width, rows
// RUN: not tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/nokernel.json schedule=true" 2>&1 | FileCheck %s --check-prefix=NOKERNEL
// NOKERNEL: nokernel.json: choice for a: decode: kernel "layout<codes2, 4 by 64>": #ternary.layout<codes2, 4 by 64> is something else
// RUN: not tern-opt %t/graph.mlir -ternary-apply-tuning="file=%t/tiles.json schedule=true" 2>&1 | FileCheck %s --check-prefix=TILES
// TILES: tiles.json: choice for a: prefill: kernel "amx<tokens = 32, rows = 32>" needs amx-int8, which test does not have

// SELECTED: ternary.weight @a {{.*}} layout <codes2, 128 by 16> {ternary.family = "dot2-v32"}
// SELECTED: ternary.weight @b {{.*}} layout <codes2, 32 by 16> {ternary.family = "dot2-v16"}
// SELECTED: ternary.matmul {{.*}} @a kernel lanes<unpack = shift, prefetch = 512, width = 32>

// DEVICE: good.json: was not measured on test with these 1 features by compiler {{[0-9.]+}}; it has: any (0 features, compiler ); run tern-tune on the device
// VERIFIER: verifier.json: choice for a: prefill: kernel "lanes<tokens = 99>": a kernel's tokens must be 1 to 64, not 99
// LAYOUT: layout.json: choice for a: layout: layout "codes2, 4 by 250":
// FEATURE: feature.json: choice for a: kernel family 'dot2-v64' needs features that test does not have: avx512vnni
// FAMILY: family.json: choice for a: there is no kernel family 'fast'; there are: dot1.6-amx, {{.*}}dot2-v16
// DECODE: decode.json: choice for a: decode: its kernel is for one token, not for 4
// UNUSED: unused.json: there is no ternary weight "c" left for a choice of it
// NONE: none.json: cannot open

//--- graph.mlir
module attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "test", features = <["+avx2"]>>} {
  ternary.weight @a 8 x 16 from "a" as master format <trits, scale <tensor, absmean>>
  ternary.weight @b 8 x 16 from "b" as master format <trits, scale <tensor, absmean>>
  func.func @tern_decode(%x: tensor<1x16xf32>) -> tensor<1x8xf32> {
    %c, %s, %sum = ternary.quantize %x : tensor<1x16xf32> -> tensor<1x16xi8>, tensor<1xf32>, tensor<1xi32>
    %p = ternary.matmul %c, %sum, @a : tensor<1x16xi8>, tensor<1xi32> -> tensor<1x8xi32>
    %y = ternary.rescale %p, %s, @a : tensor<1x8xi32>, tensor<1xf32> -> tensor<1x8xf32>
    return %y : tensor<1x8xf32>
  }
}
//--- sparse.mlir
module attributes {llvm.target = #llvm.target<triple = "x86_64-linux-gnu", chip = "test", features = <["+avx2"]>>} {
  ternary.weight @a 8 x 16 from "a" as master format <trits, scale <tensor, absmean>>
  func.func @tern_decode(%g: tensor<1x16xf32>, %u: tensor<1x16xf32>) -> tensor<1x8xf32> {
    %x = decoder.gate relu2 %g, %u : tensor<1x16xf32>
    %c, %s, %sum = ternary.quantize %x : tensor<1x16xf32> -> tensor<1x16xi8>, tensor<1xf32>, tensor<1xi32>
    %p = ternary.matmul %c, %sum, @a : tensor<1x16xi8>, tensor<1xi32> -> tensor<1x8xi32>
    %y = ternary.rescale %p, %s, @a : tensor<1x8xi32>, tensor<1xf32> -> tensor<1x8xf32>
    return %y : tensor<1x8xf32>
  }
}
//--- device.json
{"tern_tuning": 1, "devices": [{"cpu": "test", "features": "avx2", "compiler": "0.1.0", "choices": [
  {"rows": 8, "columns": 16, "family": "dot2-v32"}]}]}
//--- others.json
{"tern_tuning": 1, "devices": [{"cpu": "test", "features": "avx2", "compiler": "0.1.0", "choices": [
  {"rows": 9, "columns": 16, "family": "dot2-v32"}]}]}
//--- former.json
{"tern_tuning": 1, "devices": [{"cpu": "any", "choices": [
  {"weight": "b", "rows": 8, "columns": 16, "family": "dot2-columns-v32",
   "decode": "dot, prefetch = 640, width = 32, skip_below = 70", "prefill": "dot, unpack = panel, tokens = 2, unroll = 4, width = 32, rows = 64"},
  {"weight": "a", "rows": 8, "columns": 16, "family": "dot2-v32",
   "decode": "dot, unpack = shift, prefetch = 512, width = 32",
   "prefill": "dot, unpack = shift, tokens = 8, prefetch = 1024, width = 32, rows = 16"}]}]}
//--- parameter.json
{"tern_tuning": 1, "devices": [{"cpu": "any", "choices": [
  {"rows": 8, "columns": 16, "family": "dot2-v32", "prefill": "panels<prefetch = 0>"}]}]}
//--- nokernel.json
{"tern_tuning": 1, "devices": [{"cpu": "any", "choices": [
  {"rows": 8, "columns": 16, "family": "dot2-v32", "decode": "layout<codes2, 4 by 64>"}]}]}
//--- tiles.json
{"tern_tuning": 1, "devices": [{"cpu": "any", "choices": [
  {"rows": 8, "columns": 16, "family": "dot2-v32", "prefill": "amx<tokens = 32, rows = 32>"}]}]}
//--- good.json
{"tern_tuning": 1, "devices": [{"cpu": "any", "choices": [
  {"rows": 8, "columns": 16, "family": "dot2-v16"},
  {"weight": "a", "rows": 8, "columns": 16, "family": "dot2-v32", "layout": "codes2, 128 by 16",
   "decode": "lanes<unpack = shift, prefetch = 512, width = 32>"}]}]}
//--- verifier.json
{"tern_tuning": 1, "devices": [{"cpu": "any", "choices": [
  {"rows": 8, "columns": 16, "family": "dot2-v32", "prefill": "lanes<tokens = 99>"}]}]}
//--- layout.json
{"tern_tuning": 1, "devices": [{"cpu": "any", "choices": [
  {"rows": 8, "columns": 16, "family": "dot2-v32", "layout": "codes2, 4 by 250"}]}]}
//--- feature.json
{"tern_tuning": 1, "devices": [{"cpu": "any", "choices": [{"rows": 8, "columns": 16, "family": "dot2-v64"}]}]}
//--- family.json
{"tern_tuning": 1, "devices": [{"cpu": "any", "choices": [{"rows": 8, "columns": 16, "family": "fast"}]}]}
//--- decode.json
{"tern_tuning": 1, "devices": [{"cpu": "any", "choices": [
  {"rows": 8, "columns": 16, "family": "dot2-v32", "decode": "lanes<unpack = shift, tokens = 4>"}]}]}
//--- unused.json
{"tern_tuning": 1, "devices": [{"cpu": "any", "choices": [
  {"weight": "c", "rows": 8, "columns": 16, "family": "dot2-v32"}]}]}
