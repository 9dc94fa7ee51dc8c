// RUN: tern-opt %s -split-input-file -verify-diagnostics -ternary-select-kernels=family=dot2-v64
// RUN: not tern-opt %s -split-input-file -ternary-select-kernels=family=dot9 2>&1 | FileCheck %s

// CHECK: has no llvm.target attribute
// CHECK: there is no kernel family 'dot9'; there are: dot1.6-amx, {{.*}}dot2-v16, {{.*}}tl2-v64

// expected-error@+1 {{has no llvm.target attribute, so the kernels that its CPU can run are not known}}
module {
}

// -----

// expected-error@+1 {{kernel family 'dot2-v64' needs features that haswell does not have: avx512vnni, avx512bw, avx512vl}}
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "haswell", features = <["+avx2"]>>} {
}
