// RUN: tern-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{is stored as packed_rows, which holds 4 rows in a byte, but has 10 rows}}
ternary.weight @w 10 x 100 from "m" as packed_rows scale multiply "s"

// -----

// expected-error @+1 {{computes its scale by absmean, so it cannot name a scale tensor}}
ternary.weight @w 12 x 100 from "m" as master scale absmean "s"

// -----

// expected-error @+1 {{needs the name of its scale tensor after 'scale multiply'}}
ternary.weight @w 12 x 100 from "m" as packed_rows scale multiply

// -----

// expected-error @+1 {{must use 'scale absmean' with master weights and only with them}}
ternary.weight @w 12 x 100 from "m" as master scale multiply "s"

// -----

// expected-error @+1 {{tile columns must be a multiple of 4 from 4 to 65536, not 130}}
ternary.weight @w 12 x 100 from "m" as master scale absmean layout <codes2, 4 by 130>

// -----

func.func @f(%x: tensor<3x100xf32>) -> tensor<3x8xf32> {
  // expected-error @+1 {{uses @w, which is no ternary.weight of this module}}
  %y = ternary.linear %x, @w : tensor<3x100xf32> -> tensor<3x8xf32>
  return %y : tensor<3x8xf32>
}

// -----

ternary.weight @w 12 x 100 from "m" as master scale absmean
func.func @f(%x: tensor<3x100xf32>) -> tensor<3x8xf32> {
  // expected-error @+1 {{but @w is 12 x 100}}
  %y = ternary.linear %x, @w : tensor<3x100xf32> -> tensor<3x8xf32>
  return %y : tensor<3x8xf32>
}

// -----

func.func @f(%x: tensor<3x100xf32>) {
  // expected-error @+1 {{makes 64 codes of 100 activations; there must be at least as many}}
  %c, %s, %n = ternary.quantize %x : tensor<3x100xf32> -> tensor<3x64xi8>, tensor<3xf32>, tensor<3xi32>
  return
}

// -----

func.func @f(%acc: vector<4xi32>, %a: vector<32xi8>) {
  // expected-error @+1 {{sums 4 bytes into each lane}}
  %d = ternary.dot %acc, %a, %a : vector<4xi32>, vector<32xi8>
  return
}

// -----

// expected-error @+1 {{a kernel's unroll must be 1 to 16 tiles of columns, not 17}}
func.func private @f() attributes {k = #ternary.kernel<dot, unroll = 17>}

// -----

// expected-error @+1 {{unpack = shift is for strategy dot, not lut}}
func.func private @f() attributes {k = #ternary.kernel<lut, unpack = shift>}

// -----

ternary.weight @w 12 x 100 from "m" as master scale absmean layout <codes2, 4 by 128>
func.func @f(%c: tensor<3x100xi8>, %n: tensor<3xi32>) {
  // expected-error @+1 {{but @w needs 128 columns and 12 rows (padded to whole tiles of its layout)}}
  %a = ternary.matmul %c, %n, @w kernel <dot> : tensor<3x100xi8>, tensor<3xi32> -> tensor<3x12xi32>
  return
}
