// RUN: tern-opt %s -split-input-file -verify-diagnostics -decoder-screen-head=mode=screened
// RUN: not tern-opt %s -split-input-file -decoder-screen-head=mode=half 2>&1 | FileCheck %s

// CHECK: there is no mode 'half' of the output head; there are: auto, screened, full
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "haswell", features = <["+avx2"]>>} {
  decoder.tensor @head : tensor<512x64xf32> from "head"
  // expected-error @+1 {{cannot be screened: codes stand in front of a matrix of bf16, which this output head is not}}
  func.func @tern_logits(%h: tensor<1x64xf32>) -> tensor<1x512xf32> attributes {step.export = "logits"} {
    %y = decoder.linear %h, @head : tensor<1x64xf32> -> tensor<1x512xf32>
    return %y : tensor<1x512xf32>
  }
}

// -----

// expected-error @+1 {{has no llvm.target attribute, so the vectors that its CPU works with are not known}}
module {
  decoder.tensor @head : tensor<512x64xbf16> from "head"
  func.func @tern_logits(%h: tensor<1x64xf32>) -> tensor<1x512xf32> attributes {step.export = "logits"} {
    %y = decoder.linear %h, @head : tensor<1x64xf32> -> tensor<1x512xf32>
    return %y : tensor<1x512xf32>
  }
}
