//===- lower_to_steps.cpp - From step graphs to step functions ------------===//
#include "compiler/tile/attention_lowering.h"
#include "compiler/tile/describe_operators.h"
#include "compiler/tile/passes.h"
#include "compiler/tile/step_builder.h"
#include "compiler/tile/step_graph.h"
#include "lib/head/row_codes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODERLOWERTOSTEPS
#include "compiler/tile/Passes.h.inc"

namespace {

/// Lowers the operators of one step graph, one function a kind of operator.
class OperatorLowering {
public:
  OperatorLowering(StepBuilder &step, OperatorDescriber &describer, int64_t maxContext)
      : s(step), b(step.b), describer(describer), attention(step, maxContext) {}

  LogicalResult lower(Operation *op) {
    s.loc = op->getLoc();
    DictionaryAttr described = describer.describe(op);
    if (!isa<func::ReturnOp, decoder::TakeOutputsOp>(op)) { // a view takes no time
      auto mark = decoder::MarkOp::create(b, s.loc, s.stepPointer(), s.thread, stageName(op));
      if (described)
        mark->setAttr(decoder::kOperatorAttr, described);
    }
    // What follows a view of the outputs is computed for the outputs only.
    if (op->getNumOperands() > 0 && s.holdsOutputs(op->getOperand(0)))
      for (Value result : op->getResults())
        s.markOutputs(result);
    if (op->hasAttr(kInlineAttr))
      return success(); // its user makes the rows
    if (isa<ternary::RescaleOp>(op) || llvm::any_of(op->getOperands(), isInline))
      return lowerByRows(op);
    return lowerWhole(op);
  }

private:
  LogicalResult lowerWhole(Operation *op) {
    return llvm::TypeSwitch<Operation *, LogicalResult>(op)
        .Case<decoder::EmbedOp, decoder::RmsNormOp, decoder::RmsNormQuantizeOp, ternary::QuantizeOp, ternary::MatmulOp,
              ternary::RescaleOp, ternary::ScaleColumnsOp, decoder::RopeOp, decoder::GateOp, decoder::TakeOutputsOp,
              decoder::LinearOp, decoder::AddBiasOp, decoder::ScreenOp, decoder::LinearRowsOp, decoder::BarrierOp>(
            [&](auto typed) { return lowerOp(typed), success(); })
        .Case<decoder::CacheAppendOp, decoder::AttentionOp, decoder::AttentionPagesOp, decoder::AttentionCombineOp>(
            [&](auto typed) { return attention.lower(typed); })
        .Case<func::ReturnOp>([&](auto) { return func::ReturnOp::create(b, s.loc), success(); })
        .Default([&](Operation *other) -> LogicalResult {
          if (other->hasTrait<OpTrait::Elementwise>() && other->getNumResults() == 1)
            return lowerElementwise(other), success();
          return other->emitOpError("has no lowering to a step");
        });
  }

  /// Token by token: what is inline, then the operator itself on that row.
  LogicalResult lowerByRows(Operation *op) {
    LogicalResult result = success();
    forEach(tokens(op->getResult(0)), [&](Value token) {
      row = token;
      for (Value operand : op->getOperands())
        if (isInline(operand) && succeeded(result))
          result = lowerWhole(operand.getDefiningOp());
      if (succeeded(result))
        result = lowerWhole(op);
    });
    row = Value();
    return result;
  }

  Share all(int64_t extent) { return {b.getIndexAttr(0), b.getIndexAttr(extent)}; }
  /// The tokens to compute: those that the tensor holds in this step, or the one at hand.
  Share tokens(Value tensor) {
    if (isInline(tensor))
      return {b.getIndexAttr(0), b.getIndexAttr(1)};
    return row ? Share{row, b.getIndexAttr(1)} : Share{b.getIndexAttr(0), s.tokensOf(tensor)};
  }
  int64_t columns(Value tensor) { return cast<RankedTensorType>(tensor.getType()).getDimSize(1); }
  Share columnShare(Operation *op, int64_t extent) { return s.share(partitionOf(op), b.getIndexAttr(extent)); }
  /// The tokens that this thread computes: its share, or all when replicated.
  Share tokenShare(Operation *op, Value tensor) { return s.share(partitionOf(op), s.tokensOf(tensor)); }
  Value ofTokens(Value tensor, Share mine) { return s.slice(s.buffer(tensor), tokens(tensor), mine); }
  Value rowsOf(Value tensor, Share rows) { return s.slice(s.buffer(tensor), rows, all(columns(tensor))); }

  /// linalg.generic over equal matrices.
  void pointwise(ValueRange inputs, Value output, ArrayRef<AffineMap> inputMaps,
                 function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
    unsigned rank = cast<MemRefType>(output.getType()).getRank();
    SmallVector<AffineMap> maps(inputMaps);
    maps.resize(inputs.size(), b.getMultiDimIdentityMap(rank));
    maps.push_back(b.getMultiDimIdentityMap(rank));
    SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
    linalg::GenericOp::create(b, s.loc, inputs, ValueRange{output}, maps, loops,
                              [&](OpBuilder &builder, Location loc, ValueRange args) {
                                linalg::YieldOp::create(builder, loc, body(builder, loc, args));
                              });
  }

  void forEach(Share range, function_ref<void(Value)> body) {
    Value begin = s.value(range.begin), end = s.value(s.add(range.begin, range.size));
    auto loop = scf::ForOp::create(b, s.loc, begin, end, s.index(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  }

  void lowerOp(decoder::BarrierOp) { decoder::BarrierOp::create(b, s.loc, s.stepPointer(), s.thread); }

  void lowerOp(decoder::EmbedOp op) {
    auto table = s.symbols.lookup<decoder::TensorOp>(op.getTable());
    auto type = cast<RankedTensorType>(table.getType());
    Value rows = s.weight(op.getTable(), type.getShape(), type.getElementType());
    Value out = s.buffer(op.getResult()), ids = s.tokens();
    Share mine = columnShare(op, columns(op.getResult()));
    forEach(tokens(op.getResult()), [&](Value token) {
      Value id = memref::LoadOp::create(b, s.loc, ids, token);
      Value row = arith::IndexCastOp::create(b, s.loc, b.getIndexType(), id);
      Value from = s.slice(rows, {row, b.getIndexAttr(1)}, mine);
      Value to = s.slice(out, {token, b.getIndexAttr(1)}, mine);
      pointwise({from}, to, {}, [&](OpBuilder &builder, Location loc, ValueRange args) -> Value {
        if (args[0].getType() == b.getF32Type())
          return args[0];
        return arith::ExtFOp::create(builder, loc, b.getF32Type(), args[0]);
      });
    });
  }

  void lowerOp(decoder::RmsNormOp op) {
    Share rows = tokenShare(op, op.getResult());
    Value weight = s.weight(op.getWeight(), {columns(op.getInput())}, b.getF32Type());
    s.callDense("rms_norm", {b.getNamedAttr("eps", op.getEpsAttr())},
                {rowsOf(op.getInput(), rows), weight, rowsOf(op.getResult(), rows)});
  }

  void lowerOp(decoder::RmsNormQuantizeOp op) {
    Share rows = tokenShare(op, op.getCodes());
    Value weight = s.weight(op.getWeight(), {columns(op.getInput())}, b.getF32Type());
    s.callDense("rms_norm_quantize", {b.getNamedAttr("eps", op.getEpsAttr())},
                {rowsOf(op.getInput(), rows), weight, rowsOf(op.getCodes(), rows),
                 s.slice(s.buffer(op.getScale()), rows), s.slice(s.buffer(op.getSum()), rows)});
  }

  void lowerOp(ternary::QuantizeOp op) {
    Share rows = tokenShare(op, op.getCodes());
    s.callDense("quantize", {},
                {rowsOf(op.getInput(), rows), rowsOf(op.getCodes(), rows), s.slice(s.buffer(op.getScale()), rows),
                 s.slice(s.buffer(op.getSum()), rows)});
  }

  void lowerOp(ternary::MatmulOp op) {
    auto weight = s.symbols.lookup<ternary::WeightOp>(op.getWeight());
    s.callGemm(op, weight.getLayoutAttr(), columnShare(op, columns(op.getResult())), s.tokensOf(op.getResult()));
  }

  /// A row: the token's step is a number outside the loop, which the optimiser cannot prove of a load within it.
  void lowerOp(ternary::RescaleOp op) {
    Share mine = columnShare(op, columns(op.getResult()));
    std::string scaleName = (op.getWeight() + ".scale").str();
    auto format = s.symbols.lookup<ternary::WeightOp>(op.getWeight()).getFormat();
    bool divide = format.divides(), byRow = format.scalesRows();
    Value one;
    if (!byRow && !format.scalesColumns())
      one = memref::LoadOp::create(b, s.loc, s.weight(scaleName, {1}, b.getF32Type()), s.index(0));
    Value scale = memref::LoadOp::create(b, s.loc, s.buffer(op.getScale()), row);
    if (divide && one)
      scale = arith::MulFOp::create(b, s.loc, scale, one);
    SmallVector<Value> inputs = {ofTokens(op.getAcc(), mine)};
    if (byRow)
      inputs.push_back(s.slice(s.weight(scaleName, {columns(op.getResult())}, b.getF32Type()), mine));
    SmallVector<AffineMap> maps;
    if (byRow)
      maps = {b.getMultiDimIdentityMap(2), AffineMap::get(2, 0, b.getAffineDimExpr(1))};
    pointwise(inputs, ofTokens(op.getResult(), mine), maps,
              [&](OpBuilder &builder, Location loc, ValueRange args) -> Value {
                Value sum = arith::SIToFPOp::create(builder, loc, b.getF32Type(), args[0]);
                if (divide && byRow)
                  return arith::DivFOp::create(builder, loc, sum, arith::MulFOp::create(builder, loc, scale, args[1]));
                Value quotient = arith::DivFOp::create(builder, loc, sum, scale), factor = byRow ? args[1] : one;
                return divide || !factor ? quotient : arith::MulFOp::create(builder, loc, quotient, factor).getResult();
              });
  }

  void lowerOp(ternary::ScaleColumnsOp op) {
    bool divide = s.symbols.lookup<ternary::WeightOp>(op.getWeight()).getFormat().divides();
    Share mine = columnShare(op, columns(op.getResult()));
    Value scales = s.slice(s.weight((op.getWeight() + ".scale").str(), {columns(op.getInput())}, b.getF32Type()), mine);
    AffineMap perColumn = AffineMap::get(2, 0, b.getAffineDimExpr(1));
    pointwise({ofTokens(op.getInput(), mine), scales}, ofTokens(op.getResult(), mine),
              {b.getMultiDimIdentityMap(2), perColumn},
              [&](OpBuilder &builder, Location loc, ValueRange args) -> Value {
                return divide ? arith::DivFOp::create(builder, loc, args[0], args[1]).getResult()
                              : arith::MulFOp::create(builder, loc, args[0], args[1]).getResult();
              });
  }

  void lowerOp(decoder::RopeOp op) {
    auto table = s.symbols.lookup<decoder::RopeTableOp>(op.getTable());
    int64_t headDim = table.getHeadDim();
    Value angles = s.weight(op.getTable(), {int64_t(table.getPositions()), 2, headDim / 2}, b.getF32Type());
    Share mine = columnShare(op, columns(op.getResult())), rows = tokens(op.getResult());
    s.callDense("rope", {b.getNamedAttr("head_dim", b.getI64IntegerAttr(headDim))},
                {s.slice(s.buffer(op.getInput()), rows, mine), angles, s.slice(s.buffer(op.getResult()), rows, mine),
                 s.stepValue(decoder::StepValue::Position)});
  }

  void lowerOp(decoder::GateOp op) {
    Share mine = columnShare(op, columns(op.getResult()));
    StringRef activation = decoder::stringifyActivation(op.getActivation());
    s.callDense("gate", {b.getNamedAttr("activation", b.getStringAttr(activation))},
                {ofTokens(op.getGate(), mine), ofTokens(op.getUp(), mine), ofTokens(op.getResult(), mine)});
  }

  void lowerOp(decoder::TakeOutputsOp op) { s.bindOutputs(op.getResult(), op.getInput()); }

  void lowerOp(decoder::LinearOp op) {
    int64_t rows = columns(op.getResult());
    Share mine = columnShare(op, rows), count = tokens(op.getResult());
    auto type = cast<RankedTensorType>(s.symbols.lookup<decoder::TensorOp>(op.getWeight()).getType());
    Value weight = s.weight(op.getWeight(), type.getShape(), type.getElementType());
    s.callDense(type.getElementType().isBF16() ? "linear" : "linear_f32", {},
                {s.slice(s.buffer(op.getInput()), count, all(columns(op.getInput()))),
                 s.slice(weight, mine, all(columns(op.getInput()))), s.slice(s.buffer(op.getResult()), count, mine)});
  }

  void lowerOp(decoder::ScreenOp op) {
    auto planes = s.symbols.lookup<decoder::RowCodesOp>(op.getCodes());
    auto matrix = cast<RankedTensorType>(s.symbols.lookup<decoder::TensorOp>(planes.getMatrix()).getType());
    int64_t most = cast<RankedTensorType>(op.getRows().getType()).getDimSize(0);
    Share mine = s.share(partitionOf(op), s.stepValue(decoder::StepValue::RowCount));
    Value hidden = s.hiddenCodes(columns(op.getHiddenCodes())), codes = s.packedWeight(op.getCodes());
    Value rows = s.rows(most), sums = s.sums(most), begin = s.value(mine.begin), size = s.value(mine.size);
    auto screenPlane = [&](int64_t plane, int64_t offset) {
      decoder::ScreenRowsOp::create(b, s.loc, hidden, codes, s.index(offset), rows, sums, begin, size, plane,
                                    matrix.getDimSize(1), op.getVector(), op.getFetchLevel());
    };
    Value coarse =
        arith::CmpIOp::create(b, s.loc, arith::CmpIPredicate::eq, s.stepValue(decoder::StepValue::Plane), s.index(0));
    auto choice = scf::IfOp::create(b, s.loc, coarse, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choice.thenBlock());
    screenPlane(0, 0);
    b.setInsertionPointToStart(choice.elseBlock());
    screenPlane(1, matrix.getDimSize(0) * codeRowBytes(matrix.getDimSize(1), 0));
  }

  /// Row by row through the kernel of decoder.linear: its types here are those of @tern_logits, so it is the same
  /// function.
  void lowerOp(decoder::LinearRowsOp op) {
    int64_t most = columns(op.getResult());
    auto type = cast<RankedTensorType>(s.symbols.lookup<decoder::TensorOp>(op.getWeight()).getType());
    Value weight = s.weight(op.getWeight(), type.getShape(), type.getElementType());
    Value list = s.rows(most), out = s.logits(most),
          input = s.slice(s.buffer(op.getInput()), all(1), all(columns(op.getInput())));
    OpFoldResult one = s.index(1); // a value: the kernel's row count is dynamic
    forEach(s.share(partitionOf(op), s.stepValue(decoder::StepValue::RowCount)), [&](Value place) {
      Value row = memref::LoadOp::create(b, s.loc, list, place);
      row = arith::IndexCastOp::create(b, s.loc, b.getIndexType(), row);
      s.callDense(
          type.getElementType().isBF16() ? "linear" : "linear_f32", {},
          {input, s.slice(weight, {row, one}, all(columns(op.getInput()))), s.slice(out, all(1), {place, one})});
    });
  }

  void lowerOp(decoder::AddBiasOp op) {
    Share mine = columnShare(op, columns(op.getResult()));
    Value bias = s.slice(s.weight(op.getBias(), {columns(op.getInput())}, b.getF32Type()), mine);
    AffineMap perColumn = AffineMap::get(2, 0, b.getAffineDimExpr(1));
    pointwise({ofTokens(op.getInput(), mine), bias}, ofTokens(op.getResult(), mine),
              {b.getMultiDimIdentityMap(2), perColumn},
              [&](OpBuilder &builder, Location loc, ValueRange args) -> Value {
                return arith::AddFOp::create(builder, loc, args[0], args[1]);
              });
  }

  void lowerElementwise(Operation *op) {
    Value result = op->getResult(0);
    Share mine = columnShare(op, columns(result));
    SmallVector<Value> inputs;
    for (Value operand : op->getOperands())
      inputs.push_back(ofTokens(operand, mine));
    pointwise(inputs, ofTokens(result, mine), {}, [&](OpBuilder &builder, Location loc, ValueRange args) -> Value {
      OperationState state(loc, op->getName(), args.take_front(inputs.size()),
                           {cast<RankedTensorType>(result.getType()).getElementType()});
      return builder.create(state)->getResult(0);
    });
  }

  StepBuilder &s;
  OpBuilder &b;
  OperatorDescriber &describer;
  AttentionLowering attention;
  Value row; ///< of lowerByRows
};

/// Binds the arguments and the results of a graph to the step's buffers. Operators that work on listed rows know their
/// own.
void bindInterface(func::FuncOp graph, StepBuilder &step) {
  auto isMatrix = [](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && type.getRank() == 2 && type.getElementType().isF32();
  };
  auto columns = [](Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); };
  for (BlockArgument argument : graph.getArguments())
    if (isMatrix(argument))
      step.bind(argument, step.hidden(columns(argument)));
  for (Value result : graph.getBody().front().getTerminator()->getOperands())
    if (isMatrix(result) && !result.getDefiningOp<decoder::LinearRowsOp>())
      step.bind(result, returnsLogits(result) ? step.logits(columns(result)) : step.hidden(columns(result)));
}

struct LowerToSteps : impl::DecoderLowerToStepsBase<LowerToSteps> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto model = module->getAttrOfType<DictionaryAttr>("decoder.model");
    auto context = model ? model.getAs<IntegerAttr>("max_context") : IntegerAttr();
    if (!context) {
      module.emitError("needs the attribute decoder.model with max_context, which the import sets");
      return signalPassFailure();
    }
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
        workspace = std::max(workspace, attentionWorkspaceBytes(&op, context.getInt()));
      shared = std::max(shared, plans.back().sharedBytes);
      scratch = std::max(scratch, plans.back().scratchBytes + workspace);
      if (holdsTokens(graph))
        block = std::max(block, tokenBound(graph));
    }
    scratch = llvm::alignTo(scratch, 64);

    SymbolTable symbols(module);
    WeightPlan weights = planWeights(module);
    OpBuilder builder(&getContext());
    for (auto [graph, plan] : llvm::zip(graphs, plans)) {
      builder.setInsertionPoint(graph);
      std::string name = graph.getSymName().str();
      symbols.remove(graph);
      StepBuilder step(builder, symbols, weights, plan, shared, scratch, tokenBound(graph));
      func::FuncOp func = step.begin(graph.getLoc(), name);
      bindInterface(graph, step);
      OperatorDescriber describer(plan, symbols);
      OperatorLowering lowering(step, describer, context.getInt());
      for (Operation &op : graph.getOps())
        if ((isOperator(&op) || isa<decoder::BarrierOp, func::ReturnOp>(op)) && failed(lowering.lower(&op)))
          return signalPassFailure();
      graph.erase();
      symbols.insert(func);
      ++steps;
    }
    auto number = [&](int64_t value) { return builder.getI64IntegerAttr(value); };
    module->setAttr("decoder.arenas",
                    builder.getDictionaryAttr({builder.getNamedAttr("shared", number(shared)),
                                               builder.getNamedAttr("scratch", number(scratch)),
                                               builder.getNamedAttr("prefill_block", number(block))}));
  }
};

} // namespace
} // namespace tern
