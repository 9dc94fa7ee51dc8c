//===- screen.cpp - Products of codes in front of the output head -----------===//
#include "compiler/operators/operator_set.h"
#include "lib/head/row_codes.h"

using namespace mlir;

namespace tern {
namespace {

struct ScreenLowering : LoweringOf<ScreenLowering, decoder::ScreenOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::ScreenOp>(operation);
    OpBuilder &b = s.b;
    auto planes = s.declaration<decoder::RowCodesOp>("codes");
    auto matrix = cast<RankedTensorType>(s.symbols.lookup<decoder::TensorOp>(planes.getMatrix()).getType());
    int64_t vector = s.attribute<IntegerAttr>("vector").getInt(),
            fetchLevel = s.attribute<IntegerAttr>("fetch_level").getInt();
    Share mine = s.share(step::partitionOf(op), s.stepValue(step::StepValue::ListedCount));
    Value codes = s.packedWeight(s.symbol("codes"));
    int64_t plane = s.attribute<IntegerAttr>("plane").getInt(), rows = matrix.getDimSize(0),
            columns = matrix.getDimSize(1);
    Value begins = s.index(plane == 0 ? 0 : rows * codeRowBytes(columns, 0)); // planes lie one behind the other
    decoder::ScreenRowsOp::create(b, s.loc, s.buffer(op.getHiddenCodes()), codes, begins, s.buffer(op.getRows()),
                                  s.buffer(op.getResult()), s.value(mine.begin), s.value(mine.size), plane, columns,
                                  vector, fetchLevel);
    return success();
  }
};

} // namespace

namespace operators {

void screen(OperatorSet &set) { set.lower<decoder::ScreenOp, ScreenLowering>(); }

} // namespace operators
} // namespace tern
