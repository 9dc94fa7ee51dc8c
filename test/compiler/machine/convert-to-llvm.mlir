// RUN: tern-opt %s -split-input-file -verify-diagnostics -tern-convert-to-llvm -o - | FileCheck %s

// A step becomes a pointer to tern_step; its values and buffers are loads at the fields' offsets, which do not change during a step. A
// thread's arena lies behind those of the threads before it.
// CHECK-LABEL: llvm.func @step
// CHECK-SAME: (%[[STEP:.*]]: !llvm.ptr, %[[I:.*]]: i64)
// CHECK: %[[FIELD:.*]] = llvm.getelementptr %[[STEP]][{{[0-9]+}}]
// CHECK: llvm.load %[[FIELD]] invariant : !llvm.ptr -> i64
// CHECK: %[[BASE:.*]] = llvm.load %{{.*}} invariant : !llvm.ptr -> !llvm.ptr
// CHECK: %[[SIZE:.*]] = llvm.mlir.constant(512 : index) : i64
// CHECK: %[[OFFSET:.*]] = llvm.mul %[[I]], %[[SIZE]]
// CHECK: llvm.getelementptr %[[BASE]][%[[OFFSET]]]
// CHECK: llvm.return
func.func @step(%step: !step.step, %thread: index) -> (index, i8) {
  %rows = step.value %step n_rows
  %scratch = step.buffer %step scratch of %thread : memref<512xi8>
  %byte = memref.load %scratch[%rows] : memref<512xi8>
  return %rows, %byte : index, i8
}

// The second port is the second pointer of the step's list; the numbers of a run lie 24 bytes behind those of the run before.
// CHECK-LABEL: llvm.func @ports
// CHECK: %[[LIST:.*]] = llvm.load %{{.*}} invariant : !llvm.ptr -> !llvm.ptr
// CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[LIST]][8]
// CHECK: llvm.load %[[PLACE]] invariant : !llvm.ptr -> !llvm.ptr
// CHECK: llvm.mlir.constant(24 : index)
// CHECK: llvm.getelementptr %{{.*}}[16]
// CHECK: llvm.getelementptr %{{.*}}[0]
// CHECK: llvm.getelementptr %{{.*}}[8]
func.func @ports(%step: !step.step, %i: index) -> (i8, i32) attributes {step.ports = [
    {port = #step.port<"input", rows>, type = tensor<4x8xf32>}, {output, port = #step.port<"classes", rows>, type = tensor<4x2xf32>}]} {
  %classes = step.port %step, "classes" : memref<?xi8>
  %rows, %position, %pages = step.run %step, %i : memref<?xi32>
  %byte = memref.load %classes[%rows] : memref<?xi8>
  %page = memref.load %pages[%position] : memref<?xi32>
  return %byte, %page : i8, i32
}

// What a loop says about its unrolling is its back edge's own attribute afterwards.
// CHECK-LABEL: llvm.func @loop
// CHECK: llvm.br ^bb1(%{{.*}} : i64) {loop_annotation = #loop_annotation}
func.func @loop(%i: index, %n: index) {
  cf.br ^bb1(%i : index)
^bb1(%j: index):
  %more = arith.cmpi slt, %j, %n : index
  cf.cond_br %more, ^bb2, ^bb3
^bb2:
  %next = arith.addi %j, %n : index
  cf.br ^bb1(%next : index) {llvm.loop_annotation = #llvm.loop_annotation<unroll = <disable = true>>}
^bb3:
  return
}

// What tells of weights stays for the packer, and a dense kernel's declaration keeps its operands' types for phase llvm.
// CHECK: decoder.tensor @norm
// CHECK: llvm.func @rms_norm({{.*}}) attributes {step.dense = {{.*}}operands = [memref<1x64xf32>, memref<64xf32>]
decoder.tensor @norm : tensor<64xf32> from "n"
func.func private @rms_norm(memref<1x64xf32>, memref<64xf32>) attributes {step.dense = {kind = "rms_norm"}}

// -----

// Phase vector leaves no operator of the dialects but the step's.
func.func @early(%i: index, %n: index, %extent: index) -> index {
  // expected-error @+1 {{failed to legalize operation 'step.share'}}
  %begin, %size = step.share %i of %n over %extent by 32
  return %size : index
}
