//===- bit_serial.cpp - Products over bit planes as table lookups ----------===//
#include "compiler/kernels/support/families.h"
#include "compiler/kernels/support/tiling.h"

using namespace mlir;

namespace tern {
namespace {

using namespace ternary;

/// Columns of one lookup.
constexpr int64_t kGroup = 4;

/// The loop nest of one product (T-MAC, arXiv 2407.00088, section 3). With s_i = 2 bit_i - 1 a weight of b > 1 planes
/// is w = (sum over i of 2^i s_i - 1) / 2, so that a row's product is (sum over i of 2^i S_i - A) / 2: S_i adds up
/// looked-up sums of activations for the signs of plane i, A is the code sum of the token. A weight of one plane is
/// s_0.
///
/// Sums are vectors of rows of three widths: bytes, as many lookups as fit; pairs of bytes widened to 16 bits, even
/// rows and odd ones apart, for a chunk of columns; and 32 bits.
class BitSerialTiling : GemmTiling<BitSerialAttr> {
public:
  BitSerialTiling(GemmOp gemm, BitSerialAttr kernel)
      : GemmTiling(gemm, kernel), planes(planeCount(layout.encoding)), width(kernel.getWidth()),
        vectors(layout.tileRows / width), mirrored(kernel.getRange() == TableRange::Mirrored),
        lossy(kernel.getForm() == TableForm::Bytes), parts(lossy ? 1 : 2),
        table(TableAttr::get(b.getContext(), DigitKind::Signs, kGroup, kernel.getRange(), kernel.getForm())),
        entries(table.paddedEntries()), pairs(VectorType::get({width / 2}, b.getI16Type())) {}

  void build() {
    tables = memref::AllocaOp::create(b, loc, MemRefType::get({columns / kGroup * parts * entries}, b.getI8Type()),
                                      b.getI64IntegerAttr(64));
    loop(index(0), gemm.getTokens(), 1, [&](Value token) { product(token); });
    gemm.erase();
  }

private:
  Value floats(Value integers) {
    Type type = b.getF32Type();
    if (auto vector = dyn_cast<VectorType>(integers.getType()))
      type = vector.clone(type);
    return arith::SIToFPOp::create(b, loc, type, integers);
  }

  //===-- Tables ----------------------------------------------------------===//
  /// Lookups that a byte has room for: a sum of four activations is 31 * high + low with |low| <= 15 and |high| <= 17,
  /// or one byte.
  int64_t largestEntry() const { return lossy ? 127 : 17; }
  int64_t byteRoom() const { return 127 / largestEntry(); }
  /// Tiles whose byte sums 16 bits have room for.
  int64_t pairRoom() const { return 32767 / (layout.tileColumns / kGroup * largestEntry()); }

  /// The largest sum of a group's |activations|, at least 1.
  Value largestSum(Value token) {
    SmallVector<Value> largest = {arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(1))};
    accumulate(index(0), index(columns), kGroup, largest, [&](Value column) {
      Value codes = vector::LoadOp::create(b, loc, bytes(kGroup), gemm.getCodes(), ValueRange{token, column});
      Value wide = arith::ExtSIOp::create(b, loc, words(kGroup), codes);
      Value minus = arith::SubIOp::create(b, loc, zeros(words(kGroup)), wide);
      Value sizes = arith::MaxSIOp::create(b, loc, wide, minus);
      Value sum = vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, sizes);
      largest[0] = arith::MaxSIOp::create(b, loc, largest[0], sum);
    });
    return largest[0];
  }

  /// Those of all groups of a token, one after the other; of halves the low ones before the high ones.
  void buildTables(Value token, Value scale) {
    loop(index(0), index(columns / kGroup), 1, [&](Value group) {
      Value codes =
          vector::LoadOp::create(b, loc, bytes(kGroup), gemm.getCodes(), ValueRange{token, times(group, kGroup)});
      Value built = TableBuildOp::create(b, loc, table.tableType(), codes, scale, table);
      vector::StoreOp::create(b, loc, built, tables, times(group, parts * entries));
    });
  }

  //===-- One token -------------------------------------------------------===//
  void product(Value token) {
    Value step; // of byte tables, twice: halves what comes of two planes or more
    Value scale;
    if (lossy) {
      Value largest = floats(largestSum(token));
      auto number = [&](float value) { return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value)); };
      scale = arith::DivFOp::create(b, loc, number(127), largest);
      step = arith::DivFOp::create(b, loc, largest, number(planes == 1 ? 127 : 254));
    }
    buildTables(token, scale);
    forEachBand([&](Value row, Value band) {
      SmallVector<Value> totals(vectors, zeros(words(width)));
      int64_t chunk = pairRoom() * layout.tileColumns;
      if (columns <= chunk)
        addChunk(index(0), index(columns), band, totals);
      else
        accumulate(index(0), index(columns), chunk, totals, [&](Value first) {
          addChunk(first, arith::MinUIOp::create(b, loc, plus(first, chunk), index(columns)), band, totals);
        });
      for (auto [v, total] : llvm::enumerate(totals))
        vector::StoreOp::create(b, loc, finish(total, step, token), gemm.getOut(),
                                ValueRange{token, plus(row, int64_t(v) * width)});
    });
  }

  /// From sum over i of 2^i S_i to the product: S_0 for one plane, else half of what is more than A; the difference is
  /// even.
  Value finish(Value total, Value step, Value token) {
    if (planes == 1 && !lossy)
      return total;
    Value all = codeSum(token, width);
    if (!lossy)
      return arith::ShRSIOp::create(b, loc, arith::SubIOp::create(b, loc, total, all), splat(words(width), 1));
    VectorType type = words(width).clone(b.getF32Type());
    auto number = [&](float value) { return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, value)); };
    Value sum = arith::MulFOp::create(b, loc, floats(total), vector::BroadcastOp::create(b, loc, type, step));
    if (planes > 1)
      sum = arith::SubFOp::create(b, loc, sum, arith::MulFOp::create(b, loc, floats(all), number(0.5f)));
    Value negative = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, sum, number(0));
    Value half = arith::SelectOp::create(b, loc, negative, number(-0.5f), number(0.5f));
    return arith::FPToSIOp::create(b, loc, words(width), arith::AddFOp::create(b, loc, sum, half));
  }

  //===-- Sums ------------------------------------------------------------===//
  size_t slot(int64_t v, int64_t plane, int64_t part) const { return size_t((v * planes + plane) * parts + part); }

  /// Adds the columns [first, last) of a chunk to the totals: 2^i for plane i, 31 for high halves.
  void addChunk(Value first, Value last, Value band, MutableArrayRef<Value> totals) {
    SmallVector<Value> wide(size_t(2 * vectors * planes * parts), zeros(pairs));
    accumulate(first, last, layout.tileColumns, wide, [&](Value column) { addTile(column, band, wide); });
    for (int64_t v = 0; v < vectors; ++v)
      for (int64_t plane = 0; plane < planes; ++plane)
        for (int64_t part = 0; part < parts; ++part) {
          size_t at = 2 * slot(v, plane, part);
          Value sum = vector::InterleaveOp::create(b, loc, wide[at], wide[at + 1]);
          sum = arith::ExtSIOp::create(b, loc, words(width), sum);
          sum = arith::MulIOp::create(b, loc, sum, splat(words(width), (part == 1 ? kHalvesRadix : 1) << plane));
          totals[size_t(v)] = arith::AddIOp::create(b, loc, totals[size_t(v)], sum);
        }
  }

  /// Adds the lookups of one tile of weights to the 16-bit sums.
  void addTile(Value column, Value band, MutableArrayRef<Value> wide) {
    Value offset = plus(band, times(over(column, layout.tileColumns), layout.tileBytes()));
    for (int64_t line = 0; kernel.getPrefetch() > 0 && line < layout.tileBytes(); line += 64)
      prefetch(offset, kernel.getPrefetch() + line);
    SmallVector<Value> narrow;
    for (int64_t group = 0; group < layout.tileColumns / kGroup; ++group) {
      if (group % byteRoom() == 0) {
        widen(wide, narrow);
        narrow.assign(wide.size() / 2, zeros(bytes(width)));
      }
      addGroup(plus(over(column, kGroup), group), offset, group, narrow);
    }
    widen(wide, narrow);
  }

  /// Adds the entries of one group of columns, the `inTile`-th of its tile, to the byte sums.
  void addGroup(Value group, Value offset, int64_t inTile, MutableArrayRef<Value> narrow) {
    Value at = times(group, parts * entries);
    Value halves[2];
    for (int64_t part = 0; part < parts; ++part)
      halves[part] = vector::LoadOp::create(b, loc, bytes(entries), tables, plus(at, part * entries));
    int64_t byteColumns = rulesOf(layout.encoding).unitColumns; // of a plane
    int64_t unit = inTile * kGroup / byteColumns, nibble = inTile % (byteColumns / kGroup);
    for (int64_t v = 0; v < vectors; ++v)
      for (int64_t plane = 0; plane < planes; ++plane) {
        Value packed = vector::LoadOp::create(b, loc, bytes(width), gemm.getWeights(),
                                              plus(offset, (unit * planes + plane) * layout.tileRows + v * width));
        Value pattern = nibble == 0 ? packed : shifted<arith::ShRUIOp>(packed);
        Value negative;
        if (mirrored) {
          // Patterns without bit 3 have no entry: their sums are the negatives of those of the complements.
          Value top = nibble == 0 ? shifted<arith::ShLIOp>(packed) : packed;
          negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, top, zeros(bytes(width)));
          Value complement = arith::SubIOp::create(b, loc, splat(bytes(width), 7), pattern);
          pattern = arith::SelectOp::create(b, loc, negative, complement, pattern);
        }
        for (int64_t part = 0; part < parts; ++part) {
          Value &sum = narrow[slot(v, plane, part)];
          Value entry = TableLookupOp::create(b, loc, halves[part], pattern);
          Value more = arith::AddIOp::create(b, loc, sum, entry);
          sum = mirrored ? arith::SelectOp::create(b, loc, negative, arith::SubIOp::create(b, loc, sum, entry), more)
                               .getResult()
                         : more;
        }
      }
  }

  /// Bytes shifted by a nibble, as words, since no target shifts bytes: what comes from the other byte of a word does
  /// not count, neither as bits above an index (ternary.table_lookup) nor below a sign.
  template <typename Shift> Value shifted(Value packed) {
    Value lanes = vector::BitCastOp::create(b, loc, pairs, packed);
    return vector::BitCastOp::create(b, loc, bytes(width), Shift::create(b, loc, lanes, splat(pairs, 4)));
  }

  /// Adds byte sums to the 16-bit ones, those of even rows before those of odd ones.
  void widen(MutableArrayRef<Value> wide, ArrayRef<Value> narrow) {
    Value eight = splat(pairs, 8);
    for (auto [i, value] : llvm::enumerate(narrow)) {
      Value pair = vector::BitCastOp::create(b, loc, pairs, value);
      Value even = arith::ShRSIOp::create(b, loc, arith::ShLIOp::create(b, loc, pair, eight), eight);
      wide[2 * i] = arith::AddIOp::create(b, loc, wide[2 * i], even);
      wide[2 * i + 1] = arith::AddIOp::create(b, loc, wide[2 * i + 1], arith::ShRSIOp::create(b, loc, pair, eight));
    }
  }

  int64_t planes, width, vectors;
  bool mirrored, lossy;
  int64_t parts; ///< halves of an entry, or 1: the whole of it
  TableAttr table;
  int64_t entries;
  VectorType pairs;
  Value tables;
};

struct BitSerialLowering : KernelModel<BitSerialLowering, BitSerialAttr, BitSerialTiling> {
  void vary(Attribute attr, const KernelSearch &search, KernelList &list) const {
    auto kernel = cast<BitSerialAttr>(attr);
    for (int64_t prefetch : kPrefetches)
      list.push_back(
          BitSerialAttr::get(search.context, prefetch, kernel.getWidth(), kernel.getRange(), kernel.getForm()));
  }
};

/// Bit planes, rows in lanes. A tile has 24 columns: the six lookups of a plane that 8-bit
/// sums have room for. Two vectors of rows share a table load where registers hold their sums. Mirrored tables are half
/// as large, full ones save half the instructions.
KernelFamily bitPlanes(StringRef name, Encoding encoding, int64_t width, ArrayRef<std::string_view> features,
                       double weightsPerCycle, TableRange range = TableRange::Mirrored,
                       TableForm form = TableForm::Halves) {
  MakeKernel kernel = [=](MLIRContext *context, const CpuFacts &) {
    return BitSerialAttr::get(context, /*prefetch=*/width == 32 ? 4096 : 0, width, range, form);
  };
  int64_t vectors = width > 16 && planeCount(encoding) <= 2 ? 2 : 1;
  return {.name = name,
          .layout = {encoding, vectors * width, 24},
          .one = kernel,
          .block = kernel,
          .features = features,
          .bitsPerWeight = double(planeCount(encoding)),
          .weightsPerCycle = weightsPerCycle,
          .automatic = false};
}

std::vector<KernelFamily> families() {
  return {
      // One plane is for binary weights; three and four are more than ternary ones need.
      bitPlanes("bits1-v64", Encoding::Planes1, 64, kAvx512Bw, 40),
      bitPlanes("bits1-v32", Encoding::Planes1, 32, kAvx2, 36),
      bitPlanes("bits1-v16", Encoding::Planes1, 16, {}, 0.6),
      bitPlanes("bits2-v64", Encoding::Planes2, 64, kAvx512Bw, 20),
      bitPlanes("bits2-v32", Encoding::Planes2, 32, kAvx2, 18),
      bitPlanes("bits2-v16", Encoding::Planes2, 16, {}, 0.3),
      bitPlanes("bits3-v64", Encoding::Planes3, 64, kAvx512Bw, 13),
      bitPlanes("bits3-v32", Encoding::Planes3, 32, kAvx2, 12),
      bitPlanes("bits3-v16", Encoding::Planes3, 16, {}, 0.2),
      bitPlanes("bits4-v64", Encoding::Planes4, 64, kAvx512Bw, 10),
      bitPlanes("bits4-v32", Encoding::Planes4, 32, kAvx2, 9),
      bitPlanes("bits4-v16", Encoding::Planes4, 16, {}, 0.15),
      bitPlanes("bits2-full-v64", Encoding::Planes2, 64, kAvx512Bw, 27, TableRange::Full),
      bitPlanes("bits2-full-v32", Encoding::Planes2, 32, kAvx2, 23, TableRange::Full),
      bitPlanes("bits2-full-v16", Encoding::Planes2, 16, {}, 0.35, TableRange::Full),
      bitPlanes("bits2-lossy-v64", Encoding::Planes2, 64, kAvx512Bw, 28, TableRange::Full, TableForm::Bytes),
      bitPlanes("bits2-lossy-v32", Encoding::Planes2, 32, kAvx2, 24, TableRange::Full, TableForm::Bytes),
      bitPlanes("bits2-lossy-v16", Encoding::Planes2, 16, {}, 0.35, TableRange::Full, TableForm::Bytes),
  };
}

} // namespace

namespace kernels {

void bit_serial(KernelSet &set) {
  set.add<BitSerialAttr, BitSerialLowering>("ternary-decompose-bit-serial",
                                            "Lower bit-serial products to table builds and lookups of one-bit planes");
  set.addFamilies(families());
}

} // namespace kernels
} // namespace tern
