//===- ternary_embed.cpp - Rows of a packed matrix --------------------------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

/// Where the code of a row and column lies, of an encoding of two-bit fields whose tiles lie row by row (codes2):
/// neighbouring columns are in neighbouring bytes, a quarter of a tile's columns on in the next field.
struct EmbedLowering : LoweringOf<EmbedLowering, ternary::EmbedOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<ternary::EmbedOp>(operation);
    auto weight = s.declaration<ternary::WeightOp>("weight");
    Layout layout = ternary::toLayout(weight.getLayoutAttr());
    const EncodingRules &rules = rulesOf(layout.encoding);
    if (rules.fields != Fields::Bits2 || rules.columnLines)
      return op.emitOpError() << "reads rows of codes2, but " << op.getWeightAttr() << " has layout "
                              << weight.getLayoutAttr() << "; take another kernel family for it";
    Share mine = s.columnShare(s.columns(op.getResult()));
    Value packed = s.packedWeight(s.symbol("weight")), ids = s.buffer(op.getIds()), out = s.buffer(op.getResult());
    Value scales = scalesOf(weight, layout, s);
    s.forEach(s.rows(op.getResult()), [&](Value token) {
      Value id = memref::LoadOp::create(s.b, s.loc, ids, token);
      Place row{s, layout, arith::IndexCastOp::create(s.b, s.loc, s.b.getIndexType(), id)};
      s.forEach(mine, [&](Value column) {
        Value number = row.code(packed, column, int64_t(weight.getColumns()));
        Value scale = memref::LoadOp::create(s.b, s.loc, scales, row.scale(weight, column));
        memref::StoreOp::create(s.b, s.loc, arith::MulFOp::create(s.b, s.loc, number, scale), out,
                                ValueRange{token, column});
      });
    });
    return success();
  }

private:
  static Value scalesOf(ternary::WeightOp weight, const Layout &layout, OperatorBuilder &s) {
    int64_t rows = int64_t(weight.getRows()), group = weight.getFormat().group();
    int64_t count = group != 0                        ? layout.paddedRows(rows) * int64_t(weight.getColumns()) / group
                    : weight.getFormat().scalesRows() ? rows
                                                      : 1;
    return s.weight((weight.getSymName() + ".scale").str(), {count}, s.b.getF32Type());
  }

  /// A row of the matrix in its tiles.
  struct Place {
    OperatorBuilder &s;
    const Layout &layout;
    Value row;

    Value number(int64_t value) const { return s.index(value); }
    Value times(Value a, int64_t b) const { return arith::MulIOp::create(s.b, s.loc, a, number(b)); }
    Value over(Value a, int64_t b) const { return arith::DivUIOp::create(s.b, s.loc, a, number(b)); }
    Value modulo(Value a, int64_t b) const { return arith::RemUIOp::create(s.b, s.loc, a, number(b)); }
    Value plus(Value a, Value b) const { return arith::AddIOp::create(s.b, s.loc, a, b); }

    /// The weight in `column`, as float32.
    Value code(Value packed, Value column, int64_t columns) const {
      int64_t width = layout.tileColumns / Bits2::fields; // bytes of a row of a tile
      Value inTile = modulo(column, layout.tileColumns);
      Value at = plus(times(over(row, layout.tileRows), layout.bandBytes(columns)),
                      times(over(column, layout.tileColumns), layout.tileBytes()));
      at = plus(at, plus(times(modulo(row, layout.tileRows), width), modulo(inTile, width)));
      Type word = s.b.getI32Type();
      Value byte = arith::ExtUIOp::create(s.b, s.loc, word, memref::LoadOp::create(s.b, s.loc, packed, at));
      Value shift = arith::IndexCastOp::create(s.b, s.loc, word, times(over(inTile, width), Bits2::bits));
      Value code = arith::ShRUIOp::create(s.b, s.loc, byte, shift);
      auto constant = [&](int64_t value) {
        return arith::ConstantOp::create(s.b, s.loc, s.b.getI32IntegerAttr(int32_t(value)));
      };
      code = arith::AndIOp::create(s.b, s.loc, code, constant(Bits2::mask));
      code = arith::SubIOp::create(s.b, s.loc, code, constant(rulesOf(layout.encoding).zero));
      return arith::SIToFPOp::create(s.b, s.loc, s.b.getF32Type(), code);
    }

    /// Where its scale is.
    Value scale(ternary::WeightOp weight, Value column) const {
      int64_t group = weight.getFormat().group(), columns = int64_t(weight.getColumns());
      if (group == 0)
        return weight.getFormat().scalesRows() ? row : number(0);
      // Layout::groupScaleIndex
      Value band = plus(times(over(row, layout.tileRows), columns / group), over(column, group));
      return plus(times(band, layout.tileRows), modulo(row, layout.tileRows));
    }
  };
};

} // namespace

namespace operators {

void ternary_embed(OperatorSet &set) { set.lower<ternary::EmbedOp, EmbedLowering>(); }

} // namespace operators
} // namespace tern
