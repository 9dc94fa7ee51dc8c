//===- screen.cpp - Products of codes in front of the output head -----------===//
#include "compiler/operators/operator_set.h"
#include "lib/head/row_codes.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tern {
namespace {

struct ScreenLowering : LoweringOf<ScreenLowering, decoder::ScreenOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::ScreenOp>(operation);
    OpBuilder &b = s.b;
    auto planes = s.declaration<decoder::RowCodesOp>("codes");
    auto matrix = cast<RankedTensorType>(s.symbols.lookup<decoder::TensorOp>(planes.getMatrix()).getType());
    int64_t most = cast<RankedTensorType>(op.getRows().getType()).getDimSize(0);
    int64_t vector = s.attribute<IntegerAttr>("vector").getInt(),
            fetchLevel = s.attribute<IntegerAttr>("fetch_level").getInt();
    Share mine = s.share(step::partitionOf(op), s.stepValue(step::StepValue::RowCount));
    Value hidden = s.hiddenCodes(s.columns(op.getHiddenCodes())), codes = s.packedWeight(s.symbol("codes"));
    Value rows = s.listedRows(most), sums = s.sums(most), begin = s.value(mine.begin), size = s.value(mine.size);
    auto screenPlane = [&](int64_t plane, int64_t offset) {
      decoder::ScreenRowsOp::create(b, s.loc, hidden, codes, s.index(offset), rows, sums, begin, size, plane,
                                    matrix.getDimSize(1), vector, fetchLevel);
    };
    Value coarse =
        arith::CmpIOp::create(b, s.loc, arith::CmpIPredicate::eq, s.stepValue(step::StepValue::Plane), s.index(0));
    auto choice = scf::IfOp::create(b, s.loc, coarse, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choice.thenBlock());
    screenPlane(0, 0);
    b.setInsertionPointToStart(choice.elseBlock());
    screenPlane(1, matrix.getDimSize(0) * codeRowBytes(matrix.getDimSize(1), 0));
    return success();
  }
};

} // namespace

namespace operators {

void screen(OperatorSet &set) { set.lower<decoder::ScreenOp, ScreenLowering>(); }

} // namespace operators
} // namespace tern
