//===- outline_head.cpp - The output head as functions of its own ---------===//
#include "compiler/select/passes.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"
#include "lib/object/decoder_exports.h"

#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODEROUTLINEHEAD
#include "compiler/select/Passes.h.inc"

namespace {

struct OutlineHead : impl::DecoderOutlineHeadBase<OutlineHead> {
  void runOnOperation() override {
    outline(kDecodeExport, kLogitsExport);
    outline(kPrefillExport, kLogitsBlockExport);
  }

  void outline(StringRef step, StringRef head) {
    auto graph = dyn_cast_or_null<func::FuncOp>(step::findExport(getOperation(), step));
    // What reads activations instead of token ids is one layer by itself (tern-only), which ends in no head.
    if (!graph || graph.isExternal() || graph.getNumArguments() == 0 ||
        !getElementTypeOrSelf(graph.getArgumentTypes().front()).isInteger(32))
      return;
    auto end = dyn_cast<func::ReturnOp>(graph.getBody().front().getTerminator());
    Operation *linear = end && end.getNumOperands() == 1 ? end.getOperand(0).getDefiningOp() : nullptr;
    if (!linear || !isa<decoder::LinearOp, ternary::LinearOp>(linear) || !linear->hasOneUse())
      return;
    Value hidden = linear->getOperand(0);
    OpBuilder b(&getContext());
    b.setInsertionPointAfter(graph);
    auto function = func::FuncOp::create(b, linear->getLoc(), ("tern_" + head).str(),
                                         b.getFunctionType({hidden.getType()}, linear->getResultTypes()));
    auto port = [&](const char *name, step::PortExtent extent) {
      return step::PortAttr::get(&getContext(), name, extent);
    };
    function->setAttr(step::kExportAttr, b.getStringAttr(head));
    function.setArgAttr(0, step::kPortAttr, port(kHiddenPort, step::PortExtent::Rows));
    function.setResultAttr(0, step::kPortAttr, port(kLogitsPort, step::PortExtent::Rows));
    graph.setResultAttr(0, step::kPortAttr, port(kHiddenPort, step::PortExtent::Outputs));
    Block *body = function.addEntryBlock();
    linear->moveBefore(body, body->end());
    linear->setOperand(0, body->getArgument(0));
    b.setInsertionPointToEnd(body);
    func::ReturnOp::create(b, end.getLoc(), linear->getResults());
    end->setOperand(0, hidden);
    ++outlined;
    graph.setType(b.getFunctionType(graph.getArgumentTypes(), {hidden.getType()}));
  }
};

} // namespace
} // namespace tern
