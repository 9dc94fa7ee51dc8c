//===- TernaryOps.cpp - Verifiers of ternary operations -------------------===//
#include "dialects/ternary/Ternary.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace tern::ternary;

/// A name that is written without quotes.
static ParseResult parseName(OpAsmParser &parser, StringAttr &name) {
  StringRef word;
  if (parser.parseKeyword(&word))
    return failure();
  name = parser.getBuilder().getStringAttr(word);
  return success();
}
static void printName(OpAsmPrinter &printer, Operation *, StringAttr name) { printer.printKeywordOrString(name); }

#define GET_OP_CLASSES
#include "dialects/ternary/TernaryOps.cpp.inc"

/// The declaration of a weight, or an error on the op that names it.
static FailureOr<WeightOp> lookupWeight(Operation *op, FlatSymbolRefAttr name, SymbolTableCollection &symbols) {
  auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(op, name);
  if (!weight) {
    op->emitOpError() << "uses " << name << ", which is no ternary.weight of this module";
    return failure();
  }
  return weight;
}

/// Whether a static or dynamic dimension can be `wanted`.
static bool fits(int64_t dim, int64_t wanted) { return ShapedType::isDynamic(dim) || dim == wanted; }

static LogicalResult sameTokens(Operation *op, ArrayRef<Type> types) {
  int64_t tokens = cast<ShapedType>(types.front()).getDimSize(0);
  for (Type type : types)
    if (cast<ShapedType>(type).getDimSize(0) != tokens)
      return op->emitOpError() << "has operands and results of different token counts: " << types.front() << " and "
                               << type;
  return success();
}

LogicalResult tern::ternary::verifyCodes(Operation *op, Value input, Value codes, Value sum, CodesAttr quantizer) {
  int64_t planes = quantizer.toCodes().planes();
  int64_t columns = cast<ShapedType>(input.getType()).getDimSize(1);
  int64_t made = cast<ShapedType>(codes.getType()).getDimSize(1);
  if (made < planes * columns)
    return op->emitOpError() << "makes " << made << (planes == 1 ? " codes" : " bytes of codes") << " of " << columns
                             << " activations; there must be at least " << (planes == 1 ? "as" : "twice as") << " many";
  auto sums = cast<ShapedType>(sum.getType());
  if (made % planes != 0 || (sums.getRank() == 1 ? planes != 1 : sums.getDimSize(1) % planes != 0))
    return op->emitOpError() << "makes codes of " << planes << " planes, which " << codes.getType() << " and " << sums
                             << " cannot hold";
  if (sums.getRank() == 2 && columns % (sums.getDimSize(1) / planes) != 0)
    return op->emitOpError() << "sums " << sums.getDimSize(1) / planes << " groups of " << columns
                             << " columns, which are no whole number of columns each";
  return success();
}

//===-- Weights ------------------------------------------------------------===//

LogicalResult WeightOp::verify() {
  tern::Status status = tern::checkDeclaration(declarationOf(*this));
  return status ? success() : LogicalResult(emitOpError() << status.error().message);
}

tern::WeightDeclaration tern::ternary::declarationOf(WeightOp weight) {
  return {weight.getStorage().str(), weight.getFormat().getFormat(),
          weight.getSource().str(),  weight.getScales().value_or("").str(),
          int64_t(weight.getRows()), int64_t(weight.getColumns())};
}

//===-- Names of results -----------------------------------------------------===//

void LinearOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), getWeight()); }
void EmbedOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), getWeight()); }
void MatmulOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), (getWeight() + ".acc").str()); }
void ScaleColumnsOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), (getWeight() + ".in").str());
}
void RescaleOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), getWeight()); }

//===-- On tensors ----------------------------------------------------------===//

LogicalResult LinearOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = lookupWeight(*this, getWeightAttr(), symbols);
  if (failed(weight))
    return failure();
  auto input = cast<ShapedType>(getInput().getType());
  auto result = cast<ShapedType>(getResult().getType());
  if (!fits(input.getDimSize(1), weight->getColumns()) || !fits(result.getDimSize(1), weight->getRows()))
    return emitOpError() << "maps " << input << " to " << result << ", but " << getWeightAttr() << " is "
                         << weight->getRows() << " x " << weight->getColumns();
  return sameTokens(*this, {input, result});
}

LogicalResult QuantizeOp::verify() {
  if (failed(verifyCodes(*this, getInput(), getCodes(), getSum(), getQuantizer())))
    return failure();
  return sameTokens(*this, {getInput().getType(), getCodes().getType(), getScale().getType(), getSum().getType()});
}

LogicalResult EmbedOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = lookupWeight(*this, getWeightAttr(), symbols);
  if (failed(weight))
    return failure();
  auto result = cast<ShapedType>(getResult().getType());
  if (!fits(result.getDimSize(1), weight->getColumns()))
    return emitOpError() << "makes rows of " << result << ", but " << getWeightAttr() << " has " << weight->getColumns()
                         << " columns";
  FormatAttr format = weight->getFormat();
  if (format.scalesColumns() || format.divides() || format.getFormat().offset)
    return emitOpError() << "takes a matrix whose scales are of the tensor, rows or groups and multiply, but "
                         << getWeightAttr() << " has format " << format;
  return sameTokens(*this, {getIds().getType(), result});
}

LogicalResult MatmulOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = lookupWeight(*this, getWeightAttr(), symbols);
  if (failed(weight))
    return failure();
  auto codes = cast<ShapedType>(getCodes().getType());
  auto result = cast<ShapedType>(getResult().getType());
  int64_t planes = getPlanes(), rows = weight->getRows(), columns = weight->getColumns();
  if (auto attr = weight->getLayoutAttr()) {
    rows = toLayout(attr).paddedRows(rows);
    columns = toLayout(attr).paddedColumns(columns);
  } else if (getKernel()) {
    return emitOpError() << "has a kernel, but " << getWeightAttr() << " has no layout yet";
  }
  auto sums = cast<ShapedType>(getSum().getType());
  int64_t group = weight->getFormat().group(), sumsOfToken = sums.getRank() == 2 ? sums.getDimSize(1) : 1;
  if (int64_t wanted = planes * (group == 0 ? 1 : int64_t(weight->getColumns()) / group); sumsOfToken != wanted)
    return emitOpError() << "takes " << sums << ", but " << getWeightAttr() << " with codes of " << planes
                         << (planes == 1 ? " plane needs " : " planes needs ") << wanted << " sums of a token";
  if (result.getElementType().isF32() != (group != 0))
    return emitOpError() << "has results of type " << result.getElementType() << ", but " << getWeightAttr()
                         << (group == 0 ? " has no scales along groups: sums are i32"
                                        : " has scales along groups: sums are f32");
  rows *= planes;
  columns *= planes;
  bool enough = ShapedType::isDynamic(codes.getDimSize(1)) ||
                (weight->getLayoutAttr() ? codes.getDimSize(1) >= columns : codes.getDimSize(1) == columns);
  if (!enough || !fits(result.getDimSize(1), rows))
    return emitOpError() << "maps " << codes << " to " << result << ", but " << getWeightAttr() << " needs " << columns
                         << " columns and " << rows << " rows (padded to whole tiles of its layout)";
  if (getKernel())
    if (failed(verifyKernel([&] { return emitOpError(); }, weight->getLayoutAttr(), *getKernel(), group)))
      return failure();
  return sameTokens(*this, {codes, getSum().getType(), result});
}

LogicalResult ScaleColumnsOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = lookupWeight(*this, getWeightAttr(), symbols);
  if (failed(weight))
    return failure();
  auto input = cast<ShapedType>(getInput().getType());
  if (!fits(input.getDimSize(1), weight->getColumns()))
    return emitOpError() << "takes " << input << ", but " << getWeightAttr() << " has " << weight->getColumns()
                         << " columns";
  if (!weight->getFormat().scalesColumns())
    return emitOpError() << "uses " << getWeightAttr() << ", whose format has no scales along columns";
  return success();
}

LogicalResult RescaleOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = lookupWeight(*this, getWeightAttr(), symbols);
  if (failed(weight))
    return failure();
  auto acc = cast<ShapedType>(getAcc().getType());
  auto result = cast<ShapedType>(getResult().getType());
  if (!fits(result.getDimSize(1), weight->getRows()) ||
      acc.getDimSize(1) < int64_t(getPlanes()) * result.getDimSize(1) || acc.getDimSize(1) % int64_t(getPlanes()) != 0)
    return emitOpError() << "maps " << acc << " to " << result << ", but " << getWeightAttr() << " has "
                         << weight->getRows() << " rows";
  return sameTokens(*this, {acc, getScale().getType(), result});
}

//===-- On buffers and vectors ----------------------------------------------===//

LogicalResult GemmOp::verify() {
  tern::Layout layout = toLayout(getLayout());
  int64_t columns = getCodes().getType().getDimSize(1);
  if (ShapedType::isDynamic(columns) || columns % layout.tileColumns != 0)
    return emitOpError() << "needs codes padded to a static multiple of " << layout.tileColumns << " columns, not "
                         << getCodes().getType();
  int64_t bytes = getWeights().getType().getDimSize(0);
  if (ShapedType::isDynamic(bytes) || bytes % layout.bandBytes(columns) != 0)
    return emitOpError() << "needs weights of a static size that is a multiple of one band ("
                         << layout.bandBytes(columns) << " bytes), not " << getWeights().getType();
  if (getOut().getType().getElementType().isF32() != bool(getScales()))
    return emitOpError() << "has results of type " << getOut().getType().getElementType()
                         << (getScales() ? ", but scales of groups make f32"
                                         : ", but without scales of groups sums are i32");
  if (!getScales() && getSum().getType().getRank() != 1)
    return emitOpError() << "takes one sum of a token, not " << getSum().getType();
  if (getScales()) {
    int64_t groups = getSum().getType().getRank() == 2 ? getSum().getType().getDimSize(1) : 0;
    if (ShapedType::isDynamic(groups) || groups == 0 || columns % groups != 0)
      return emitOpError() << "needs a known number of sums of a token, one for each of its groups of columns, not "
                           << getSum().getType();
    int64_t scales = bytes / layout.bandBytes(columns) * layout.tileRows * groups;
    if (getScales().getType().getDimSize(0) != scales)
      return emitOpError() << "needs " << scales << " scales, one for each row and group, not "
                           << getScales().getType();
  }
  return verifyKernel([&] { return emitOpError(); }, getLayout(), getKernel(), groupColumns());
}

LogicalResult UnpackPanelOp::verify() {
  MemRefType panel = getPanel().getType();
  tern::Layout layout = toLayout(getLayout());
  if (!panel.hasStaticShape() || panel.getNumElements() == 0 || panel.getDimSize(2) % 4 != 0 ||
      layout.tileRows % panelRows() != 0)
    return emitOpError() << "needs a static panel for a part of the " << layout.tileRows << " rows of a tile, not "
                         << panel;
  using Line = tern::Columns2Line;
  if (int64_t rows = panelRows();
      layout.hasColumnLines() && (rows % Line::fieldRows != 0 || (Line::rows % rows != 0 && rows % Line::rows != 0)))
    return emitOpError() << "takes 64, 128 or a multiple of 256 rows out of column lines, not " << rows;
  if (panel.getDimSize(2) % getWidth() != 0)
    return emitOpError() << "cannot fill rows of " << panel << " with vectors of " << getWidth() << " bytes";
  return success();
}

LogicalResult NonzeroColumnsOp::verify() {
  int64_t columns = getCodes().getType().getDimSize(1), room = getList().getType().getDimSize(0);
  if (ShapedType::isDynamic(columns) || ShapedType::isDynamic(room) || room != getPacked().getType().getDimSize(0))
    return emitOpError() << "needs static columns and lists of one static length, not " << getCodes().getType() << ", "
                         << getList().getType() << " and " << getPacked().getType();
  if (room < columns + 16)
    return emitOpError() << "needs lists with at least 16 entries more than the " << columns << " columns, not "
                         << room;
  if (int64_t step = getStep(); step < 1 || step >= columns)
    return emitOpError() << "needs a step from 1 to less than the " << columns << " columns, not " << step;
  return success();
}

LogicalResult TransposeBytesOp::verify() {
  if (getInputs().size() != 4 || getResults().size() != 4)
    return emitOpError() << "makes 4 vectors of 4 vectors, not " << getResults().size() << " of " << getInputs().size();
  if (int64_t bytes = cast<VectorType>(getInputs()[0].getType()).getDimSize(0); bytes % 16 != 0)
    return emitOpError() << "works in segments of 16 bytes, which vectors of " << bytes << " bytes do not have";
  return success();
}

LogicalResult UnpackTritsOp::verify() {
  if (getMode() == UnpackMode::Pairs)
    return emitOpError("has five fields of base 3, which have no pairs");
  return success();
}

LogicalResult DotOp::verify() {
  auto acc = cast<VectorType>(getAcc().getType());
  auto bytes = cast<VectorType>(getLhs().getType());
  if (bytes.getDimSize(0) != 4 * acc.getDimSize(0))
    return emitOpError() << "sums 4 bytes into each lane, so " << acc << " needs " << 4 * acc.getDimSize(0)
                         << " bytes, not " << bytes;
  return success();
}

LogicalResult TableBuildOp::verify() {
  TableAttr table = getTable();
  auto codes = cast<VectorType>(getCodes().getType());
  if (codes.getDimSize(0) != table.getGroup())
    return emitOpError() << "makes a table of groups of " << table.getGroup() << " activations from " << codes;
  if (getResult().getType() != table.tableType())
    return emitOpError() << "makes " << table.tableType() << " by " << table << ", not " << getResult().getType();
  bool scaled = table.getForm() == TableForm::Bytes;
  if (scaled && !getScale())
    return emitOpError("rounds sums to bytes, so it needs a scale ('scaled %s')");
  if (!scaled && getScale())
    return emitOpError("makes an exact table, which has no scale");
  return success();
}

LogicalResult TableLookupOp::verify() {
  auto table = cast<VectorType>(getTable().getType()), indices = cast<VectorType>(getIndices().getType());
  if (table.getElementType() != indices.getElementType())
    return emitOpError() << "needs indices as wide as the entries, but has " << table << " and " << indices;
  if (!llvm::isPowerOf2_64(uint64_t(table.getDimSize(0))))
    return emitOpError() << "needs a power of two of entries, not " << table;
  if (int64_t most = int64_t(1) << std::min(table.getElementTypeBitWidth(), 16u); table.getDimSize(0) > most)
    return emitOpError() << "has indices of " << table.getElementTypeBitWidth() << " bits, which reach " << most
                         << " entries, not " << table.getDimSize(0);
  return success();
}
