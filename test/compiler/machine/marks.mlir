// RUN: tern-opt %s -tern-convert-to-llvm | FileCheck %s
// RUN: tern-opt %s -tern-convert-to-llvm | mlir-translate --allow-unregistered-dialect --mlir-to-llvmir | FileCheck %s --check-prefix=IR

// A mark is a test of the step's field and a call behind a branch that is not expected; its number is its place in the function, and the
// module keeps the names.
// CHECK: step.stages = {tern_decode = ["embed token_embd", "barrier", "gate blk.0.ffn_up"], tern_prefill = ["embed token_embd"]}
// CHECK-LABEL: llvm.func @tern_decode
// CHECK: llvm.icmp "ne"
// CHECK-NEXT: llvm.cond_br %{{.*}} weights([1, 2000]), ^bb1, ^bb2
// CHECK: llvm.call %{{.*}}(%{{.*}}, %arg1, %{{.*}}) : !llvm.ptr, (!llvm.ptr, i64, i64) -> ()
// CHECK-NOT: step.mark
// IR-LABEL: define void @tern_decode(
// IR: call void %{{.*}}(ptr %{{.*}}, i64 %1, i64 0)
// IR: call void %{{.*}}(ptr %{{.*}}, i64 %1, i64 1)
// IR: call void %{{.*}}(ptr %{{.*}}, i64 %1, i64 2)
func.func @tern_decode(%step: !step.step, %thread: index, %threads: index) {
  step.mark %step, %thread, "embed token_embd"
  step.mark %step, %thread, "barrier"
  step.barrier of %step, %thread
  step.mark %step, %thread, "gate blk.0.ffn_up"
  return
}
// IR-LABEL: define void @tern_prefill(
// IR: call void %{{.*}}(ptr %{{.*}}, i64 %1, i64 0)
func.func @tern_prefill(%step: !step.step, %thread: index, %threads: index) {
  step.mark %step, %thread, "embed token_embd"
  return
}
