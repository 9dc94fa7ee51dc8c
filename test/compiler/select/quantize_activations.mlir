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

// Codes of 16 bits are two planes of bytes, with a sum for each; products and rescaling know of them.
// CHECK-LABEL: @planes
// CHECK: %[[C:.*]], %[[T:.*]], %[[S:.*]] = ternary.quantize %arg0 codes <i16, absmax 3.251200e+04, floor {{.*}}, rounded once> : tensor<2x30xf32> -> tensor<2x60xi8>, tensor<2xf32>, tensor<2x2xi32>
// CHECK-NEXT: %[[P:.*]] = ternary.matmul %[[C]], %[[S]], @k planes 2 : tensor<2x60xi8>, tensor<2x2xi32> -> tensor<2x40xi32>
// CHECK-NEXT: ternary.rescale %[[P]], %[[T]], @k planes 2 : tensor<2x40xi32>, tensor<2xf32> -> tensor<2x20xf32>
func.func @planes(%x: tensor<2x30xf32>) -> tensor<2x20xf32> {
  %y = ternary.linear %x, @k codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> : tensor<2x30xf32> -> tensor<2x20xf32>
  return %y : tensor<2x20xf32>
}

ternary.weight @g10 20 x 30 from "g" as trits format <trits, scale <group 10, stored, multiply>> scales "g_scale"
ternary.weight @h10 8 x 30 from "h" as trits format <trits, scale <group 10, stored, multiply>> scales "h_scale"
ternary.weight @g15 20 x 30 from "i" as trits format <trits, scale <group 15, stored, multiply>> scales "i_scale"

// Scales of groups need the sum of the codes of each group, so weights share a quantisation where their groups are alike; the products are floats.
// CHECK-LABEL: @groups
// CHECK: %[[C:.*]], %[[T:.*]], %[[S:.*]] = ternary.quantize %arg0 : tensor<?x30xf32> -> tensor<?x30xi8>, tensor<?xf32>, tensor<?x3xi32>
// CHECK-NEXT: %[[P:.*]] = ternary.matmul %[[C]], %[[S]], @g10 : tensor<?x30xi8>, tensor<?x3xi32> -> tensor<?x20xf32>
// CHECK-NEXT: ternary.rescale %[[P]], %[[T]], @g10 : tensor<?x20xf32>, tensor<?xf32> -> tensor<?x20xf32>
// CHECK-NEXT: ternary.matmul %[[C]], %[[S]], @h10 : tensor<?x30xi8>, tensor<?x3xi32> -> tensor<?x8xf32>
// CHECK: %[[D:.*]], %{{.*}}, %[[U:.*]] = ternary.quantize %arg0 : tensor<?x30xf32> -> tensor<?x30xi8>, tensor<?xf32>, tensor<?x2xi32>
// CHECK-NEXT: ternary.matmul %[[D]], %[[U]], @g15
// CHECK: %[[E:.*]], %{{.*}}, %[[V:.*]] = ternary.quantize %arg0 : tensor<?x30xf32> -> tensor<?x30xi8>, tensor<?xf32>, tensor<?xi32>
// CHECK-NEXT: ternary.matmul %[[E]], %[[V]], @k
func.func @groups(%x: tensor<?x30xf32>) -> (tensor<?x20xf32>, tensor<?x8xf32>, tensor<?x20xf32>, tensor<?x20xf32>) {
  %a = ternary.linear %x, @g10 : tensor<?x30xf32> -> tensor<?x20xf32>
  %b = ternary.linear %x, @h10 : tensor<?x30xf32> -> tensor<?x8xf32>
  %c = ternary.linear %x, @g15 : tensor<?x30xf32> -> tensor<?x20xf32>
  %d = ternary.linear %x, @k : tensor<?x30xf32> -> tensor<?x20xf32>
  return %a, %b, %c, %d : tensor<?x20xf32>, tensor<?x8xf32>, tensor<?x20xf32>, tensor<?x20xf32>
}

// Both: plane by plane the sums of the groups.
// CHECK-LABEL: @both
// CHECK: ternary.quantize %arg0 codes <i16, {{.*}}> : tensor<1x30xf32> -> tensor<1x60xi8>, tensor<1xf32>, tensor<1x6xi32>
// CHECK-NEXT: ternary.matmul %{{.*}}, %{{.*}}, @g10 planes 2 : tensor<1x60xi8>, tensor<1x6xi32> -> tensor<1x40xf32>
// CHECK-NEXT: ternary.rescale %{{.*}}, %{{.*}}, @g10 planes 2 : tensor<1x40xf32>, tensor<1xf32> -> tensor<1x20xf32>
func.func @both(%x: tensor<1x30xf32>) -> tensor<1x20xf32> {
  %y = ternary.linear %x, @g10 codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> : tensor<1x30xf32> -> tensor<1x20xf32>
  return %y : tensor<1x20xf32>
}
