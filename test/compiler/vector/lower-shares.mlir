// RUN: tern-opt %s -decoder-lower-shares -o - | FileCheck %s
// RUN: tern-opt %s -decoder-lower-shares -canonicalize | FileCheck %s --check-prefix=FOLDED

// Thread i of n has groups floor(g i / n) to floor(g (i + 1) / n) of the g = ceil(extent / 32); the last group may be short, so both
// ends are at most the extent.
// CHECK-LABEL: func.func @share(
// CHECK-SAME: %[[I:.*]]: index, %[[N:.*]]: index, %[[EXTENT:.*]]: index)
// CHECK: %[[SIZE:.*]] = arith.constant 32 : index
// CHECK: %[[GROUPS:.*]] = arith.ceildivui %[[EXTENT]], %[[SIZE]]
// CHECK: %[[P:.*]] = arith.muli %[[GROUPS]], %[[I]]
// CHECK: %[[G:.*]] = arith.divui %[[P]], %[[N]]
// CHECK: %[[F:.*]] = arith.muli %[[G]], %[[SIZE]]
// CHECK: %[[BEGIN:.*]] = arith.minui %[[F]], %[[EXTENT]]
// CHECK: %[[NEXT:.*]] = arith.addi %[[I]]
// CHECK: arith.muli %[[GROUPS]], %[[NEXT]]
// CHECK: %[[END:.*]] = arith.minui %{{.*}}, %[[EXTENT]]
// CHECK: %[[COUNT:.*]] = arith.subi %[[END]], %[[BEGIN]]
// CHECK: return %[[BEGIN]], %[[COUNT]]
// CHECK-NOT: step.share
func.func @share(%i: index, %n: index, %extent: index) -> (index, index) {
  %begin, %size = step.share %i of %n over %extent by 32
  return %begin, %size : index, index
}

// The last of 3 threads over 100 columns, which are 4 groups: groups 2 and 3, 64 + 36.
// FOLDED-LABEL: func.func @last
// FOLDED-DAG: %[[BEGIN:.*]] = arith.constant 64 : index
// FOLDED-DAG: %[[SIZE:.*]] = arith.constant 36 : index
// FOLDED: return %[[BEGIN]], %[[SIZE]]
func.func @last() -> (index, index) {
  %i = arith.constant 2 : index
  %n = arith.constant 3 : index
  %extent = arith.constant 100 : index
  %begin, %size = step.share %i of %n over %extent by 32
  return %begin, %size : index, index
}

// More threads than groups: this one has none.
// FOLDED-LABEL: func.func @none
// FOLDED: %[[SIZE:.*]] = arith.constant 0 : index
// FOLDED: return %{{.*}}, %[[SIZE]]
func.func @none() -> (index, index) {
  %i = arith.constant 4 : index
  %n = arith.constant 8 : index
  %extent = arith.constant 33 : index
  %begin, %size = step.share %i of %n over %extent by 32
  return %begin, %size : index, index
}

// Other arithmetic on indices is no share and stays.
// CHECK-LABEL: func.func @other
// CHECK-NEXT: arith.ceildivui %arg0, %arg1
// CHECK-NEXT: return
func.func @other(%extent: index, %granule: index) -> index {
  %groups = arith.ceildivui %extent, %granule : index
  return %groups : index
}
