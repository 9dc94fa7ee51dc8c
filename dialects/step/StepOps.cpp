//===- StepOps.cpp - Verifiers of step operations -------------------------===//
#include "dialects/step/Step.h"

#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace tern::step;

#define GET_OP_CLASSES
#include "dialects/step/StepOps.cpp.inc"

LogicalResult BarrierOp::verify() {
  if (bool(getStep()) != bool(getThread()))
    return emitOpError("takes both the step and the thread, or neither");
  return success();
}

LogicalResult PortOp::verify() {
  auto function = (*this)->getParentOfType<FunctionOpInterface>();
  if (!function || llvm::none_of(portsOf(function), [&](const Port &port) { return port.port.getName() == getPort(); }))
    return emitOpError() << "names no port of its function: " << getPortAttr();
  return success();
}

LogicalResult BufferOp::verify() {
  if ((getBuffer() == StepBuffer::Scratch) != bool(getThread()))
    return emitOpError("names a thread for scratch, which each thread has its own of, and only for it");
  return success();
}
