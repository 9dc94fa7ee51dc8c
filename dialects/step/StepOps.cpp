//===- StepOps.cpp - Verifiers of step operations -------------------------===//
#include "dialects/step/Step.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace tern::step;

#define GET_OP_CLASSES
#include "dialects/step/StepOps.cpp.inc"

LogicalResult BarrierOp::verify() {
  if (bool(getStep()) != bool(getThread()))
    return emitOpError("takes both the step and the thread, or neither");
  return success();
}

LogicalResult BufferOp::verify() {
  if ((getBuffer() == StepBuffer::Scratch) != bool(getThread()))
    return emitOpError("names a thread for scratch, which each thread has its own of, and only for it");
  return success();
}
