// RUN: tern-opt %s -ternary-lower-unpack | FileCheck %s
// RUN: tern-opt %s -ternary-lower-unpack-panel | FileCheck %s
// RUN: tern-opt %s -ternary-lower-fetch-columns | FileCheck %s
// RUN: tern-opt %s -ternary-lower-table-build | FileCheck %s
// RUN: tern-opt %s -ternary-lower-transpose | FileCheck %s
// RUN: tern-opt %s -decoder-lower-shares | FileCheck %s
// RUN: tern-opt %s -tern-phase-vector | FileCheck %s

// What has an instruction of its own goes on to phase llvm.
// CHECK-LABEL: func.func @instructions
// CHECK: ternary.dot
// CHECK: ternary.table_lookup
// CHECK: step.barrier of %step
func.func @instructions(%step: !step.step, %thread: index, %acc: vector<4xi32>, %a: vector<16xi8>) -> (vector<4xi32>, vector<16xi8>) {
  %d = ternary.dot %acc, %a, %a : vector<4xi32>, vector<16xi8>
  %l = ternary.table_lookup %a, %a : vector<16xi8>, vector<16xi8>
  step.barrier of %step, %thread
  return %d, %l : vector<4xi32>, vector<16xi8>
}
