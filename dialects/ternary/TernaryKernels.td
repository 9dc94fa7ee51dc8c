//===- TernaryKernels.td - Kernels of products, one for each loop nest ------===//
#ifndef TERN_DIALECTS_TERNARY_TERNARYKERNELS_TD
#define TERN_DIALECTS_TERNARY_TERNARYKERNELS_TD

include "dialects/ternary/KernelAttr.td"
include "dialects/ternary/TernaryDialect.td"

/// A parameter: its default, and what fails (with `emitError`) where a value is none of its.
class KernelParameter<string parameterName, string parameterType, string parameterDefault, string parameterCheck = "::llvm::success()"> {
  string name = parameterName;
  string type = parameterType;
  string byDefault = parameterDefault;
  string check = parameterCheck;
}
class NumberParameter<string name, int number, int least, int most, string unit = "">
    : KernelParameter<name, "int64_t", "int64_t(" # number # ")",
                      "verifyRange(emitError, \"" # name # "\", " # name # ", " # least # ", " # most # ", \"" # unit # "\")">;

// 64 tokens by 4 rows already need far more accumulators than any register file has.
class TokensParameter<int number = 1> : NumberParameter<"tokens", number, 1, 64>;
// 16 tiles of 256 bytes are already a loop body of several KB.
class UnrollParameter<string unit> : NumberParameter<"unroll", 1, 1, 16, unit>;
class RowsParameter<int number> : NumberParameter<"rows", number, 1, 256>;
def PrefetchParameter : NumberParameter<"prefetch", 0, 0, 65536, "bytes">;
def WidthParameter : KernelParameter<"width", "int64_t", "int64_t(16)", "verifyWidth(emitError, width)">;
def StretchParameter : NumberParameter<"stretch", 0, 0, 1048576, "columns">;
def UnpackParameter : KernelParameter<"unpack", "::tern::ternary::UnpackMode", "::tern::ternary::UnpackMode::Mask">;

/// `#ternary.MNEMONIC<name = value, ...>` with each parameter at most once, in any order; one that is not there has its default and is not printed.
class Kernel<string name, string mnemonic, list<KernelParameter> all> : TernaryAttr<name, mnemonic, [KernelAttr]> {
  let parameters = !dag(ins, !foreach(p, all, p.type), !foreach(p, all, p.name));
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  /// Body of KernelAttr's verifyOn.
  code on = [{}];
  /// What else it answers in another way than KernelAttr says.
  code facts = [{}];
  let extraClassDeclaration = [{
    ::llvm::LogicalResult verifyOn(::tern::ternary::EmitError fail, const ::tern::Layout &layout) const {}] # on # "}\n" # facts;
  string known = "std::tuple(" # !interleave(!foreach(p, all, "KernelParameter<" # p.type # ">{\"" # p.name # "\", " # p.byDefault # "}"), ", ") # ")";
  let extraClassDefinition = [{
    ::mlir::Attribute $cppClass::parse(::mlir::AsmParser &parser, ::mlir::Type) { return parseKernelParameters<$cppClass>(parser, }] # known # [{); }
    void $cppClass::print(::mlir::AsmPrinter &printer) const { printKernelParameters(printer, }] # known # [{, getImpl()->getAsKey()); }
    ::llvm::LogicalResult $cppClass::verify(::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError, }] #
    !interleave(!foreach(p, all, p.type # " " # p.name), ", ") # [{) {
      for (::llvm::LogicalResult each : ::std::initializer_list<::llvm::LogicalResult>{}] # !interleave(!foreach(p, all, p.check), ", ") # [{})
        if (::llvm::failed(each))
          return ::llvm::failure();
      return ::llvm::success();
    }
  }];
}

def RowsAttr : Kernel<"Rows", "rows", [UnpackParameter, TokensParameter<>, UnrollParameter<"tiles of columns">, PrefetchParameter]> {
  let summary = "Dot products with columns in lanes, row by row of a tile (ternary-tile-dot)";
  let description = [{
    `#ternary.rows<tokens = 4, unroll = 2, prefetch = 4096>`: each row of a tile is one vector; its fields (codes2, trits5) meet as many neighbouring
    activations of `tokens` tokens, and sums are added across lanes at the end. `unroll` tiles of columns make one iteration of the inner loop, and weights
    are prefetched this many bytes ahead (0: never).
  }];
  let on = [{
    if (!layout.hasFields() || layout.hasColumnLines())
      return fail() << "it multiplies rows of codes in fields of bytes";
    if (::llvm::failed(verifyUnpack(fail, layout, getUnpack())))
      return ::llvm::failure();
    if (layout.tileBytes() / layout.tileRows % 16 != 0)
      return fail() << "the bytes of a row of a tile must be a multiple of 16, not " << layout.tileBytes() / layout.tileRows;
    return ::llvm::success();
  }];
  let facts = [{
    int64_t sumVectors(const ::tern::Layout &layout) const { return layout.tileRows * getTokens() * accumulators(getUnpack()); }
    KernelAttr withTokens(int64_t tokens, const ::tern::Layout &) const {
      return get(getContext(), getUnpack(), tokens, getUnroll(), getPrefetch());
    }
    int64_t columnFactor() const { return 2; }
  }];
}

def LanesAttr : Kernel<"Lanes", "lanes", [UnpackParameter, TokensParameter<>, UnrollParameter<"tiles of columns">, PrefetchParameter, WidthParameter]> {
  let summary = "Dot products with rows in lanes (ternary-tile-lanes)";
  let description = [{
    `#ternary.lanes<unroll = 2, width = 64>`: a row of a tile is one 32-bit word (codes2 with 16 columns, trits5 with 20), so that a vector of `width` bytes
    is a word of width / 4 rows; each field of it meets four activations that are broadcast. `unroll` and `prefetch` as in `#ternary.rows`.
  }];
  let on = [{
    if (!layout.hasWordRows())
      return fail() << "it multiplies rows that are words: codes2 with 16 or trits5 with 20 columns";
    if (::llvm::failed(verifyUnpack(fail, layout, getUnpack())))
      return ::llvm::failure();
    return verifyVectors(fail, layout.tileRows, getWidth());
  }];
  let facts = [{
    int64_t sumVectors(const ::tern::Layout &layout) const {
      return layout.tileRows * 4 / getWidth() * getTokens() * accumulators(getUnpack());
    }
    bool scalesGroups() const { return true; }
    /// Two accumulators for each sum are what 32 registers of 64 bytes hold for two tokens of four vectors: one is too few
    /// for the dots' latency, four do not fit.
    KernelAttr withTokens(int64_t tokens, const ::tern::Layout &layout) const {
      bool pairs = getWidth() == 64 && ::tern::rulesOf(layout.encoding).fields == ::tern::Fields::Bits2;
      UnpackMode unpack = pairs ? UnpackMode::Pairs : UnpackMode::Shift;
      return get(getContext(), tokens == 1 ? getUnpack() : unpack, tokens, getUnroll(), getPrefetch(), getWidth());
    }
  }];
}

def ColumnsAttr : Kernel<"Columns", "columns", [PrefetchParameter, WidthParameter, NumberParameter<"skip_below", 0, 0, 100, "percent">]> {
  let summary = "One token over the columns of its non-zero codes (ternary-tile-columns)";
  let description = [{
    `#ternary.columns<prefetch = 8192, width = 64, skip_below = 80>`: when at most so many percent of a token's codes are not zero, only their columns are read,
    else all, four at a time transposed into lanes of rows. Up to 6 KB ahead columns are prefetched into the first-level cache, beyond into the second and
    only those of the list.
  }];
  let on = [{
    if (!layout.hasColumnLines())
      return fail() << "it reads columns that lie in lines, as those of columns2";
    return verifyVectors(fail, layout.tileRows, getWidth());
  }];
}

def PanelsAttr : Kernel<"Panels", "panels", [TokensParameter<>, UnrollParameter<"quads of columns">, WidthParameter, RowsParameter<4>]> {
  let summary = "Blocks of tokens over weights that were unpacked to bytes (ternary-tile-panels)";
  let description = [{
    `#ternary.panels<tokens = 8, unroll = 4, width = 64, rows = 32>`: the codes of a stretch of columns become bytes in memory once (`ternary.unpack_panel`),
    then all tokens pass over them, with the sums of `rows` rows and `tokens` tokens in registers. `unroll` quads of columns make one iteration.
  }];
  let on = [{
    if (::llvm::failed(verifyPanel(fail, layout, getRows(), getWidth())))
      return ::llvm::failure();
    if (layout.tileColumns % (4 * getUnroll()) != 0)
      return fail() << "unroll must divide the quads of columns in a tile";
    return ::llvm::success();
  }];
  let facts = [{
    bool scalesGroups() const { return true; }
    int64_t sumVectors(const ::tern::Layout &) const { return getRows() * 4 / getWidth() * getTokens(); }
  }];
}

def AmxAttr : Kernel<"Amx", "amx", [TokensParameter<16>, RowsParameter<16>]> {
  let summary = "Blocks of tokens by the tile registers of AMX (ternary-tile-amx)";
  let description = [{
    `#ternary.amx<tokens = 32, rows = 32>`: the weights of a stretch of columns become bytes in memory once, then tile registers of 16 tokens by 64 columns meet
    those of 64 columns by 16 rows. The sums of `tokens` tokens and `rows` rows stay in tile registers, beside their operands.
  }];
  let on = [{
    if (::llvm::failed(verifyPanel(fail, layout, getRows(), getWidth())))
      return ::llvm::failure();
    if (getTokens() % 16 != 0)
      return fail() << "tile registers are for a multiple of 16 tokens, not " << getTokens();
    int64_t tokens = getTokens() / 16, rows = getRows() / 16, registers = tokens * rows + tokens + rows;
    if (registers > 8)
      return fail() << getTokens() << " tokens by " << getRows() << " rows need " << registers << " tile registers, and there are 8";
    return ::llvm::success();
  }];
  let facts = [{
    int64_t getWidth() const { return 64; }
    ::llvm::ArrayRef<::llvm::StringLiteral> getFeatures() const {
      static constexpr ::llvm::StringLiteral features[] = {"amx-int8", "amx-tile"};
      return features;
    }
  }];
}

def LutAttr : Kernel<"Lut", "lut", [TokensParameter<>, UnrollParameter<"tiles of columns">, PrefetchParameter, WidthParameter, StretchParameter]> {
  let summary = "Codes of groups of weights that look up tabulated sums of activations (ternary-tile-lut)";
  let description = [{
    `#ternary.lut<width = 64, stretch = 2304>`: looks up `width` bytes of indices at once (lut3, tl1, tl2), and makes the tables of `stretch` columns
    (0: of as many as the partial sums have room for) before it goes through their rows. `unroll` and `prefetch` as in `#ternary.rows`.
  }];
  let on = [{
    const ::tern::GroupCodes *codes = ::tern::rulesOf(layout.encoding).groups;
    if (!codes)
      return fail() << "it needs a layout of table indices, as lut3, tl1 and tl2 are";
    if (int64_t lanes = getWidth() * 8 / codes->elementBits; layout.tileRows % lanes != 0)
      return fail() << "a lookup of width " << getWidth() << " takes " << lanes << " rows, which must divide the tile's";
    int64_t lookups = getUnroll() * layout.tileColumns / codes->table.group;
    if (lookups > lookupRoom(*codes))
      return fail() << "it sums " << lookups << " lookups between widenings (unroll " << getUnroll() << ", " << layout.tileColumns
                    << " tile columns), but " << codes->elementBits << "-bit sums have room for " << lookupRoom(*codes);
    return ::llvm::success();
  }];
  let facts = [{
    ::llvm::StringRef getStrategy() const { return "lut"; }
    int64_t columnFactor() const { return 4; }
  }];
}

def RangeParameter : KernelParameter<"range", "::tern::ternary::TableRange", "::tern::ternary::TableRange::Mirrored">;
def FormParameter : KernelParameter<"form", "::tern::ternary::TableForm", "::tern::ternary::TableForm::Halves", "verifyByteForm(emitError, form)">;

def BitSerialAttr : Kernel<"BitSerial", "bit_serial", [PrefetchParameter, WidthParameter, RangeParameter, FormParameter]> {
  let summary = "Planes of bits that look up tabulated sums of four activations (ternary-decompose-bit-serial)";
  let description = [{
    `#ternary.bit_serial<width = 64, range = full, form = bytes>`: tables of four activations are looked up by four columns of each bit plane (planes1 to planes4),
    for `width` rows at once. `range` and `form` are those of the tables (`#ternary.table`): `mirrored` ones are half as large, `full` ones need no sign;
    `halves` are exact, `bytes` lossy with half the lookups.
  }];
  let on = [{
    if (::tern::rulesOf(layout.encoding).planes == 0)
      return fail() << "it needs a layout of bit planes, planes1 to planes4";
    if (layout.tileRows % getWidth() != 0)
      return fail() << "a lookup of width " << getWidth() << " takes as many rows, which must divide the tile's";
    if (layout.tileColumns > kMostPlaneColumns)
      return fail() << "it takes tiles of at most " << kMostPlaneColumns << " columns";
    return ::llvm::success();
  }];
  let facts = [{
    ::llvm::StringRef getStrategy() const { return "bit_serial"; }
    bool isExact() const { return getForm() != ::tern::ternary::TableForm::Bytes; }
    int64_t columnFactor() const { return 4; }
  }];
}

#endif // TERN_DIALECTS_TERNARY_TERNARYKERNELS_TD
