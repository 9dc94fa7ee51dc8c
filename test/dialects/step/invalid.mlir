// RUN: tern-opt %s -split-input-file -verify-diagnostics

func.func @f(%step: !step.step) {
  // expected-error @+1 {{names a thread for scratch}}
  %b = step.buffer %step scratch : memref<64xi8>
  return
}

// -----

func.func @f(%thread: index) {
  // expected-error @+1 {{attribute 'granule' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %begin, %size = step.share %thread of %thread over %thread by 0
  return
}

// -----

// expected-error @+1 {{a partition is in granules of at least 1, not 0}}
func.func @f() attributes {step.partition = #step.partition<features, 0>} {
  return
}

// -----

func.func @f(%x: tensor<2x64xf32>) {
  // expected-error @+1 {{the step dialect has no attribute 'step.partitoin'}}
  %y = arith.addf %x, %x {step.partitoin = #step.partition<tokens, 1>} : tensor<2x64xf32>
  return
}

// -----

func.func @f(%x: tensor<2x64xf32>) {
  // expected-error @+1 {{step.partition must be a #step.partition, not 4}}
  %y = arith.addf %x, %x {step.partition = 4 : i64} : tensor<2x64xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'step.barrier' op has no attribute 'team'}}
  step.barrier {team = 1 : i64}
  return
}

// -----

func.func @f(%step: !step.step) attributes {step.ports = [{port = #step.port<"input", rows>, type = tensor<4x8xf32>}]} {
  // expected-error @+1 {{names no port of its function: "output"}}
  %b = step.port %step, "output" : memref<?xi8>
  return
}

// -----

// expected-error @+1 {{the step dialect has no attribute 'step.prot' of arguments and results}}
func.func @f(%x: tensor<4x8xf32> {step.prot = #step.port<"input", rows>}) {
  return
}

// -----

// expected-error @+1 {{step.port must be a #step.port, not "input"}}
func.func @f(%x: tensor<4x8xf32> {step.port = "input"}) {
  return
}

// -----

// expected-error @+1 {{step.export must be a name, not 1}}
func.func @f() attributes {step.export = 1 : i64} {
  return
}
