//===- rows.cpp - Dot products with columns in lanes ----------------------===//
#include "compiler/kernels/support/families.h"
#include "compiler/kernels/support/tile_fields.h"
#include "compiler/kernels/support/tiling.h"

using namespace mlir;

namespace tern {
namespace {

using namespace ternary;

/// The loop nest of one product. Each row of a tile is one vector of bytes; tile_fields.h knows what they hold.
class RowsTiling : GemmTiling<RowsAttr> {
public:
  RowsTiling(GemmOp gemm, RowsAttr kernel)
      : GemmTiling(gemm, kernel), fields(layout, kernel.getUnpack()), width(fields.width()), bytesType(bytes(width)),
        sumsType(words(width / 4)) {}

  void build() {
    forEachBand([&](Value row, Value offset) {
      loop(index(0), gemm.getTokens(), kernel.getTokens(), [&](Value token) { registerTile(row, offset, token); });
    });
    gemm.erase();
  }

private:
  /// The partial sum of row i, token t, and accumulator class c.
  size_t slot(int64_t i, int64_t t, int64_t c) { return (i * kernel.getTokens() + t) * fields.classes() + c; }

  void registerTile(Value row, Value band, Value token) {
    SmallVector<Value> sums(layout.tileRows * kernel.getTokens() * fields.classes(), zeros(sumsType));
    int64_t step = kernel.getUnroll() * layout.tileColumns, whole = columns / step * step;
    accumulate(index(0), index(whole), step, sums, [&](Value column) {
      for (int64_t u = 0; u < kernel.getUnroll(); ++u)
        tile(band, token, plus(column, u * layout.tileColumns), sums);
    });
    for (int64_t column = whole; column < columns; column += layout.tileColumns)
      tile(band, token, index(column), sums);
    store(row, token, sums);
  }

  /// One tile of weights against the tokens of a register tile, added to `sums`.
  void tile(Value band, Value token, Value column, MutableArrayRef<Value> sums) {
    // A tile has tileRows bytes per fields.count() columns.
    Value offset = plus(over(times(column, layout.tileRows), fields.count()), band);
    SmallVector<Value> packed;
    for (int64_t i = 0; i < layout.tileRows; ++i) {
      Value at = plus(offset, i * width);
      if (kernel.getPrefetch() > 0 && i * width % 64 == 0)
        prefetch(at, kernel.getPrefetch());
      packed.push_back(vector::LoadOp::create(b, loc, bytesType, gemm.getWeights(), at));
    }
    for (int64_t f = 0; f < fields.count(); ++f) {
      SmallVector<Value> codes;
      for (int64_t t = 0; t < kernel.getTokens(); ++t)
        codes.push_back(vector::LoadOp::create(b, loc, bytesType, gemm.getCodes(),
                                               ValueRange{plus(token, t), plus(column, f * width)}));
      SmallVector<Value> weights = fields.unpack(b, loc, packed, f);
      for (int64_t i = 0; i < layout.tileRows; ++i)
        for (int64_t t = 0; t < kernel.getTokens(); ++t) {
          Value &sum = sums[slot(i, t, fields.classOf(f))];
          sum = DotOp::create(b, loc, sum, weights[i], codes[t]);
        }
    }
  }

  /// Reduces the partial sums, takes off what the codes' zero point added and stores one number per row and token.
  void store(Value row, Value token, ValueRange sums) {
    for (int64_t t = 0; t < kernel.getTokens(); ++t) {
      Value at = plus(token, t);
      Value activations = zeroSum(at);
      for (int64_t i = 0; i < layout.tileRows; ++i) {
        Value lanes = sums[slot(i, t, 0)];
        for (int64_t c = 1; c < fields.classes(); ++c)
          lanes = arith::AddIOp::create(b, loc, lanes, unscale(sums[slot(i, t, c)], c));
        Value sum = vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, lanes);
        sum = arith::SubIOp::create(b, loc, sum, activations);
        memref::StoreOp::create(b, loc, sum, gemm.getOut(), ValueRange{at, plus(row, i)});
      }
    }
  }

  TileFields fields;
  int64_t width;
  VectorType bytesType, sumsType;
};

struct RowsLowering : KernelModel<RowsLowering, RowsAttr, RowsTiling> {
  void vary(Attribute attr, const KernelSearch &search, KernelList &list) const {
    auto kernel = cast<RowsAttr>(attr);
    for (int64_t unroll : {1, 2, 4})
      for (int64_t prefetch : kPrefetches)
        list.push_back(RowsAttr::get(search.context, kernel.getUnpack(), kernel.getTokens(), unroll, prefetch));
  }
};

void blocks(const KernelSearch &search, KernelList &list) {
  for (int64_t tokens : kTokens)
    for (UnpackMode unpack : {UnpackMode::Shift, UnpackMode::Mask})
      for (int64_t prefetch : {0, 1024})
        list.push_back(RowsAttr::get(search.context, unpack, tokens, /*unroll=*/1, prefetch));
}

MakeKernel rows(UnpackMode unpack, int64_t tokens, int64_t prefetch) {
  return [=](MLIRContext *context, const CpuFacts &) {
    return RowsAttr::get(context, unpack, tokens, /*unroll=*/1, prefetch);
  };
}

std::vector<KernelFamily> families() {
  return {
      {.name = "dot2-column-lanes-v64",
       .layout = {Encoding::Codes2, 4, 256},
       .one = rows(UnpackMode::Mask, 1, 4096),
       .block = rows(UnpackMode::Shift, 4, 0),
       .features = kAvx512Vnni,
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 60},
      {.name = "dot1.6-column-lanes-v64",
       .layout = {Encoding::Trits5, 4, 320},
       .one = rows(UnpackMode::Mask, 1, 4096),
       .block = rows(UnpackMode::Shift, 4, 0),
       .features = kAvx512Vbmi,
       .bitsPerWeight = 1.6,
       .weightsPerCycle = 38,
       .automatic = false},
  };
}

} // namespace

namespace kernels {

void rows(KernelSet &set) {
  set.add<RowsAttr, RowsLowering>("ternary-tile-dot", "Lower dot products with columns in lanes to loops", blocks);
  set.addFamilies(families());
}

} // namespace kernels
} // namespace tern
