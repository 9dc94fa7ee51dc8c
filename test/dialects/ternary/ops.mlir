// RUN: tern-opt %s | tern-opt | FileCheck %s

// CHECK: ternary.weight @w 12 x 100 from "m.weight" as master scale absmean layout <codes2, 4 by 128>
ternary.weight @w 12 x 100 from "m.weight" as master scale absmean layout <codes2, 4 by 128>
// CHECK: ternary.weight @p 8 x 100 from "p.weight" as packed_rows scale divide "p.weight_scale"
ternary.weight @p 8 x 100 from "p.weight" as packed_rows scale divide "p.weight_scale"

// CHECK-LABEL: func.func @tensors
func.func @tensors(%x: tensor<3x100xf32>) -> (tensor<3x8xf32>, tensor<3x12xf32>) {
  // CHECK: ternary.linear %{{.*}}, @p : tensor<3x100xf32> -> tensor<3x8xf32>
  %y = ternary.linear %x, @p : tensor<3x100xf32> -> tensor<3x8xf32>
  // CHECK: ternary.quantize %{{.*}} : tensor<3x100xf32> -> tensor<3x128xi8>, tensor<3xf32>, tensor<3xi32>
  %c, %s, %n = ternary.quantize %x : tensor<3x100xf32> -> tensor<3x128xi8>, tensor<3xf32>, tensor<3xi32>
  // CHECK: ternary.matmul %{{.*}}, %{{.*}}, @w kernel <dot, prefetch = 4096>
  %a = ternary.matmul %c, %n, @w kernel <dot, prefetch = 4096> : tensor<3x128xi8>, tensor<3xi32> -> tensor<3x12xi32>
  // CHECK: ternary.rescale %{{.*}}, %{{.*}}, @w
  %z = ternary.rescale %a, %s, @w : tensor<3x12xi32>, tensor<3xf32> -> tensor<3x12xf32>
  return %y, %z : tensor<3x8xf32>, tensor<3x12xf32>
}

// CHECK-LABEL: func.func @vectors
func.func @vectors(%acc: vector<4xi32>, %p: vector<16xi8>, %a: vector<16xi8>) -> vector<4xi32> {
  // CHECK: ternary.unpack %{{.*}} field 2 mask : vector<16xi8>
  %u = ternary.unpack %p field 2 mask : vector<16xi8>
  // CHECK: ternary.dot %{{.*}}, %{{.*}}, %{{.*}} : vector<4xi32>, vector<16xi8>
  %d = ternary.dot %acc, %u, %a : vector<4xi32>, vector<16xi8>
  return %d : vector<4xi32>
}

// Defaults are not printed.
// CHECK-LABEL: func.func private @kernels() attributes
// CHECK-SAME: a = #ternary.kernel<dot>
// CHECK-SAME: b = #ternary.kernel<bit_serial, tokens = 2>
// CHECK-SAME: c = #ternary.kernel<lut, unroll = 4, prefetch = 2048>
// CHECK-SAME: d = #ternary.kernel<dot, unpack = shift, tokens = 4>
func.func private @kernels() attributes {
  a = #ternary.kernel<dot, unpack = mask, tokens = 1, unroll = 1, prefetch = 0>, b = #ternary.kernel<bit_serial, tokens = 2>,
  c = #ternary.kernel<lut, prefetch = 2048, unroll = 4>, d = #ternary.kernel<dot, unpack = shift, tokens = 4>}
