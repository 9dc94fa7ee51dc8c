// RUN: not tern-opt %s -ternary-lower-dot 2>&1 | FileCheck %s -DOP=ternary.dot
// RUN: not tern-opt %s -ternary-lower-lookup 2>&1 | FileCheck %s -DOP=ternary.table_lookup
// RUN: not tern-opt %s -ternary-lower-nonzero 2>&1 | FileCheck %s -DOP=ternary.nonzero_columns
// RUN: not tern-opt %s -ternary-lower-trits 2>&1 | FileCheck %s -DOP=ternary.unpack_trits

// Instructions are chosen by features, so a module has to say its target.
// CHECK: error: has no llvm.target attribute, so the instructions for [[OP]] are not known
module {}
