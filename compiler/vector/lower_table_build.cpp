//===- lower_table_build.cpp - ternary.table_build as vector arithmetic ----===//
#include "compiler/vector/lower_ops.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYLOWERTABLEBUILD
#include "compiler/vector/Passes.h.inc"

namespace {

/// One lane an entry: every activation is broadcast and multiplied by its weight in each entry.
class TableLowering {
public:
  TableLowering(ternary::TableBuildOp op, PatternRewriter &rewriter)
      : op(op), b(rewriter), loc(op.getLoc()), patterns(op.getTable().toGroupTable()),
        entries(op.getTable().paddedEntries()), words(VectorType::get({entries}, b.getI16Type())),
        bytes(VectorType::get({entries}, b.getI8Type())) {}

  Value lower() {
    Value sums = sum();
    switch (op.getTable().getForm()) {
    case ternary::TableForm::Words:
      return sums;
    case ternary::TableForm::Halves:
      return halves(sums);
    case ternary::TableForm::Bytes:
      return rounded(sums);
    }
    llvm_unreachable("forms are listed above");
  }

private:
  Value sum() {
    Value total;
    for (int64_t position = 0; position < patterns.group; ++position) {
      SmallVector<int16_t> weights(entries, 0);
      for (int64_t entry = 0; entry < patterns.entries(); ++entry)
        weights[entry] = patterns.weight(entry, position);
      Value code = vector::ExtractOp::create(b, loc, op.getCodes(), position);
      code = arith::ExtSIOp::create(b, loc, b.getI16Type(), code);
      Value product =
          arith::MulIOp::create(b, loc, vector::BroadcastOp::create(b, loc, words, code),
                                arith::ConstantOp::create(b, loc, DenseElementsAttr::get(words, ArrayRef(weights))));
      total = total ? arith::AddIOp::create(b, loc, total, product).getResult() : product;
    }
    return total;
  }

  template <typename Number> Value splat(VectorType type, Number number) {
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, number));
  }

  /// high = round(sum / 31), low = sum - 31 * high. 1057 / 2^15 is above 1 / 31 by 1e-6, so for sums of up to 6 codes
  /// the quotient is off by less than 0.001, and 31 is odd: no quotient is nearer than 0.016 to a half.
  Value halves(Value sums) {
    static_assert(kHalvesRadix == 31, "1057 / 2^15 stands for 1 / 31");
    auto wide = VectorType::get({entries}, b.getI32Type());
    Value high = arith::MulIOp::create(b, loc, arith::ExtSIOp::create(b, loc, wide, sums), splat(wide, int32_t(1057)));
    high = arith::AddIOp::create(b, loc, high, splat(wide, int32_t(1 << 14)));
    high = arith::ShRSIOp::create(b, loc, high, splat(wide, int32_t(15)));
    high = arith::TruncIOp::create(b, loc, words, high);
    Value low =
        arith::SubIOp::create(b, loc, sums, arith::MulIOp::create(b, loc, high, splat(words, int16_t(kHalvesRadix))));
    auto both = llvm::to_vector(llvm::seq<int64_t>(0, 2 * entries));
    return vector::ShuffleOp::create(b, loc, arith::TruncIOp::create(b, loc, bytes, low),
                                     arith::TruncIOp::create(b, loc, bytes, high), both);
  }

  /// Adding and taking off 1.5 * 2^23 rounds to nearest even, without the library call that math.roundeven is on old
  /// targets.
  Value rounded(Value sums) {
    auto floats = VectorType::get({entries}, b.getF32Type());
    Value scaled = arith::MulFOp::create(b, loc, arith::SIToFPOp::create(b, loc, floats, sums),
                                         vector::BroadcastOp::create(b, loc, floats, op.getScale()));
    scaled = arith::MinNumFOp::create(b, loc, scaled, splat(floats, 127.0f));
    scaled = arith::MaxNumFOp::create(b, loc, scaled, splat(floats, -127.0f));
    Value magic = splat(floats, 12582912.0f);
    scaled = arith::SubFOp::create(b, loc, arith::AddFOp::create(b, loc, scaled, magic), magic);
    return arith::FPToSIOp::create(b, loc, bytes, scaled);
  }

  ternary::TableBuildOp op;
  PatternRewriter &b;
  Location loc;
  GroupTable patterns;
  int64_t entries;
  VectorType words, bytes;
};

struct LowerTableBuildPattern : OpRewritePattern<ternary::TableBuildOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ternary::TableBuildOp op, PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, TableLowering(op, rewriter).lower());
    return success();
  }
};

struct LowerTableBuild : impl::TernaryLowerTableBuildBase<LowerTableBuild> {
  void runOnOperation() override { lowered += lowerOps<ternary::TableBuildOp, LowerTableBuildPattern>(getOperation()); }
};

} // namespace
} // namespace tern
