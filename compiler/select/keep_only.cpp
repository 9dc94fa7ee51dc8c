//===- keep_only.cpp - One linear layer out of a graph --------------------===//
#include "compiler/select/passes.h"
#include "compiler/select/product_traits.h"
#include "dialects/ternary/Ternary.h"
#include "lib/base/text.h"
#include "lib/object/decoder_exports.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNONLY
#include "compiler/select/Passes.h.inc"

namespace {

struct KeepOnly : impl::TernOnlyBase<KeepOnly> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward || forward.isExternal()) {
      module.emitError("has no function @forward to take a linear layer from; is it the output of phase graph?");
      return signalPassFailure();
    }
    ternary::LinearOp kept;
    std::vector<std::string> names;
    forward.walk([&](ternary::LinearOp linear) {
      names.push_back(linear.getWeight().str());
      if (linear.getWeight() == this->linear)
        kept = linear;
    });
    if (!kept) {
      std::vector<std::string> near = nearestNames(this->linear.getValue(), names, 5);
      module.emitError() << "has no ternary linear layer " << quote(this->linear.getValue())
                         << (near.empty() ? "" : "; near names: " + join(near, ", "));
      return signalPassFailure();
    }
    replaceBody(forward, kept);
    for (Operation &op : llvm::make_early_inc_range(module.getOps()))
      if (auto symbol = dyn_cast<SymbolOpInterface>(op);
          symbol && !isa<func::FuncOp>(op) && symbol.getName() != this->linear) {
        op.erase();
        ++dropped;
      }
  }

  /// @forward becomes a function of the layer's activations.
  static void replaceBody(func::FuncOp forward, ternary::LinearOp kept) {
    OpBuilder b(forward);
    auto type = b.getFunctionType(kept.getInput().getType(), kept.getType());
    auto piece = func::FuncOp::create(b, forward.getLoc(), forward.getSymName(), type);
    // So that the layer gets the kernel that it has in the whole graph.
    if (double density = expectedDensity(kept.getInput()); density < 1)
      piece.setArgAttr(0, kDensityAttr, b.getF64FloatAttr(density));
    Block *body = piece.addEntryBlock();
    b.setInsertionPointToStart(body);
    IRMapping mapping;
    mapping.map(kept.getInput(), body->getArgument(0));
    Operation *copy = b.clone(*kept, mapping);
    func::ReturnOp::create(b, kept.getLoc(), copy->getResults());
    piece.setArgAttr(0, step::kPortAttr, step::PortAttr::get(b.getContext(), kInputPort, step::PortExtent::Rows));
    piece.setResultAttr(0, step::kPortAttr, step::PortAttr::get(b.getContext(), kOutputPort, step::PortExtent::Rows));
    forward.erase();
  }
};

} // namespace
} // namespace tern
