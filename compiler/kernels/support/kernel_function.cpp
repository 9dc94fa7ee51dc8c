//===- kernel_function.cpp - The function that a product's kernel is --------===//
#include "compiler/kernels/support/kernel_function.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tern {

ArrayAttr kernelKey(ternary::LayoutAttr layout, ternary::KernelAttr kernel) {
  return ArrayAttr::get(layout.getContext(), {layout, kernel});
}

void defineKernel(func::FuncOp function, ternary::LayoutAttr layout, ternary::KernelAttr kernel,
                  ArrayRef<int64_t> shape) {
  OpBuilder b(function.getContext());
  // A function of its own in the object, for profilers and tern-inspect; a call takes nothing beside a product.
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline", kKernelFunction}));
  function->setAttr(kKernelAttr, kernelKey(layout, kernel));
  function->setAttr(kShapeAttr, b.getDenseI64ArrayAttr(shape));
  Block *body = function.addEntryBlock();
  b.setInsertionPointToStart(body);
  auto args = body->getArguments();
  // Scales of groups are there or not (ternary.gemm).
  bool scaled = args.size() == 8;
  auto rest = args.drop_front(scaled ? 4 : 3);
  ternary::GemmOp::create(b, function.getLoc(), args[0], args[1], args[2], scaled ? args[3] : Value(), rest[0], rest[1],
                          rest[2], rest[3], layout, kernel);
  func::ReturnOp::create(b, function.getLoc());
}

} // namespace tern
