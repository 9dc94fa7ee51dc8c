//===- specialize_tokens.cpp - A step graph for one row, one for a block ---===//
#include "compiler/select/passes.h"
#include "dialects/step/Step.h"
#include "lib/object/decoder_exports.h"

#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNSPECIALIZETOKENS
#include "compiler/select/Passes.h.inc"

namespace {

struct SpecializeTokens : impl::TernSpecializeTokensBase<SpecializeTokens> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward || forward.isExternal()) {
      module.emitError("has no function @forward to make steps of; is it the output of phase graph?");
      return signalPassFailure();
    }
    if (block < 1 || block > 4096) {
      module.emitError() << "cannot have a prefill block of " << block.getValue() << " tokens; it must be 1 to 4096";
      return signalPassFailure();
    }
    if (failed(checkDimensions(forward)))
      return signalPassFailure();
    OpBuilder builder(forward);
    bool ofTokens = llvm::any_of(step::portsOf(forward), [](const step::Port &port) {
      return !port.output && port.port.getName() == kTokensPort;
    });
    specialize(builder, forward, ofTokens ? kDecodeExport : kForwardRowExport, 1);
    specialize(builder, forward, ofTokens ? kPrefillExport : kForwardBlockExport, block);
    graphs += 2;
    forward.erase();
  }

  /// The token count, the first dimension of every tensor, is the only thing that may be dynamic.
  LogicalResult checkDimensions(func::FuncOp forward) {
    auto check = [](Location loc, Type type) -> LogicalResult {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (tensor && tensor.getRank() > 0 && llvm::any_of(tensor.getShape().drop_front(), ShapedType::isDynamic))
        return emitError(loc) << "only the first dimension, the tokens, may be dynamic, not " << type;
      return success();
    };
    for (BlockArgument argument : forward.getArguments())
      if (failed(check(forward.getLoc(), argument.getType())))
        return failure();
    WalkResult result = forward.walk([&](Operation *op) {
      for (Type type : op->getResultTypes())
        if (failed(check(op->getLoc(), type)))
          return WalkResult::interrupt();
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }

  /// A copy in which every dynamic token count is `tokens`.
  void specialize(OpBuilder &builder, func::FuncOp forward, StringRef name, int64_t tokens) {
    auto withTokens = [&](Type type) -> Type {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || tensor.getRank() == 0 || !tensor.isDynamicDim(0))
        return type;
      SmallVector<int64_t> shape(tensor.getShape());
      shape[0] = tokens;
      return tensor.clone(shape);
    };
    auto copy = cast<func::FuncOp>(builder.clone(*forward));
    copy.setName(("tern_" + name).str());
    copy->setAttr(step::kExportAttr, builder.getStringAttr(name));
    for (BlockArgument argument : copy.getArguments())
      argument.setType(withTokens(argument.getType()));
    copy.walk([&](Operation *op) {
      for (Value result : op->getResults())
        result.setType(withTokens(result.getType()));
    });
    SmallVector<Type> results = llvm::map_to_vector(copy.getResultTypes(), withTokens);
    copy.setType(builder.getFunctionType(copy.getBody().getArgumentTypes(), results));
  }
};

} // namespace
} // namespace tern
