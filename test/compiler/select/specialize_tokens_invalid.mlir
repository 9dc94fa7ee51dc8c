// RUN: tern-opt %s -split-input-file -verify-diagnostics -tern-specialize-tokens
// RUN: not tern-opt %s -split-input-file -tern-specialize-tokens=block=0 2>&1 | FileCheck %s

// CHECK: cannot have a prefill block of 0 tokens; it must be 1 to 4096

// expected-error@+1 {{has no function @forward}}
module {
  func.func @backward() {
    return
  }
}

// -----

// expected-error@+1 {{has no function @forward}}
module {
  func.func private @forward(tensor<?xi32>, index)
}

// -----

module {
  // expected-error@+1 {{only the first dimension, the tokens, may be dynamic, not 'tensor<?x?xf32>'}}
  func.func @forward(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
    return %x : tensor<?x?xf32>
  }
}
