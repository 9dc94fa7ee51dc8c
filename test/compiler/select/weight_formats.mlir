// RUN: tern-opt %s -ternary-quantize-activations -split-input-file -verify-diagnostics

ternary.weight @w 20 x 30 from "w" as trits format <trits, scale <group 10, stored, divide>> scales "s"
func.func @groups(%x: tensor<2x30xf32>) -> tensor<2x20xf32> {
  // expected-error @+1 {{multiplies by @w of format #ternary.format<trits, scale <group 10, stored, divide>>, but products with scales along groups that divide have no lowering yet}}
  %y = ternary.linear %x, @w : tensor<2x30xf32> -> tensor<2x20xf32>
  return %y : tensor<2x20xf32>
}
