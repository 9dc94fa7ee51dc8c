//===- lut.cpp - Products by lookups in tables of sums ---------------------===//
#include "compiler/kernels/support/families.h"
#include "compiler/kernels/support/tiling.h"

using namespace mlir;

namespace tern {
namespace {

using namespace ternary;

/// What the codes of an encoding look up (lib/trit/encoding.h has where they are).
struct Scheme {
  explicit Scheme(const Layout &layout, MLIRContext *context)
      : codes(*rulesOf(layout.encoding).groups),
        table(TableAttr::get(context, DigitKind::Trits, codes.table.group,
                             codes.table.mirrored ? TableRange::Mirrored : TableRange::Full,
                             codes.elementBits == 8 ? TableForm::Halves : TableForm::Words)) {}

  int64_t group() const { return table.getGroup(); }
  /// Halves of an entry, or 1: the whole of it.
  int64_t parts() const { return table.getForm() == TableForm::Halves ? 2 : 1; }
  int64_t entries() const { return table.paddedEntries(); }
  /// Chunks that the wide sums have room for: biased narrow sums of up to 2^b - 1 in 2b bits.
  int64_t wideRoom() const { return (int64_t(1) << codes.elementBits) + 1; }

  GroupCodes codes;
  TableAttr table;
};

/// The loop nest of one product. Partial sums are vectors of rows: narrow ones as wide as the table's entries, which a
/// chunk of tiles cannot overflow, and wide ones of twice the width, to which they are added without a shuffle. A
/// narrow sum begins at 2^(b-1), so that it is unsigned; two neighbouring ones are then one number x = even + 2^b *
/// odd. The wide sums are those of x, modulo 2^(2b), and of x >> b, the odd ones; the even ones follow from them at the
/// end.
class LutTiling : GemmTiling<LutAttr> {
public:
  LutTiling(GemmOp gemm, LutAttr kernel)
      : GemmTiling(gemm, kernel), scheme(layout, gemm.getContext()), tokens(kernel.getTokens()),
        lanes(kernel.getWidth() * 8 / scheme.codes.elementBits), element(b.getIntegerType(scheme.codes.elementBits)),
        indexType(VectorType::get({lanes}, element)),
        wideType(VectorType::get({lanes / 2}, b.getIntegerType(2 * scheme.codes.elementBits))),
        sumType(VectorType::get({lanes}, b.getI32Type())) {}

  void build() {
    int64_t unroll = kernel.getUnroll(), chunk = lookupRoom(scheme.codes) * scheme.group() / layout.tileColumns;
    chunkColumns = chunk / unroll * unroll * layout.tileColumns;
    stretch = kernel.getStretch() == 0 ? columns : llvm::alignTo(kernel.getStretch(), layout.tileColumns);
    stretch = std::min({stretch, scheme.wideRoom() * chunkColumns, columns});
    loops();
    gemm.erase();
  }

private:
  /// min(begin + size, limit), without the minimum where `size` divides what is there.
  Value endOf(Value begin, int64_t size, Value limit, bool divides) {
    Value end = plus(begin, size);
    return divides ? end : arith::MinUIOp::create(b, loc, end, limit).getResult();
  }
  /// Goes on inside a new loop.
  scf::ForOp enter(Value begin, Value end, int64_t step, ValueRange carried = {}) {
    auto loop = scf::ForOp::create(b, loc, begin, end, index(step), carried);
    b.setInsertionPointToStart(loop.getBody());
    return loop;
  }
  /// Row vectors of a tile, times tokens, times table parts.
  int64_t vectors() const { return layout.tileRows / lanes; }
  int64_t sums() const { return vectors() * tokens * scheme.parts(); }
  int64_t slot(int64_t vector, int64_t t, int64_t part) const { return (vector * tokens + t) * scheme.parts() + part; }

  //===-- Loops -----------------------------------------------------------===//
  void loops() {
    tableSize = scheme.parts() * scheme.entries();
    int64_t elements = tokens * (stretch / scheme.group()) * tableSize;
    tables = memref::AllocaOp::create(b, loc, MemRefType::get({elements}, element), b.getI64IntegerAttr(64));
    Value end = plus(gemm.getBegin(), gemm.getSize()), zero = index(0);
    bool once = stretch == columns;

    auto tokenTiles = enter(zero, gemm.getTokens(), tokens);
    token = tokenTiles.getInductionVar();
    if (!once) {
      auto rows = enter(gemm.getBegin(), end, layout.tileRows);
      for (int64_t t = 0; t < tokens; ++t)
        for (int64_t v = 0; v < vectors(); ++v)
          vector::StoreOp::create(b, loc, splat(sumType, 0), gemm.getOut(), place(rows.getInductionVar(), v, t));
      b.setInsertionPointAfter(rows);
    }
    auto stretches = enter(zero, index(columns), stretch);
    first = stretches.getInductionVar();
    Value last = endOf(first, stretch, index(columns), columns % stretch == 0);
    buildTables(last);

    auto rows = enter(gemm.getBegin(), end, layout.tileRows);
    row = rows.getInductionVar();
    band = times(over(row, layout.tileRows), layout.bandBytes(columns));
    auto chunks = enter(first, last, chunkColumns, SmallVector<Value>(2 * sums(), splat(wideType, 0)));
    SmallVector<Value> wide(chunks.getRegionIterArgs());
    widen(wide, chunkOfTiles(chunks.getInductionVar(), last));
    scf::YieldOp::create(b, loc, wide);
    b.setInsertionPointAfter(chunks);
    store(unbiased(chunks.getResults(), last), once);
  }

  SmallVector<Value> place(Value row, int64_t vector, int64_t t) { return {plus(token, t), plus(row, vector * lanes)}; }

  /// The tables of the groups in columns [first, last), those of one token after those of the other.
  void buildTables(Value last) {
    Value groups = over(arith::SubIOp::create(b, loc, last, first), scheme.group());
    auto all = enter(index(0), groups, 1);
    Value column = plus(first, times(all.getInductionVar(), scheme.group()));
    auto codesType = VectorType::get({scheme.group()}, b.getI8Type());
    for (int64_t t = 0; t < tokens; ++t) {
      Value codes = vector::LoadOp::create(b, loc, codesType, gemm.getCodes(), ValueRange{plus(token, t), column});
      Value table = TableBuildOp::create(b, loc, scheme.table.tableType(), codes, Value(), scheme.table);
      vector::StoreOp::create(b, loc, table, tables, tablePlace(all.getInductionVar(), t, 0));
    }
    b.setInsertionPointAfter(all);
  }

  Value tablePlace(Value group, int64_t t, int64_t part) {
    return plus(times(group, tableSize), t * (stretch / scheme.group()) * tableSize + part * scheme.entries());
  }

  /// The narrow sums of the tiles from `column` on, one chunk of them or those that are left.
  SmallVector<Value> chunkOfTiles(Value column, Value last) {
    SmallVector<Value> narrow(sums(), splat(indexType, bias()));
    int64_t step = kernel.getUnroll() * layout.tileColumns;
    if (chunkColumns == layout.tileColumns) {
      tile(column, narrow);
      return narrow;
    }
    Value end = endOf(column, chunkColumns, last, false);
    if (step > layout.tileColumns)
      return unrolledTiles(column, end, step, narrow);
    return tiles(column, end, narrow);
  }

  SmallVector<Value> tiles(Value begin, Value end, ValueRange narrow) {
    auto loop = enter(begin, end, layout.tileColumns, narrow);
    SmallVector<Value> sums(loop.getRegionIterArgs());
    tile(loop.getInductionVar(), sums);
    scf::YieldOp::create(b, loc, sums);
    b.setInsertionPointAfter(loop);
    return loop.getResults();
  }

  /// Several tiles an iteration, then those that are left one by one.
  SmallVector<Value> unrolledTiles(Value begin, Value end, int64_t step, ValueRange narrow) {
    Value whole = times(over(arith::SubIOp::create(b, loc, end, begin), step), step);
    Value middle = plus(begin, whole);
    auto loop = enter(begin, middle, step, narrow);
    SmallVector<Value> sums(loop.getRegionIterArgs());
    for (int64_t u = 0; u < kernel.getUnroll(); ++u)
      tile(plus(loop.getInductionVar(), u * layout.tileColumns), sums);
    scf::YieldOp::create(b, loc, sums);
    b.setInsertionPointAfter(loop);
    return tiles(middle, end, loop.getResults());
  }

  //===-- One tile --------------------------------------------------------===//
  /// Adds the lookups of one tile of weights to the narrow sums.
  void tile(Value column, MutableArrayRef<Value> narrow) {
    int64_t units = layout.tileColumns / scheme.codes.columns(), unitBytes = layout.tileBytes() / units;
    Value offset = plus(band, times(over(column, layout.tileColumns), layout.tileBytes()));
    Value group = over(arith::SubIOp::create(b, loc, column, first), scheme.group());
    if (kernel.getPrefetch() > 0)
      for (int64_t line = 0; line < layout.tileBytes(); line += 64)
        prefetch(offset, kernel.getPrefetch() + line);
    for (int64_t unit = 0; unit < units; ++unit) {
      Value at = plus(offset, unit * unitBytes);
      for (int64_t element = 0; element < scheme.codes.elements; ++element) {
        SmallVector<Value> packed = loadElements(at, element);
        for (int64_t field = 0; field < scheme.codes.fields; ++field) {
          int64_t inUnit = element * scheme.codes.fields + field;
          lookup(plus(group, unit * scheme.codes.groups() + inUnit), shifted(packed, field * scheme.codes.fieldBits),
                 scheme.codes.table.mirrored ? negatives(loadElements(at, scheme.codes.elements), inUnit)
                                             : SmallVector<Value>(),
                 narrow);
        }
      }
    }
  }

  /// Element `number` of all rows of a unit.
  SmallVector<Value> loadElements(Value at, int64_t number) {
    auto bytes = VectorType::get({kernel.getWidth()}, b.getI8Type());
    SmallVector<Value> packed;
    for (int64_t v = 0; v < vectors(); ++v) {
      int64_t offset = number * layout.tileRows * scheme.codes.elementBits / 8 + v * kernel.getWidth();
      Value loaded = vector::LoadOp::create(b, loc, bytes, gemm.getWeights(), plus(at, offset));
      packed.push_back(bytes == indexType ? loaded : vector::BitCastOp::create(b, loc, indexType, loaded).getResult());
    }
    return packed;
  }

  /// Indices with the field in their low bits. What is above does not count (ternary.table_lookup), so bytes are
  /// shifted as words: no target shifts bytes.
  SmallVector<Value> shifted(ArrayRef<Value> packed, int64_t bits) {
    if (bits == 0)
      return SmallVector<Value>(packed);
    auto words = VectorType::get({kernel.getWidth() / 2}, b.getI16Type());
    SmallVector<Value> indices;
    for (Value value : packed) {
      Value lanes = words == indexType ? value : vector::BitCastOp::create(b, loc, words, value).getResult();
      lanes = arith::ShRUIOp::create(b, loc, lanes, splat(words, bits));
      indices.push_back(words == indexType ? lanes : vector::BitCastOp::create(b, loc, indexType, lanes).getResult());
    }
    return indices;
  }

  /// Which rows have the sign of that group set.
  SmallVector<Value> negatives(ArrayRef<Value> signs, int64_t bit) {
    SmallVector<Value> masks;
    for (Value value : signs) {
      Value set = arith::AndIOp::create(b, loc, value, splat(indexType, int64_t(1) << bit));
      masks.push_back(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, set, splat(indexType, 0)));
    }
    return masks;
  }

  /// Adds one group's entries to the narrow sums of all rows and tokens.
  void lookup(Value group, ArrayRef<Value> indices, ArrayRef<Value> negative, MutableArrayRef<Value> narrow) {
    auto tableType = VectorType::get({scheme.entries()}, element);
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t part = 0; part < scheme.parts(); ++part) {
        Value table = vector::LoadOp::create(b, loc, tableType, tables, tablePlace(group, t, part));
        for (int64_t v = 0; v < vectors(); ++v) {
          Value entry = TableLookupOp::create(b, loc, table, indices[v]);
          if (!negative.empty()) {
            Value minus = arith::SubIOp::create(b, loc, splat(indexType, 0), entry);
            entry = arith::SelectOp::create(b, loc, negative[v], minus, entry);
          }
          Value &sum = narrow[slot(v, t, part)];
          sum = arith::AddIOp::create(b, loc, sum, entry);
        }
      }
  }

  //===-- Sums ------------------------------------------------------------===//
  int64_t bias() const { return int64_t(1) << (scheme.codes.elementBits - 1); }

  /// Adds the narrow sums to the wide ones: those of pairs, then those of odd rows.
  void widen(MutableArrayRef<Value> wide, ArrayRef<Value> narrow) {
    for (auto [i, value] : llvm::enumerate(narrow)) {
      Value pair = vector::BitCastOp::create(b, loc, wideType, value);
      Value odd = arith::ShRUIOp::create(b, loc, pair, splat(wideType, scheme.codes.elementBits));
      wide[2 * i] = arith::AddIOp::create(b, loc, wide[2 * i], pair);
      wide[2 * i + 1] = arith::AddIOp::create(b, loc, wide[2 * i + 1], odd);
    }
  }

  /// The sums of all rows in their order: pairs less the odd ones are the even ones, and every chunk brought the bias
  /// once.
  SmallVector<Value> unbiased(ValueRange wide, Value last) {
    Value chunks = arith::CeilDivUIOp::create(b, loc, arith::SubIOp::create(b, loc, last, first), index(chunkColumns));
    Value excess = arith::IndexCastOp::create(b, loc, wideType.getElementType(), times(chunks, bias()));
    excess = vector::BroadcastOp::create(b, loc, wideType, excess);
    SmallVector<Value> sums;
    for (size_t i = 0; i < wide.size(); i += 2) {
      Value even = arith::SubIOp::create(
          b, loc, wide[i], arith::ShLIOp::create(b, loc, wide[i + 1], splat(wideType, scheme.codes.elementBits)));
      sums.push_back(vector::InterleaveOp::create(b, loc, arith::SubIOp::create(b, loc, even, excess),
                                                  arith::SubIOp::create(b, loc, wide[i + 1], excess)));
    }
    return sums;
  }

  /// Puts halves together and stores the sums, added to those of the stretches before.
  void store(ArrayRef<Value> wide, bool once) {
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t v = 0; v < vectors(); ++v) {
        Value sum = wide[slot(v, t, 0)];
        if (scheme.parts() == 2) {
          Value high = arith::ExtSIOp::create(b, loc, sumType, wide[slot(v, t, 1)]);
          high = arith::MulIOp::create(b, loc, high, splat(sumType, kHalvesRadix));
          sum = arith::AddIOp::create(b, loc, arith::ExtSIOp::create(b, loc, sumType, sum), high);
        }
        SmallVector<Value> at = place(row, v, t);
        if (!once)
          sum = arith::AddIOp::create(b, loc, sum, vector::LoadOp::create(b, loc, sumType, gemm.getOut(), at));
        vector::StoreOp::create(b, loc, sum, gemm.getOut(), at);
      }
  }

  Scheme scheme;
  int64_t tokens, lanes;
  Type element;
  VectorType indexType, wideType, sumType;
  int64_t chunkColumns = 0, stretch = 0, tableSize = 0;
  Value tables, token, first, row, band;
};

/// Columns whose tables are made at a time; 0: of all. A lut3 table of 504 columns takes 11 KB, of 4,032 86 KB: in the
/// first-level cache and in the second. From all columns of the product on they are one.
std::vector<int64_t> stretches(const KernelSearch &search) {
  std::vector<int64_t> values;
  for (int64_t stretch : {504, 1008, 2016, 4032, 0})
    if (stretch < search.columns)
      values.push_back(stretch);
  return values;
}

struct LutLowering : KernelModel<LutLowering, LutAttr, LutTiling> {
  /// Prefetching gains little (families): one distance is enough.
  void vary(Attribute attr, const KernelSearch &search, KernelList &list) const {
    auto kernel = cast<LutAttr>(attr);
    for (int64_t unroll : {1, 2})
      for (int64_t prefetch : {0, 2048})
        for (int64_t stretch : stretches(search))
          list.push_back(
              LutAttr::get(search.context, kernel.getTokens(), unroll, prefetch, kernel.getWidth(), stretch));
  }
};

void blocks(const KernelSearch &search, KernelList &list) {
  for (int64_t tokens : kTokens)
    for (int64_t stretch : stretches(search))
      list.push_back(LutAttr::get(search.context, tokens, /*unroll=*/1, /*prefetch=*/0, search.width, stretch));
}

/// Tables of at most 8,064 columns (lut3: 172 KB a token) so that they stay in a second-level cache.
MakeKernel lut(int64_t width, int64_t tokens) {
  return [=](MLIRContext *context, const CpuFacts &) {
    return LutAttr::get(context, tokens, /*unroll=*/1, /*prefetch=*/0, width, /*stretch=*/8064 / tokens);
  };
}

/// Weights per cycle of lookups were measured from cache on a Zen 4 (docs/performance.md); prefetching made every one
/// of them slower.
std::vector<KernelFamily> families() {
  return {
      {.name = "lut3-v64",
       .layout = {Encoding::Lut3, 256, 9},
       .one = lut(64, 1),
       .block = lut(64, 2),
       .features = kAvx512Bw,
       .bitsPerWeight = 16.0 / 9,
       .weightsPerCycle = 57,
       .automatic = false},
      {.name = "tl1-v64",
       .layout = {Encoding::Tl1, 256, 16},
       .one = lut(64, 1),
       .block = lut(64, 1),
       .features = kAvx512Bw,
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 31,
       .automatic = false},
      {.name = "tl1-v32",
       .layout = {Encoding::Tl1, 128, 16},
       .one = lut(32, 1),
       .block = lut(32, 1),
       .features = kAvx2,
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 28,
       .automatic = false},
      {.name = "tl1-v16",
       .layout = {Encoding::Tl1, 32, 16},
       .one = lut(16, 1),
       .block = lut(16, 1),
       .features = {},
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 0.5,
       .automatic = false},
      {.name = "tl2-v64",
       .layout = {Encoding::Tl2, 256, 24},
       .one = lut(64, 1),
       .block = lut(64, 1),
       .features = kAvx512Bw,
       .bitsPerWeight = 40.0 / 24,
       .weightsPerCycle = 31,
       .automatic = false},
      {.name = "tl2-v32",
       .layout = {Encoding::Tl2, 128, 24},
       .one = lut(32, 1),
       .block = lut(32, 1),
       .features = kAvx2,
       .bitsPerWeight = 40.0 / 24,
       .weightsPerCycle = 27,
       .automatic = false},
      {.name = "tl2-v16",
       .layout = {Encoding::Tl2, 32, 24},
       .one = lut(16, 1),
       .block = lut(16, 1),
       .features = {},
       .bitsPerWeight = 40.0 / 24,
       .weightsPerCycle = 0.5,
       .automatic = false},
  };
}

} // namespace

namespace kernels {

void lut(KernelSet &set) {
  set.add<LutAttr, LutLowering>("ternary-tile-lut",
                                "Lower products by lookups to loops of table builds and table lookups", blocks);
  set.addFamilies(families());
}

} // namespace kernels
} // namespace tern
