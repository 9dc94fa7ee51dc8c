// RUN: tern-opt %s -decoder-fuse-norm-quantize | FileCheck %s

decoder.tensor @norm : tensor<30xf32> from "norm.weight"

// CHECK-LABEL: @fuses
// CHECK-NOT: decoder.rms_norm %
// CHECK: %[[C:.*]], %[[T:.*]], %[[S:.*]] = decoder.rms_norm_quantize %arg0, @norm eps 9.99{{.*}}E-6 : tensor<1x30xf32> -> tensor<1x30xi8>, tensor<1xf32>, tensor<1xi32>
// CHECK-NEXT: return %[[C]], %[[T]], %[[S]]
func.func @fuses(%x: tensor<1x30xf32>) -> (tensor<1x30xi8>, tensor<1xf32>, tensor<1xi32>) {
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<1x30xf32>
  %c, %t, %s = ternary.quantize %n : tensor<1x30xf32> -> tensor<1x30xi8>, tensor<1xf32>, tensor<1xi32>
  return %c, %t, %s : tensor<1x30xi8>, tensor<1xf32>, tensor<1xi32>
}

// Padding that is there already is kept.
// CHECK-LABEL: @keeps_padding
// CHECK: decoder.rms_norm_quantize {{.*}} -> tensor<1x256xi8>
func.func @keeps_padding(%x: tensor<1x30xf32>) -> tensor<1x256xi8> {
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<1x30xf32>
  %c, %t, %s = ternary.quantize %n : tensor<1x30xf32> -> tensor<1x256xi8>, tensor<1xf32>, tensor<1xi32>
  return %c : tensor<1x256xi8>
}

// The float result of the norm is used elsewhere, so it must be made.
// CHECK-LABEL: @other_use
// CHECK: %[[N:.*]] = decoder.rms_norm %arg0, @norm
// CHECK: ternary.quantize %[[N]]
// CHECK-NOT: decoder.rms_norm_quantize
func.func @other_use(%x: tensor<1x30xf32>) -> (tensor<1x30xi8>, tensor<1x30xf32>) {
  %n = decoder.rms_norm %x, @norm eps 1.0e-5 : tensor<1x30xf32>
  %c, %t, %s = ternary.quantize %n : tensor<1x30xf32> -> tensor<1x30xi8>, tensor<1xf32>, tensor<1xi32>
  return %c, %n : tensor<1x30xi8>, tensor<1x30xf32>
}

// CHECK-LABEL: @no_norm
// CHECK: ternary.quantize %arg0
func.func @no_norm(%x: tensor<1x30xf32>) -> tensor<1x30xi8> {
  %c, %t, %s = ternary.quantize %x : tensor<1x30xf32> -> tensor<1x30xi8>, tensor<1xf32>, tensor<1xi32>
  return %c : tensor<1x30xi8>
}
