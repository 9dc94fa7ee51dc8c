//===- columns.cpp - Products of one token over its non-zero codes ---------===//
#include "compiler/kernels/support/families.h"
#include "compiler/kernels/support/tiling.h"
#include "compiler/target/target.h"

using namespace mlir;

namespace tern {
namespace {

using namespace ternary;

/// Four columns at a time, each one cache line for 256 rows, are transposed so that a 32-bit lane holds the four
/// weights of one row. Which four: the next ones in memory, or the next ones of the list of columns whose code is not
/// zero.
class ColumnsTiling : GemmTiling<ColumnsAttr> {
public:
  ColumnsTiling(GemmOp gemm, ColumnsAttr kernel)
      : GemmTiling(gemm, kernel), width(kernel.getWidth()), lanes(width / 4), stride(layout.columnBytes()),
        near(kernel.getPrefetch() <= cpuFactsOf(gemm->getParentOfType<ModuleOp>()).firstLevelFetch) {}

  void build() {
    int64_t room = columns + std::max<int64_t>(kListSlack, ahead() + kQuad);
    list = memref::AllocaOp::create(b, loc, MemRefType::get({room}, b.getI32Type()), b.getI64IntegerAttr(64));
    codes = memref::AllocaOp::create(b, loc, MemRefType::get({room}, b.getI8Type()), b.getI64IntegerAttr(64));
    // The count is per token, so are both choices.
    loop(index(0), gemm.getTokens(), 1, [&](Value token) {
      int64_t step = layout.columnStep(columns);
      count = NonzeroColumnsOp::create(b, loc, b.getIndexType(), gemm.getCodes(), token, list, codes,
                                       b.getI64IntegerAttr(step));
      Value few =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule, count, index(columns * kernel.getSkipBelow() / 100));
      auto choice = scf::IfOp::create(b, loc, few, /*withElseRegion=*/true);
      for (bool listed : {true, false}) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(listed ? choice.thenBlock() : choice.elseBlock());
        if (!listed)
          scatterCodes(token, step);
        forEachBand([&](Value row, Value offset) {
          for (int64_t line = 0; line < stride; line += kLine)
            for (int64_t slice = 0; slice < kLine; slice += width) // vectors may be narrower than a line
              rows(plus(row, line * kFields + slice / 4), plus(offset, line + slice), token, listed);
        });
      }
    });
    gemm.erase();
  }

private:
  static constexpr int64_t kFields = Columns2Line::fields, kLine = Columns2Line::bytes, kQuad = 4;
  /// The vector form of ternary.nonzero_columns writes whole vectors behind the last entry.
  static constexpr int64_t kListSlack = 64;

  /// Columns that the prefetch distance is.
  int64_t ahead() const { return kernel.getPrefetch() / stride; }

  /// Codes in the order in which the columns lie in memory.
  void scatterCodes(Value token, int64_t step) {
    auto loop = scf::ForOp::create(b, loc, index(0), index(columns), index(1), index(0));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value code = memref::LoadOp::create(b, loc, gemm.getCodes(), ValueRange{token, loop.getInductionVar()});
    Value place = loop.getRegionIterArgs()[0];
    memref::StoreOp::create(b, loc, code, codes, place);
    Value next = plus(place, step);
    next = arith::MinUIOp::create(b, loc, next, arith::SubIOp::create(b, loc, next, index(columns)));
    scf::YieldOp::create(b, loc, next);
  }

  void rows(Value row, Value offset, Value token, bool listed) {
    SmallVector<Value> sums(kQuad * kFields, zeros(words(lanes)));
    accumulate(index(0), listed ? count : index(columns), kQuad, sums, [&](Value i) {
      SmallVector<Value> lines;
      for (int64_t j = 0; j < kQuad; ++j) {
        if (ahead() > 0 && (listed || near))
          memref::PrefetchOp::create(b, loc, gemm.getWeights(), ValueRange{line(offset, plus(i, ahead() + j), listed)},
                                     false, near ? 3 : 2, true);
        lines.push_back(
            vector::LoadOp::create(b, loc, bytes(width), gemm.getWeights(), line(offset, plus(i, j), listed)));
      }
      Value activations = broadcast4(codes, i, width);
      auto quads = TransposeBytesOp::create(b, loc, TypeRange(ValueRange(lines)), lines);
      for (int64_t v = 0; v < kQuad; ++v)
        for (int64_t f = 0; f < kFields; ++f) {
          Value &sum = sums[v * kFields + f];
          Value weights = UnpackOp::create(b, loc, quads.getResult(v), f, UnpackMode::Mask);
          sum = DotOp::create(b, loc, sum, weights, activations);
        }
    });
    Value extra = zeroSum(token, lanes);
    for (int64_t v = 0; v < kQuad; ++v)
      for (int64_t f = 0; f < kFields; ++f) {
        Value total = arith::SubIOp::create(b, loc, unscale(sums[v * kFields + f], f), extra);
        Value at = plus(row, Columns2Line::firstRow(f, v));
        vector::StoreOp::create(b, loc, total, gemm.getOut(), ValueRange{token, at});
      }
  }

  /// Where the line of the i-th column of the list, or of column i, begins.
  Value line(Value offset, Value i, bool listed) {
    if (listed) {
      Value column = memref::LoadOp::create(b, loc, list, i);
      i = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), column);
    }
    return plus(offset, times(i, stride));
  }

  int64_t width, lanes;
  int64_t stride; ///< bytes of a column in its tile
  bool near;      ///< lines go to the first-level cache, and so do those of columns in memory order
  Value list, codes, count;
};

struct ColumnsLowering : KernelModel<ColumnsLowering, ColumnsAttr, ColumnsTiling> {
  void vary(Attribute attr, const KernelSearch &search, KernelList &list) const {
    auto kernel = cast<ColumnsAttr>(attr);
    for (int64_t prefetch : kPrefetches)
      list.push_back(ColumnsAttr::get(search.context, prefetch, kernel.getWidth(), kernel.getSkipBelow()));
  }
};

/// On CPUs that were not measured: columnsFetch and columnsSkipBelow in compiler/target/cpu_facts.cpp.
constexpr int64_t kFetch = 8192, kSkipBelow = 80;

/// `measured`: with what was measured on the CPU.
MakeKernel columns(int64_t width, bool measured = true) {
  return [=](MLIRContext *context, const CpuFacts &facts) {
    return ColumnsAttr::get(context, measured ? facts.columnsFetch.value_or(kFetch) : kFetch, width,
                            measured ? facts.columnsSkipBelow.value_or(kSkipBelow) : kSkipBelow);
  };
}

/// Weights per cycle count the dots and the shuffles beside them.
std::vector<KernelFamily> families() {
  return {
      {.name = "dot2-columns-v64",
       .layout = {Encoding::Columns2, 256, 16},
       .one = columns(64),
       .block = panelsOf(64, 32, 8),
       .features = kAvx512Vnni,
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 42,
       .skipBelow = kSkipBelow},
      {.name = "dot2-columns-amx",
       .layout = {Encoding::Columns2, 256, 16},
       .one = columns(64, /*measured=*/false),
       .block = amxTiles,
       .features = kAmx,
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 42,
       .blockMacsPerCycle = kTileMacsPerCycle,
       .skipBelow = kSkipBelow},
      {.name = "dot2-columns-v32",
       .layout = {Encoding::Columns2, 256, 16},
       .one = columns(32),
       .block = panelsOf(32, 16, 4),
       .features = kAvx2,
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 9,
       .skipBelow = kSkipBelow},
      {.name = "dot2-columns-v16",
       .layout = {Encoding::Columns2, 256, 16},
       .one = columns(16),
       .block = panelsOf(16, 8, 2),
       .features = {},
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 0.9,
       .skipBelow = kSkipBelow},
  };
}

} // namespace

namespace kernels {

void columns(KernelSet &set) {
  set.add<ColumnsAttr, ColumnsLowering>("ternary-tile-columns",
                                        "Lower products of one token to loops over the columns of its non-zero codes");
  set.addFamilies(families());
}

} // namespace kernels
} // namespace tern
