//===- lower_to_steps.cpp - From step graphs to step functions ------------===//
#include "compiler/steps/lowering/describe_operators.h"
#include "compiler/steps/lowering/operator_builder.h"
#include "compiler/steps/passes.h"
#include "compiler/steps/plan/step_graph.h"

// The dialects whose operations lowerings make.
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODERLOWERTOSTEPS
#include "compiler/steps/Passes.h.inc"

namespace {

/// Marks the stage and lowers the operator.
LogicalResult lowerStage(Operation *op, OperatorBuilder &s, OperatorDescriber &describer) {
  if (isOperator(op) && !isa<step::StepOperator>(op))
    return op->emitOpError("has no lowering to a step");
  s.loc = op->getLoc();
  DictionaryAttr described = describer.describe(op);
  if (!isView(op)) { // a view takes no time
    auto mark = step::MarkOp::create(s.b, s.loc, s.stepPointer(), s.thread, stageName(op));
    if (auto known = dyn_cast<step::StepOperator>(op))
      mark->setAttr(step::kPartAttr, s.b.getStringAttr(known.stagePart()));
    if (described)
      mark->setAttr(step::kOperatorAttr, described);
  }
  if (isa<step::BarrierOp>(op)) {
    step::BarrierOp::create(s.b, s.loc, s.stepPointer(), s.thread);
    return success();
  }
  // What follows a view of the outputs is computed for the outputs only.
  if (op->getNumOperands() > 0 && s.holdsOutputs(op->getOperand(0)))
    for (Value result : op->getResults())
      s.markOutputs(result);
  return op->hasAttr(step::kInlineAttr) ? success() : s.lower(op); // an inline one is made by its user
}

/// Binds the arguments and the results of a graph to the ports that they are. Fails where one is none.
LogicalResult bindPorts(func::FuncOp graph, OperatorBuilder &step) {
  auto bind = [&](Value tensor, Attribute attribute, const char *what, unsigned place) -> LogicalResult {
    auto type = dyn_cast<RankedTensorType>(tensor.getType());
    auto port = dyn_cast_or_null<step::PortAttr>(attribute);
    if (!type)
      return success();
    if (!port)
      return graph.emitError() << what << " " << place << " has no step.port, so no caller can pass it";
    Type element = type.getElementType();
    if (type.getRank() < 1 || type.getRank() > 3 || !type.hasStaticShape() ||
        !(element.isF32() || element.isBF16() || element.isInteger(32) || element.isInteger(8)))
      return graph.emitError() << what << " " << place << " is " << type
                               << "; a port has 1 to 3 known dimensions of f32, bf16, i32 or i8";
    step.bind(tensor, step.port({port, type, false}));
    return success();
  };
  for (BlockArgument argument : graph.getArguments())
    if (failed(bind(argument, graph.getArgAttr(argument.getArgNumber(), step::kPortAttr), "argument",
                    argument.getArgNumber())))
      return failure();
  for (OpOperand &result : graph.getBody().front().getTerminator()->getOpOperands())
    if (failed(bind(result.get(), graph.getResultAttr(result.getOperandNumber(), step::kPortAttr), "result",
                    result.getOperandNumber())))
      return failure();
  return success();
}

struct LowerToSteps : impl::DecoderLowerToStepsBase<LowerToSteps> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto model = module->getAttrOfType<DictionaryAttr>("decoder.model");
    auto context = model ? model.getAs<IntegerAttr>("max_context") : IntegerAttr();
    bool caches = !module.getOps<decoder::CacheOp>().empty();
    if (caches && !context) {
      module.emitError("has caches, so it needs the attribute decoder.model with max_context, which the import sets");
      return signalPassFailure();
    }
    const int64_t maxContext = context ? context.getInt() : 0;
    SmallVector<func::FuncOp> graphs;
    for (auto func : module.getOps<func::FuncOp>()) {
      if (!isStepGraph(func))
        continue;
      if (failed(requirePartitions(func)))
        return signalPassFailure();
      graphs.push_back(func);
    }

    // Both step functions run on the same arenas, so these are sized for the larger need.
    SmallVector<ArenaPlan> plans;
    int64_t shared = 0, scratch = 0, block = 1;
    for (func::FuncOp graph : graphs) {
      plans.push_back(planArenas(graph));
      int64_t workspace = 0;
      for (Operation &op : graph.getOps())
        if (auto lowering = dyn_cast<StepLowering>(op); lowering && isOperator(&op))
          workspace = std::max(workspace, lowering.workspaceBytes(maxContext));
      shared = std::max(shared, plans.back().sharedBytes);
      scratch = std::max(scratch, plans.back().scratchBytes + workspace);
      block = std::max(block, tokenBound(graph));
    }
    scratch = llvm::alignTo(scratch, 64);

    for (auto weight : module.getOps<ternary::WeightOp>())
      if (!weight.getLayout()) {
        weight.emitOpError("has no layout yet; run phase ternary first");
        return signalPassFailure();
      }
    SymbolTable symbols(module);
    WeightPlan weights = planWeights(module);
    OpBuilder builder(&getContext());
    for (auto [graph, plan] : llvm::zip(graphs, plans)) {
      builder.setInsertionPoint(graph);
      std::string name = graph.getSymName().str();
      symbols.remove(graph);
      OperatorBuilder step(builder, symbols, weights, plan, shared, scratch, tokenBound(graph), maxContext);
      func::FuncOp func = step.begin(graph.getLoc(), name, step::portsOf(graph));
      if (Attribute exported = graph->getAttr(step::kExportAttr))
        func->setAttr(step::kExportAttr, exported);
      if (failed(bindPorts(graph, step)))
        return signalPassFailure();
      OperatorDescriber describer(plan, symbols);
      for (Operation &op : graph.getOps())
        if ((isOperator(&op) || isa<step::BarrierOp>(op)) && failed(lowerStage(&op, step, describer)))
          return signalPassFailure();
      func::ReturnOp::create(builder, graph.getLoc());
      graph.erase();
      symbols.insert(func);
      ++steps;
    }
    auto number = [&](int64_t value) { return builder.getI64IntegerAttr(value); };
    module->setAttr("step.arenas", builder.getDictionaryAttr({builder.getNamedAttr("shared", number(shared)),
                                                              builder.getNamedAttr("scratch", number(scratch)),
                                                              builder.getNamedAttr("prefill_block", number(block))}));
  }
};

} // namespace
} // namespace tern
