//===- TernaryDialect.td - Dialect and attributes of ternary arithmetic ----===//
#ifndef TERN_DIALECTS_TERNARY_TERNARYDIALECT_TD
#define TERN_DIALECTS_TERNARY_TERNARYDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def TernaryDialect : Dialect {
  let name = "ternary";
  let cppNamespace = "::tern::ternary";
  let summary = "Matrix products with weights in {-1, 0, +1} and 8-bit activations";
  let description = [{
    The vocabulary of ternary linear layers, from `ternary.linear` on float tensors down to `ternary.unpack` and `ternary.dot`
    on vectors. Integer results are exact: activation codes are rounded to nearest even, sums are int32.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::tern::step::StepDialect"];
}

class TernaryAttr<string name, string attrMnemonic, list<Trait> traits = []> : AttrDef<TernaryDialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def FormatAttr : TernaryAttr<"Format", "format"> {
  let summary = "What the numbers of a weight matrix are: integers, scales and offsets";
  let description = [{
    Text and meaning are those of `tern::WeightFormat` in lib/weights/format.h, which the manifest of a model object has too. The matrix is
    integers, times (or divided by) scales, plus offsets; either may be one for the tensor, or one for each part of its rows or columns, row, column
    or group of columns of a row.

    ```mlir
    #ternary.format<trits, scale <tensor, stored, multiply>>                  // BitNet 2B4T: M.weight_scale
    #ternary.format<trits, scale <tensor, absmean>>                           // master weights made ternary by 1 / mean|w|
    #ternary.format<trits, scale <tensor, median, divide>>                    // BitNet b1.58 Reloaded
    #ternary.format<trits, scale <rows [2048, 256, 256], stored, multiply>>   // TriLM: a scale for each part of the rows
    #ternary.format<signs, scale <column, stored, multiply>, offset <column, real>>                        // FBI-LLM
    #ternary.format<ints 4 zero 8, scale <group 128, stored f16, multiply>, offset <group 128, code>>      // GPTQ
    ```
  }];
  let parameters = (ins "::tern::WeightFormat":$format);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    /// Whether the product of the integers is divided by the scale.
    bool divides() const { return getFormat().scale && getFormat().scale->use == ::tern::ScaleUse::Divide; }
    /// Whether a row, or a column, has a scale of its own or with its part.
    bool scalesRows() const { return getFormat().scale && getFormat().scale->along.isOfRows(); }
    bool scalesColumns() const { return getFormat().scale && getFormat().scale->along.isOfColumns(); }
    /// The columns of a group with a scale of its own, which a product meets inside its sum; 0 where no scale is of groups.
    int64_t group() const { return getFormat().scale ? getFormat().scale->along.group : 0; }
  }];
  let genVerifyDecl = 1;
}

def LayoutAttr : TernaryAttr<"Layout", "layout"> {
  let summary = "Byte layout of a packed ternary matrix: encoding and tile";
  let description = [{
    `#ternary.layout<codes2, 4 by 256>`: tiles of 4 rows by 256 columns, 2 bits a weight. Encodings are those of lib/trit/encodings.def, whose files define
    the bytes for the packer and the kernels.
  }];
  let parameters = (ins "::tern::Layout":$layout);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getTileRows() const { return getLayout().tileRows; }
    int64_t getTileColumns() const { return getLayout().tileColumns; }
  }];
}

def UnpackMask : I32EnumAttrCase<"Mask", 0, "mask">;
def UnpackShift : I32EnumAttrCase<"Shift", 1, "shift">;
def UnpackPairs : I32EnumAttrCase<"Pairs", 2, "pairs">;
def UnpackAttr : I32EnumAttr<"UnpackMode", "how codes come out of packed weights", [UnpackMask, UnpackShift, UnpackPairs]> {
  let cppNamespace = "::tern::ternary";
  let description = [{
    - `mask`: field i as byte & (3 << 2i): 4^i times the code. Each field needs its own accumulator, shifted once at the end.
    - `shift`: field i as (byte >> 2i) & 3: the code itself; one accumulator.
    - `pairs`: field i as (byte >> 4 (i / 2)) & (3 << 2 (i mod 2)): 4^(i mod 2) times the code; two accumulators, one shift for two fields. Of 2-bit fields only.
  }];
}

def RangeFull : I32EnumAttrCase<"Full", 0, "full">;
def RangeMirrored : I32EnumAttrCase<"Mirrored", 1, "mirrored">;
def TableRangeAttr : I32EnumAttr<"TableRange", "which patterns of weights have an entry", [RangeFull, RangeMirrored]> {
  let cppNamespace = "::tern::ternary";
  let description = [{
    - `full`: all of them; the pattern's code is its entry.
    - `mirrored`: the upper half, from the middle code on; the sums of the others are the negatives of these.
  }];
}

def FormWords : I32EnumAttrCase<"Words", 0, "words">;
def FormHalves : I32EnumAttrCase<"Halves", 1, "halves">;
def FormBytes : I32EnumAttrCase<"Bytes", 2, "bytes">;
def TableFormAttr : I32EnumAttr<"TableForm", "what a table entry is", [FormWords, FormHalves, FormBytes]> {
  let cppNamespace = "::tern::ternary";
  let description = [{
    - `words`: the sum, i16.
    - `halves`: two tables of i8, low before high: sum = 31 * high + low with |low| <= 15, so that eight lows of either sign add up in a byte.
    - `bytes`: round-to-nearest-even(sum * scale), clamped to [-127, 127], i8: lossy.
  }];
}

def StatisticAbsMax : I32EnumAttrCase<"AbsMax", 0, "absmax">;
def StatisticAbsMean : I32EnumAttrCase<"AbsMean", 1, "absmean">;
def StatisticEnum : I32EnumAttr<"Statistic", "what of a row's magnitudes decides the scale of its codes", [StatisticAbsMax, StatisticAbsMean]> {
  let cppNamespace = "::tern::ternary";
  let genSpecializedAttr = 0;
}

def CodesAttr : TernaryAttr<"Codes", "codes"> {
  let summary = "What activations are rounded to before a product";
  let description = [{
    `#ternary.codes<i8, absmax 127.0, floor 1.0e-5, rounded twice>`: codes of 8 bits, for each token scale = 127 / max(max|x|, 1e-5), where the division is a
    reciprocal and a product (`rounded once`: one division). `absmean` takes the mean of |x|. These are what `ternary.quantize` does where it names no codes;
    formulas are in lib/trit/activation_codes.h. Codes of 16 bits stand in for float activations; they are two planes of bytes.
  }];
  let parameters = (ins "int64_t":$bits, EnumParameter<StatisticEnum>:$statistic, "::mlir::FloatAttr":$range, "::mlir::FloatAttr":$floor,
                        "bool":$roundedTwice);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let constBuilderCall = "::tern::ternary::CodesAttr::get($_builder.getContext(), $0)";
  let extraClassDeclaration = [{
    static CodesAttr get(::mlir::MLIRContext *context, const ::tern::ActivationCodes &codes);
    /// The same as lib knows it.
    ::tern::ActivationCodes toCodes() const;
    /// The fields by name, as numbers and words: for dense kernels and the scalar reference.
    ::llvm::SmallVector<::mlir::NamedAttribute> fields() const;
  }];
}

// Codes of operations that name none: BitNet b1.58's.
def DefaultCodes : DefaultValuedAttr<CodesAttr, "::tern::ActivationCodes()">;

// Sums of a token's codes: one, or one for each plane of the codes and group of columns.
def CodeSums : TensorRankOf<[I32], [1, 2]>;

def DigitsTrits : I32EnumAttrCase<"Trits", 0, "trits">;
def DigitsSigns : I32EnumAttrCase<"Signs", 1, "signs">;
def DigitsAttr : I32EnumAttr<"DigitKind", "what one digit of a table index stands for", [DigitsTrits, DigitsSigns]> {
  let cppNamespace = "::tern::ternary";
  let description = [{
    - `trits`: base 3, a weight in {-1, 0, +1}.
    - `signs`: base 2, a weight in {-1, +1}.
  }];
}

def TableAttr : TernaryAttr<"Table", "table"> {
  let summary = "A table of the sums of a group of activations";
  let description = [{
    `#ternary.table<trits, group = 3, mirrored, halves>`: for each pattern of 3 trits from code 13 on, the sum of the 3 activations with these
    weights, in two bytes. Codes are numbered by `tern::GroupTable` in lib/trit/table.h: the first column is the lowest digit.
    A table has a power of two of entries, at least 8 (half of what byte shuffles hold); those past the last pattern are 0.
  }];
  let parameters = (ins EnumParameter<DigitsAttr>:$digits, "int64_t":$group, EnumParameter<TableRangeAttr>:$range,
                        EnumParameter<TableFormAttr>:$form);
  let assemblyFormat = "`<` $digits `,` `group` `=` $group `,` $range `,` $form `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The patterns, as lib numbers them.
    ::tern::GroupTable toGroupTable() const;
    /// Entries of one table, padded.
    int64_t paddedEntries() const;
    /// The vector that `ternary.table_build` makes: i16 entries, i8 entries, or i8 lows before i8 highs.
    ::mlir::VectorType tableType() const;
  }];
}

#endif // TERN_DIALECTS_TERNARY_TERNARYDIALECT_TD
