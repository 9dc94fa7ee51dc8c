// RUN: tern-opt %s -ternary-quantize-activations | FileCheck %s

ternary.weight @q 40 x 30 from "q" as packed_rows format <trits, scale <tensor, stored, multiply>> scales "q_scale"
ternary.weight @k 20 x 30 from "k" as packed_rows format <trits, scale <tensor, stored, multiply>> scales "k_scale"

ternary.weight @c 20 x 30 from "c" as scaled format <trits, scale <columns [10, 20], stored, multiply>>
ternary.weight @r 20 x 30 from "r" as scaled format <trits, scale <rows [10, 10], stored, multiply>>

// Two linears on one activation share its quantisation.
// CHECK-LABEL: @shared
// CHECK: %[[C:.*]], %[[T:.*]], %[[S:.*]] = ternary.quantize %arg0 : tensor<2x30xf32> -> tensor<2x30xi8>, tensor<2xf32>, tensor<2xi32>
// CHECK-NEXT: %[[P:.*]] = ternary.matmul %[[C]], %[[S]], @q : tensor<2x30xi8>, tensor<2xi32> -> tensor<2x40xi32>
// CHECK-NEXT: %[[Q:.*]] = ternary.rescale %[[P]], %[[T]], @q : tensor<2x40xi32>, tensor<2xf32> -> tensor<2x40xf32>
// CHECK-NOT: ternary.quantize
// CHECK: %[[R:.*]] = ternary.matmul %[[C]], %[[S]], @k : tensor<2x30xi8>, tensor<2xi32> -> tensor<2x20xi32>
// CHECK-NEXT: %[[K:.*]] = ternary.rescale %[[R]], %[[T]], @k : tensor<2x20xi32>, tensor<2xf32> -> tensor<2x20xf32>
// CHECK: return %[[Q]], %[[K]]
func.func @shared(%x: tensor<2x30xf32>) -> (tensor<2x40xf32>, tensor<2x20xf32>) {
  %q = ternary.linear %x, @q : tensor<2x30xf32> -> tensor<2x40xf32>
  %k = ternary.linear %x, @k : tensor<2x30xf32> -> tensor<2x20xf32>
  return %q, %k : tensor<2x40xf32>, tensor<2x20xf32>
}

// Different activations are not mixed up.
// CHECK-LABEL: @distinct
// CHECK: ternary.quantize %arg0
// CHECK: ternary.quantize %arg1
func.func @distinct(%x: tensor<2x30xf32>, %y: tensor<2x30xf32>) -> (tensor<2x20xf32>, tensor<2x20xf32>) {
  %a = ternary.linear %x, @k : tensor<2x30xf32> -> tensor<2x20xf32>
  %b = ternary.linear %y, @k : tensor<2x30xf32> -> tensor<2x20xf32>
  return %a, %b : tensor<2x20xf32>, tensor<2x20xf32>
}

// Nor are different codes of the same activations.
// CHECK-LABEL: @codes
// CHECK: %[[A:.*]], %{{.*}}, %{{.*}} = ternary.quantize %arg0 : tensor
// CHECK: ternary.matmul %[[A]]
// CHECK: %[[B:.*]], %{{.*}}, %{{.*}} = ternary.quantize %arg0 codes <i8, absmax 1.280000e+02
// CHECK: ternary.matmul %[[B]]
func.func @codes(%x: tensor<2x30xf32>) -> (tensor<2x20xf32>, tensor<2x20xf32>) {
  %a = ternary.linear %x, @k : tensor<2x30xf32> -> tensor<2x20xf32>
  %b = ternary.linear %x, @k codes <i8, absmax 128.0, floor 1.0e-5, rounded twice> : tensor<2x30xf32> -> tensor<2x20xf32>
  return %a, %b : tensor<2x20xf32>, tensor<2x20xf32>
}

// Before token specialisation too; dense linears stay.
// CHECK-LABEL: @dynamic
// CHECK: ternary.quantize %arg0 : tensor<?x30xf32> -> tensor<?x30xi8>, tensor<?xf32>, tensor<?xi32>
// CHECK-NOT: ternary.linear
// CHECK: decoder.linear
decoder.tensor @dense : tensor<8x20xbf16> from "dense"
func.func @dynamic(%x: tensor<?x30xf32>) -> tensor<?x8xf32> {
  %a = ternary.linear %x, @k : tensor<?x30xf32> -> tensor<?x20xf32>
  %b = decoder.linear %a, @dense : tensor<?x20xf32> -> tensor<?x8xf32>
  return %b : tensor<?x8xf32>
}

// Scales of columns go onto the activations, which are quantised apart; those of rows are the rescaling's.
// CHECK-LABEL: @columns
// CHECK: %[[X:.*]] = ternary.scale_columns %arg0, @c : tensor<2x30xf32>
// CHECK: %[[C:.*]], %[[T:.*]], %[[S:.*]] = ternary.quantize %[[X]]
// CHECK: ternary.matmul %[[C]], %[[S]], @c
// CHECK: ternary.rescale %{{.*}}, %[[T]], @c
// CHECK: %[[D:.*]], %{{.*}}, %{{.*}} = ternary.quantize %arg0
// CHECK: ternary.matmul %[[D]], %{{.*}}, @r
func.func @columns(%x: tensor<2x30xf32>) -> (tensor<2x20xf32>, tensor<2x20xf32>) {
  %a = ternary.linear %x, @c : tensor<2x30xf32> -> tensor<2x20xf32>
  %b = ternary.linear %x, @r : tensor<2x30xf32> -> tensor<2x20xf32>
  return %a, %b : tensor<2x20xf32>, tensor<2x20xf32>
}
