//===- outline_layers.cpp - Each decoder layer as an export of its own ----===//
#include "compiler/select/passes.h"
#include "dialects/step/Step.h"
#include "lib/object/decoder_exports.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_STEPOUTLINELAYERS
#include "compiler/select/Passes.h.inc"

namespace {

struct OutlineLayers : impl::StepOutlineLayersBase<OutlineLayers> {
  void runOnOperation() override {
    for (auto graph : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      if (graph.isExternal())
        continue;
      auto name = graph->getAttrOfType<StringAttr>(step::kExportAttr);
      bool blocks = name && name.getValue() == kPrefillExport; // its kernels serve one row too
      Operation *before = nullptr;
      for (Operation &op : llvm::make_early_inc_range(graph.getOps())) {
        auto layer = op.getAttrOfType<StringAttr>(step::kLayerAttr);
        if (!layer)
          continue;
        if (blocks && before && failed(outline(graph, before, &op, layer.getValue())))
          return signalPassFailure();
        before = &op;
      }
      graph.walk([](Operation *op) { op->removeAttr(step::kLayerAttr); });
    }
  }

  /// Copies what stands between the result of `before` and that of `last` into a function between these two.
  LogicalResult outline(func::FuncOp graph, Operation *before, Operation *last, StringRef name) {
    OpBuilder b(&getContext());
    b.setInsertionPointToEnd(getOperation().getBody());
    Value input = before->getResult(0), output = last->getResult(0);
    SmallVector<Type> arguments = {input.getType()};
    SmallVector<Value> given = {input};
    for (BlockArgument argument : graph.getArguments())
      if (isa<step::PositionsType>(argument.getType())) {
        arguments.push_back(argument.getType());
        given.push_back(argument);
      }
    auto function =
        func::FuncOp::create(b, last->getLoc(), ("tern_" + name).str(), b.getFunctionType(arguments, output.getType()));
    function->setAttr(step::kExportAttr, b.getStringAttr(name));
    function.setArgAttr(0, step::kPortAttr, step::PortAttr::get(&getContext(), kInputPort, step::PortExtent::Rows));
    function.setResultAttr(0, step::kPortAttr, step::PortAttr::get(&getContext(), kOutputPort, step::PortExtent::Rows));
    Block *body = function.addEntryBlock();
    b.setInsertionPointToStart(body);
    IRMapping mapping;
    mapping.map(given, body->getArguments());
    for (Operation *op = before->getNextNode(); op; op = op->getNextNode()) {
      for (Value operand : op->getOperands())
        if (!mapping.contains(operand))
          return op->emitOpError() << "of layer " << name << " reads what another layer made beside its hidden states";
      Operation *copy = b.clone(*op, mapping);
      copy->removeAttr(step::kLayerAttr);
      if (op == last)
        break;
    }
    func::ReturnOp::create(b, last->getLoc(), mapping.lookup(output));
    ++outlined;
    return success();
  }
};

} // namespace
} // namespace tern
