// RUN: tern-opt %s | tern-opt | FileCheck %s

// CHECK: ternary.weight @w 12 x 100 from "m.weight" as master format <trits, scale <tensor, absmean>> layout <codes2, 4 by 128>
ternary.weight @w 12 x 100 from "m.weight" as master format <trits, scale <tensor, absmean>> layout <codes2, 4 by 128>
// CHECK: ternary.weight @p 8 x 100 from "p.weight" as packed_rows format <trits, scale <tensor, stored, divide>> scales "p.weight_scale"
ternary.weight @p 8 x 100 from "p.weight" as packed_rows format <trits, scale <tensor, stored, divide>> scales "p.weight_scale"
// CHECK: ternary.weight @t 7 x 100 from "t.weight" as trits format <trits, scale <tensor, stored, multiply>> scales "t.weight_scale"
ternary.weight @t 7 x 100 from "t.weight" as trits format <trits, scale <tensor, stored, multiply>> scales "t.weight_scale"

// CHECK-LABEL: func.func @tensors
func.func @tensors(%x: tensor<3x100xf32>) -> (tensor<3x8xf32>, tensor<3x12xf32>) {
  // CHECK: ternary.linear %{{.*}}, @p : tensor<3x100xf32> -> tensor<3x8xf32>
  %y = ternary.linear %x, @p : tensor<3x100xf32> -> tensor<3x8xf32>
  // CHECK: ternary.quantize %{{.*}} : tensor<3x100xf32> -> tensor<3x128xi8>, tensor<3xf32>, tensor<3xi32>
  %c, %s, %n = ternary.quantize %x : tensor<3x100xf32> -> tensor<3x128xi8>, tensor<3xf32>, tensor<3xi32>
  // CHECK: ternary.matmul %{{.*}}, %{{.*}}, @w kernel rows<prefetch = 4096>
  %a = ternary.matmul %c, %n, @w kernel rows<prefetch = 4096> : tensor<3x128xi8>, tensor<3xi32> -> tensor<3x12xi32>
  // CHECK: ternary.rescale %{{.*}}, %{{.*}}, @w
  %z = ternary.rescale %a, %s, @w : tensor<3x12xi32>, tensor<3xf32> -> tensor<3x12xf32>
  return %y, %z : tensor<3x8xf32>, tensor<3x12xf32>
}

// CHECK-LABEL: func.func @trits
func.func @trits(%p: vector<16xi8>) -> (vector<16xi8>, vector<16xi8>) {
  // CHECK: %codes0, %codes1, %codes2, %codes3, %codes4 = ternary.unpack_trits %{{.*}} shift : vector<16xi8>
  %c:5 = ternary.unpack_trits %p shift : vector<16xi8>
  return %c#0, %c#4 : vector<16xi8>, vector<16xi8>
}

// CHECK-LABEL: func.func @vectors
func.func @vectors(%acc: vector<4xi32>, %p: vector<16xi8>, %a: vector<16xi8>) -> vector<4xi32> {
  // CHECK: ternary.unpack %{{.*}} field 2 mask : vector<16xi8>
  %u = ternary.unpack %p field 2 mask : vector<16xi8>
  // CHECK: ternary.dot %{{.*}}, %{{.*}}, %{{.*}} : vector<4xi32>, vector<16xi8>
  %d = ternary.dot %acc, %u, %a : vector<4xi32>, vector<16xi8>
  return %d : vector<4xi32>
}

// Defaults are not printed, and parameters have one order.
// CHECK-LABEL: func.func private @kernels() attributes
// CHECK-SAME: a = #ternary.rows,
// CHECK-SAME: b = #ternary.rows<unpack = shift, tokens = 4, unroll = 2, prefetch = 512>
// CHECK-SAME: c = #ternary.lanes<unroll = 2, width = 64>
// CHECK-SAME: d = #ternary.columns<prefetch = 8192, width = 32, skip_below = 80>
// CHECK-SAME: e = #ternary.panels<tokens = 8, unroll = 4, width = 64, rows = 32>
// CHECK-SAME: f = #ternary.amx<tokens = 32, rows = 32>
// CHECK-SAME: g = #ternary.amx,
// CHECK-SAME: h = #ternary.lut<unroll = 4, prefetch = 2048, width = 64, stretch = 2304>
// CHECK-SAME: i = #ternary.bit_serial<range = full, form = bytes>
func.func private @kernels() attributes {
  a = #ternary.rows<unpack = mask, tokens = 1, unroll = 1, prefetch = 0>, b = #ternary.rows<prefetch = 512, tokens = 4, unroll = 2, unpack = shift>,
  c = #ternary.lanes<width = 64, unroll = 2>, d = #ternary.columns<skip_below = 80, width = 32, prefetch = 8192>,
  e = #ternary.panels<width = 64, tokens = 8, rows = 32, unroll = 4>, f = #ternary.amx<rows = 32, tokens = 32>, g = #ternary.amx<rows = 16>,
  h = #ternary.lut<prefetch = 2048, unroll = 4, stretch = 2304, width = 64>, i = #ternary.bit_serial<form = bytes, range = full>}

// CHECK-LABEL: func.func private @formats() attributes
// CHECK-SAME: a = #ternary.format<trits, scale <tensor, stored bf16, multiply>>
// CHECK-SAME: b = #ternary.format<trits, scale <tensor, median, divide>>
// CHECK-SAME: c = #ternary.format<trits, scale <rows [2048, 256, 256], stored, multiply>>
// CHECK-SAME: d = #ternary.format<signs, scale <column, stored, multiply>, offset <column, real>>
// CHECK-SAME: e = #ternary.format<ints 4 zero 8, scale <group 128, stored f16, multiply>, offset <group 128, code>>
// CHECK-SAME: f = #ternary.format<trits>
// CHECK-SAME: g = #ternary.format<ints 2, scale <columns [64, 32], stored, multiply>>
func.func private @formats() attributes {
  a = #ternary.format<trits, scale <tensor, stored bf16>>, b = #ternary.format<trits, scale <tensor, median, divide>>,
  c = #ternary.format<trits, scale <rows [2048, 256, 256], stored, multiply>>,
  d = #ternary.format<signs, scale <column, stored, multiply>, offset <column, real>>,
  e = #ternary.format<ints 4 zero 8, scale <group 128, stored f16, multiply>, offset <group 128, code>>, f = #ternary.format<trits>,
  g = #ternary.format<ints 2 zero 0, scale <columns [64, 32], stored, multiply>>}

// CHECK: ternary.weight @parts 12 x 100 from "m" as trits format <trits, scale <rows [4, 8], stored, multiply>> scales "s"
ternary.weight @parts 12 x 100 from "m" as trits format <trits, scale <rows [4, 8], stored, multiply>> scales "s"

// CHECK: ternary.weight @columns 12 x 100 from "m" as scaled format <trits, scale <columns [40, 60], stored, multiply>>
ternary.weight @columns 12 x 100 from "m" as scaled format <trits, scale <columns [40, 60], stored, multiply>>
// CHECK-LABEL: func.func @scaled
func.func @scaled(%x: tensor<3x100xf32>) -> tensor<3x100xf32> {
  // CHECK: ternary.scale_columns %{{.*}}, @columns : tensor<3x100xf32>
  %y = ternary.scale_columns %x, @columns : tensor<3x100xf32>
  return %y : tensor<3x100xf32>
}

// CHECK: ternary.weight @lut 12 x 100 {{.*}} layout <lut3, 128 by 9>
ternary.weight @lut 12 x 100 from "m.weight" as master format <trits, scale <tensor, absmean>> layout <lut3, 128 by 9>
// CHECK: ternary.weight @tl1 12 x 100 {{.*}} layout <tl1, 64 by 16>
ternary.weight @tl1 12 x 100 from "m.weight" as master format <trits, scale <tensor, absmean>> layout <tl1, 64 by 16>
// CHECK: ternary.weight @tl2 12 x 100 {{.*}} layout <tl2, 64 by 24>
ternary.weight @tl2 12 x 100 from "m.weight" as master format <trits, scale <tensor, absmean>> layout <tl2, 64 by 24>

// CHECK-LABEL: func.func @tables
func.func @tables(%c2: vector<2xi8>, %c3: vector<3xi8>, %c4: vector<4xi8>, %s: f32, %i: vector<64xi8>, %j: vector<32xi16>) -> (vector<64xi8>, vector<32xi16>) {
  // CHECK: ternary.table_build %{{.*}} <trits, group = 3, full, words> : vector<3xi8> -> vector<32xi16>
  %w = ternary.table_build %c3 <trits, group = 3, full, words> : vector<3xi8> -> vector<32xi16>
  // CHECK: ternary.table_build %{{.*}} <trits, group = 2, full, halves> : vector<2xi8> -> vector<32xi8>
  %t1 = ternary.table_build %c2 <trits, group = 2, full, halves> : vector<2xi8> -> vector<32xi8>
  // CHECK: ternary.table_build %{{.*}} <trits, group = 3, mirrored, halves> : vector<3xi8> -> vector<32xi8>
  %t2 = ternary.table_build %c3 <trits, group = 3, mirrored, halves> : vector<3xi8> -> vector<32xi8>
  // CHECK: ternary.table_build %{{.*}} scaled %{{.*}} <signs, group = 4, mirrored, bytes> : vector<4xi8> -> vector<8xi8>
  %q = ternary.table_build %c4 scaled %s <signs, group = 4, mirrored, bytes> : vector<4xi8> -> vector<8xi8>
  // CHECK: ternary.table_lookup %{{.*}}, %{{.*}} : vector<8xi8>, vector<64xi8>
  %a = ternary.table_lookup %q, %i : vector<8xi8>, vector<64xi8>
  // CHECK: ternary.table_lookup %{{.*}}, %{{.*}} : vector<32xi16>, vector<32xi16>
  %b = ternary.table_lookup %w, %j : vector<32xi16>, vector<32xi16>
  return %a, %b : vector<64xi8>, vector<32xi16>
}

// What activations are rounded to is said where it is not what BitNet b1.58 does.
// CHECK-LABEL: func.func @codes
func.func @codes(%x: tensor<?x100xf32>) -> tensor<?x12xf32> {
  // CHECK: ternary.linear %{{.*}}, @w : tensor
  %a = ternary.linear %x, @w codes <i8, absmax 127.0, floor 1.0e-5, rounded twice> : tensor<?x100xf32> -> tensor<?x12xf32>
  // CHECK: ternary.linear %{{.*}}, @w codes <i4, absmean {{.*}}, floor {{.*}}, rounded twice> : tensor
  %b = ternary.linear %x, @w codes <i4, absmean 2.6457513, floor 1.0e-5, rounded twice> : tensor<?x100xf32> -> tensor<?x12xf32>
  // CHECK: ternary.quantize %{{.*}} codes <i8, absmax 1.280000e+02, floor {{.*}}, rounded once> : tensor
  %c, %s, %t = ternary.quantize %x codes <i8, absmax 128.0, floor 1.0e-5, rounded once> : tensor<?x100xf32> -> tensor<?x100xi8>, tensor<?xf32>, tensor<?xi32>
  return %b : tensor<?x12xf32>
}

ternary.weight @groups 20 x 96 from "g" as scaled format <trits, scale <group 32, stored, multiply>> layout <codes2, 64 by 16>

// Codes of two planes and scales of groups: a sum for each group of each plane, results in float32.
// CHECK-LABEL: func.func @planes
func.func @planes(%x: tensor<?x96xf32>) -> tensor<?x20xf32> {
  // CHECK: ternary.quantize %{{.*}} codes <i16, absmax 3.251200e+04, floor {{.*}}, rounded once> : tensor<?x96xf32> -> tensor<?x192xi8>, tensor<?xf32>, tensor<?x6xi32>
  %c, %s, %n = ternary.quantize %x codes <i16, absmax 32512.0, floor 1.0e-20, rounded once> : tensor<?x96xf32> -> tensor<?x192xi8>, tensor<?xf32>, tensor<?x6xi32>
  // CHECK: ternary.matmul %{{.*}}, %{{.*}}, @groups planes 2 kernel lanes<width = 64> : tensor<?x192xi8>, tensor<?x6xi32> -> tensor<?x128xf32>
  %a = ternary.matmul %c, %n, @groups planes 2 kernel lanes<width = 64> : tensor<?x192xi8>, tensor<?x6xi32> -> tensor<?x128xf32>
  // CHECK: ternary.rescale %{{.*}}, %{{.*}}, @groups planes 2 : tensor<?x128xf32>, tensor<?xf32> -> tensor<?x20xf32>
  %y = ternary.rescale %a, %s, @groups planes 2 : tensor<?x128xf32>, tensor<?xf32> -> tensor<?x20xf32>
  return %y : tensor<?x20xf32>
}

// One plane is not printed.
// CHECK-LABEL: func.func @plane
func.func @plane(%c: tensor<1x128xi8>, %n: tensor<1xi32>) -> tensor<1x12xi32> {
  // CHECK: ternary.matmul %{{.*}}, %{{.*}}, @w : tensor
  %a = ternary.matmul %c, %n, @w planes 1 : tensor<1x128xi8>, tensor<1xi32> -> tensor<1x12xi32>
  return %a : tensor<1x12xi32>
}

// CHECK-LABEL: func.func @embed
func.func @embed(%ids: tensor<?xi32>) -> tensor<?x96xf32> {
  // CHECK: %groups = ternary.embed %{{.*}}, @groups : tensor<?xi32> -> tensor<?x96xf32>
  %x = ternary.embed %ids, @groups : tensor<?xi32> -> tensor<?x96xf32>
  return %x : tensor<?x96xf32>
}

// 64 rows of 3 groups have 192 scales.
// CHECK-LABEL: func.func @gemm
func.func @gemm(%c: memref<2x96xi8>, %s: memref<2x3xi32>, %w: memref<1536xi8>, %f: memref<192xf32>, %o: memref<2x64xf32>, %i: index) {
  // CHECK: ternary.gemm ins(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) outs(%{{.*}}) rows %{{.*}} layout <codes2, 64 by 16> kernel lanes<tokens = 2, width = 64>
  // CHECK-SAME: : memref<2x96xi8>, memref<2x3xi32>, memref<1536xi8> scaled by memref<192xf32>, memref<2x64xf32>
  ternary.gemm ins(%c, %s, %w, %f) outs(%o) rows %i size %i tokens %i layout <codes2, 64 by 16> kernel lanes<tokens = 2, width = 64>
    : memref<2x96xi8>, memref<2x3xi32>, memref<1536xi8> scaled by memref<192xf32>, memref<2x64xf32>
  return
}
