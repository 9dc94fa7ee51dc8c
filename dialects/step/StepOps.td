//===- StepOps.td - Operations of step functions ---------------------------===//
#ifndef TERN_DIALECTS_STEP_STEPOPS_TD
#define TERN_DIALECTS_STEP_STEPOPS_TD

include "dialects/step/StepDialect.td"
include "dialects/step/StepOperator.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class StepOp<string mnemonic, list<Trait> traits = []> : Op<StepDialect, mnemonic, !listconcat([KnownAttributes], traits)>;

def BarrierOp : StepOp<"barrier", [AttrSizedOperandSegments, MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "All threads of the team arrive before any goes on";
  let description = [{
    `step.barrier` on tensors, `step.barrier of %step, %thread` on buffers. (Without the word, the result of the operator on the next line
    would be read as an operand.)
  }];
  let arguments = (ins Optional<StepType>:$step, Optional<Index>:$thread);
  let assemblyFormat = "(`of` $step^ `,` $thread)? attr-dict";
  let hasVerifier = 1;
}

def MarkOp : StepOp<"mark", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "This thread enters a stage of the step";
  let description = [{
    `step.mark %step, %thread, "matmul blk.0.ffn_down"`: when the step has a profiler it is told the stage, by its place among the marks of the
    function; otherwise this is one test. The manifest lists the stages.
  }];
  let arguments = (ins StepType:$step, Index:$thread, StrAttr:$stage);
  let assemblyFormat = "$step `,` $thread `,` $stage attr-dict";
}

def BufferOp : StepOp<"buffer", [Pure]> {
  let summary = "A buffer of the step";
  let description = [{
    A pointer of struct tern_step as a memref of bytes. `scratch` is this thread's own arena, the others are shared; `cache` is the pool of pages of all
    sequences.

    ```mlir
    %weights = step.buffer %step weights : memref<176260xi8>
    %own = step.buffer %step scratch of %thread : memref<2048xi8>
    ```
  }];
  let arguments = (ins StepType:$step, StepBufferAttr:$buffer, Optional<Index>:$thread);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "$step $buffer (`of` $thread^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def ValueOp : StepOp<"value", [Pure]> {
  let summary = "A number of the step";
  let description = "A field of struct tern_step: `%rows = step.value %step n_rows`.";
  let arguments = (ins StepType:$step, StepValueAttr:$value);
  let results = (outs Index:$result);
  let assemblyFormat = "$step $value attr-dict";
}

def PortOp : StepOp<"port", [Pure]> {
  let summary = "What the caller passes or gets under a name";
  let description = [{
    The bytes of a port of the step function (its `step.ports`): `%tokens = step.port %step, "tokens" : memref<?xi8>`.
  }];
  let arguments = (ins StepType:$step, StrAttr:$port);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "$step `,` $port attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def RunOp : StepOp<"run", [Pure]> {
  let summary = "Neighbouring rows at neighbouring positions of one sequence";
  let description = [{
    A struct tern_run of the step: how many rows it has, the position of the first one, and the numbers of the pages of its sequence in the cache.

    ```mlir
    %rows, %position, %pages = step.run %step, %index : memref<?xi32>
    ```
  }];
  let arguments = (ins StepType:$step, Index:$index);
  let results = (outs Index:$rows, Index:$position, AnyMemRef:$pages);
  let assemblyFormat = "$step `,` $index attr-dict `:` type($pages)";
}

def ShareOp : StepOp<"share", [Pure]> {
  let summary = "A thread's share of an extent";
  let description = [{
    Cuts [0, extent) into granules of `granule` (the last may be short), gives each thread neighbouring ones, as evenly as possible, and returns
    where this thread's share begins and its size (0 for none).
  }];
  let arguments = (ins Index:$thread, Index:$threads, Index:$extent, ConfinedAttr<I64Attr, [IntPositive]>:$granule);
  let results = (outs Index:$begin, Index:$size);
  let assemblyFormat = "$thread `of` $threads `over` $extent `by` $granule attr-dict";
}

#endif // TERN_DIALECTS_STEP_STEPOPS_TD
