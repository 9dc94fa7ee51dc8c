// RUN: tern-opt %s | tern-opt | FileCheck %s

// CHECK-LABEL: func.func @step
func.func @step(%step: !step.step, %thread: index, %threads: index) {
  // CHECK: step.buffer %{{.*}} scratch of %{{.*}} : memref<64xi8>
  %b = step.buffer %step scratch of %thread : memref<64xi8>
  // CHECK: step.value %{{.*}} n_rows
  %p = step.value %step n_rows
  // CHECK: step.share %{{.*}} of %{{.*}} over %{{.*}} by 4
  %begin, %size = step.share %thread of %threads over %p by 4
  // CHECK: step.barrier of %{{.*}}, %{{.*}}
  step.barrier of %step, %thread
  // CHECK: step.mark %{{.*}}, %{{.*}}, "matmul blk.0.ffn_down"
  step.mark %step, %thread, "matmul blk.0.ffn_down"
  return
}

// CHECK-LABEL: func.func @ports
// CHECK-SAME: step.export = "forward", step.ports = [{port = #step.port<"input", rows>, type = tensor<4x8xf32>}
func.func @ports(%step: !step.step, %i: index) attributes {step.export = "forward", step.ports = [
    {port = #step.port<"input", rows>, type = tensor<4x8xf32>}, {output, port = #step.port<"classes", outputs>, type = tensor<4x2xf32>}]} {
  // CHECK: step.port %{{.*}}, "classes" : memref<?xi8>
  %classes = step.port %step, "classes" : memref<?xi8>
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}} = step.run %{{.*}}, %{{.*}} : memref<?xi32>
  %rows, %position, %pages = step.run %step, %i : memref<?xi32>
  return
}

// CHECK-LABEL: func.func @graph(%{{.*}}: tensor<?xi32> {step.port = #step.port<"tokens", rows>}, %{{.*}}: !step.positions)
func.func @graph(%ids: tensor<?xi32> {step.port = #step.port<"tokens", rows>}, %positions: !step.positions) {
  return
}

// CHECK-LABEL: func.func @shared
func.func @shared(%x: tensor<1x64xf32>) -> tensor<1x64xf32> {
  // CHECK: arith.addf %{{.*}}, %{{.*}} {step.partition = #step.partition<features, 32>}
  %y = arith.addf %x, %x {step.partition = #step.partition<features, 32>} : tensor<1x64xf32>
  // CHECK: step.barrier{{$}}
  step.barrier
  return %y : tensor<1x64xf32>
}
