//===- DecoderOps.cpp - Verifiers of decoder operations -------------------===//
#include "dialects/decoder/Decoder.h"

#include "lib/head/row_codes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace tern::decoder;

#define GET_OP_CLASSES
#include "dialects/decoder/DecoderOps.cpp.inc"

/// The declaration that `name` refers to, or an error that says what kind of declaration is wanted.
template <typename Declaration>
static FailureOr<Declaration> lookup(Operation *op, FlatSymbolRefAttr name, SymbolTableCollection &symbols) {
  auto declaration = symbols.lookupNearestSymbolFrom<Declaration>(op, name);
  if (!declaration) {
    op->emitOpError() << "uses " << name << ", which is no " << Declaration::getOperationName() << " of this module";
    return failure();
  }
  return declaration;
}

static int64_t columnsOf(Value value) { return cast<ShapedType>(value.getType()).getDimSize(1); }
static int64_t tokensOf(Value value) { return cast<ShapedType>(value.getType()).getDimSize(0); }

/// The tensor declaration `name` must have exactly this shape.
static LogicalResult expectTensor(Operation *op, FlatSymbolRefAttr name, ArrayRef<int64_t> shape,
                                  SymbolTableCollection &symbols) {
  auto tensor = lookup<TensorOp>(op, name, symbols);
  if (failed(tensor))
    return failure();
  auto type = cast<ShapedType>(tensor->getType());
  if (type.getShape() == shape)
    return success();
  InFlightDiagnostic diagnostic = op->emitOpError();
  diagnostic << "needs " << name << " to be ";
  llvm::interleave(shape, diagnostic, "x");
  return diagnostic << ", but it is " << type;
}

/// A line of codes is a whole number of vectors.
static LogicalResult verifyScreenVector(Operation *op, int64_t bytes) {
  if (bytes != 16 && bytes != 32 && bytes != 64)
    return op->emitOpError() << "works with vectors of 16, 32 or 64 bytes, not " << bytes;
  return success();
}

//===-- Declarations --------------------------------------------------------===//

LogicalResult RopeTableOp::verify() {
  if (getPositions() <= 0 || getHeadDim() <= 0 || getHeadDim() % 2 != 0)
    return emitOpError() << "needs positive positions and an even head_dim, not " << getPositions() << " and "
                         << getHeadDim();
  if (auto frequencies = getFrequencies(); frequencies && int64_t(frequencies->size()) != getHeadDim() / 2)
    return emitOpError() << "needs " << getHeadDim() / 2 << " frequencies, not " << frequencies->size();
  return success();
}

LogicalResult RowCodesOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto tensor = lookup<TensorOp>(*this, getMatrixAttr(), symbols);
  if (failed(tensor))
    return failure();
  auto type = cast<ShapedType>(tensor->getType());
  if (type.getRank() != 2 || !type.getElementType().isBF16())
    return emitOpError() << "needs a matrix of bf16, but " << getMatrixAttr() << " is " << type;
  return success();
}

//===-- Names of results -----------------------------------------------------===//

void EmbedOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), getTable()); }
void RmsNormOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), getWeight()); }
void HeadNormOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), getWeight()); }
void LayerNormOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), "layer_norm"); }
void HadamardOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), "hadamard"); }
void KeepTopOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), "kept"); }
void RopeOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), "rope"); }
void CacheAppendOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), getCache()); }
void AttentionOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), "attention"); }
void GateOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), "gate"); }
void TakeOutputsOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), "outputs"); }
void LinearRowsOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), "logits"); }
void tern::decoder::LinearOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  // What a function returns are the logits: a tied head would be named after the embedding.
  bool returned = getResult().hasOneUse() && (*getResult().user_begin())->hasTrait<OpTrait::ReturnLike>();
  setName(getResult(), returned ? "logits" : getWeight());
}
void AddBiasOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), getBias()); }

//===-- On tensors ----------------------------------------------------------===//

/// A row of each of these for every token.
static LogicalResult sameTokens(Operation *op, ArrayRef<Value> values) {
  for (Value value : values)
    if (tokensOf(value) != tokensOf(values.front()))
      return op->emitOpError() << "has different token counts: " << values.front().getType() << " and "
                               << value.getType();
  return success();
}

LogicalResult EmbedOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto table = lookup<TensorOp>(*this, getTableAttr(), symbols);
  if (failed(table))
    return failure();
  auto type = cast<ShapedType>(table->getType());
  if (type.getRank() != 2 || type.getDimSize(1) != columnsOf(getResult()))
    return emitOpError() << "needs a table of rows of " << columnsOf(getResult()) << ", but " << getTableAttr()
                         << " is " << type;
  return sameTokens(*this, {getIds(), getResult()});
}

LogicalResult RmsNormOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return expectTensor(*this, getWeightAttr(), {columnsOf(getInput())}, symbols);
}

LogicalResult RmsNormQuantizeOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (failed(ternary::verifyCodes(*this, getInput(), getCodes(), getSum(), getQuantizer())))
    return failure();
  if (failed(sameTokens(*this, {getInput(), getCodes(), getScale(), getSum()})))
    return failure();
  return expectTensor(*this, getWeightAttr(), {columnsOf(getInput())}, symbols);
}

/// Whether rows are whole runs of `block` numbers.
static LogicalResult wholeRuns(Operation *op, Value input, int64_t block) {
  if (columnsOf(input) % block != 0)
    return op->emitOpError() << "works on runs of " << block << " numbers, of which rows of " << columnsOf(input)
                             << " are no whole number";
  return success();
}

LogicalResult HadamardOp::verify() {
  if (!llvm::isPowerOf2_64(getBlock()))
    return emitOpError() << "needs runs of a power of two, not " << getBlock();
  return wholeRuns(*this, getInput(), int64_t(getBlock()));
}

LogicalResult KeepTopOp::verify() {
  if (getKeep() > getBlock())
    return emitOpError() << "cannot keep " << getKeep() << " of " << getBlock();
  return wholeRuns(*this, getInput(), int64_t(getBlock()));
}

LogicalResult HeadNormOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = lookup<TensorOp>(*this, getWeightAttr(), symbols);
  if (failed(weight))
    return failure();
  auto type = cast<ShapedType>(weight->getType());
  if (type.getRank() != 1 || !type.getElementType().isF32() || columnsOf(getInput()) % type.getDimSize(0) != 0)
    return emitOpError() << "needs a weight of f32 for heads that rows of " << columnsOf(getInput())
                         << " consist of, but " << getWeightAttr() << " is " << type;
  return success();
}

LogicalResult RopeOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto table = lookup<RopeTableOp>(*this, getTableAttr(), symbols);
  if (failed(table))
    return failure();
  if (columnsOf(getInput()) % table->getHeadDim() != 0)
    return emitOpError() << "rotates heads of " << table->getHeadDim() << ", but has " << columnsOf(getInput())
                         << " columns";
  return success();
}

LogicalResult CacheAppendOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto cache = lookup<CacheOp>(*this, getCacheAttr(), symbols);
  if (failed(cache))
    return failure();
  auto type = cast<CacheType>(getResult().getType());
  if (cache->getType() != type)
    return emitOpError() << "appends to " << type << ", but " << getCacheAttr() << " is " << cache->getType();
  if (columnsOf(getInput()) != type.getHeads() * type.getHeadDim())
    return emitOpError() << "stores " << columnsOf(getInput()) << " columns into " << type << ", which takes "
                         << type.getHeads() * type.getHeadDim();
  return success();
}

/// What both forms of attention ask of their operands.
static LogicalResult verifyAttention(Operation *op, Value query, CacheType keys, CacheType values) {
  if (keys.getRole() != CacheRole::Keys ||
      values !=
          CacheType::get(op->getContext(), CacheRole::Values, keys.getHeads(), keys.getHeadDim(), keys.getElement()))
    return op->emitOpError() << "needs keys and values of equal heads and elements, not " << keys << " and " << values;
  if (columnsOf(query) % (keys.getHeads() * keys.getHeadDim()) != 0)
    return op->emitOpError() << "needs a whole number of query heads per cache head, but has " << columnsOf(query)
                             << " columns for " << keys;
  return success();
}

LogicalResult AttentionOp::verify() {
  return verifyAttention(*this, getQuery(), getKeys().getType(), getValues().getType());
}

LogicalResult AttentionPagesOp::verify() {
  CacheType keys = getKeys().getType();
  if (failed(verifyAttention(*this, getQuery(), keys, getValues().getType())))
    return failure();
  auto parts = cast<ShapedType>(getParts().getType());
  int64_t columns = columnsOf(getQuery());
  SmallVector<int64_t> heads = {parts.getDimSize(0), 1, columns / keys.getHeadDim()};
  if (tokensOf(getQuery()) != 1 || parts.getShape() != ArrayRef<int64_t>{parts.getDimSize(0), 1, columns} ||
      cast<ShapedType>(getLargest().getType()).getShape() != ArrayRef(heads) ||
      getLargest().getType() != getTotal().getType())
    return emitOpError() << "makes, of one token, pages x 1 x " << columns << " and twice pages x 1 x " << heads[2]
                         << " query heads, not " << parts << ", " << getLargest().getType() << " and "
                         << getTotal().getType();
  return success();
}

LogicalResult AttentionCombineOp::verify() {
  auto parts = cast<ShapedType>(getParts().getType()), largest = cast<ShapedType>(getLargest().getType()),
       result = cast<ShapedType>(getResult().getType());
  if (parts.getShape().drop_front() != result.getShape() ||
      parts.getShape().drop_back() != largest.getShape().drop_back() ||
      parts.getDimSize(2) % largest.getDimSize(2) != 0)
    return emitOpError() << "cannot make " << result << " of " << parts << " with " << largest;
  return success();
}

LogicalResult tern::decoder::LinearOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (failed(sameTokens(*this, {getInput(), getResult()})))
    return failure();
  return expectTensor(*this, getWeightAttr(), {columnsOf(getResult()), columnsOf(getInput())}, symbols);
}

LogicalResult ScreenOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto codes = lookup<RowCodesOp>(*this, getCodesAttr(), symbols);
  if (failed(codes))
    return failure();
  auto tensor = lookup<TensorOp>(*this, codes->getMatrixAttr(), symbols);
  if (failed(tensor))
    return failure();
  // A matrix: uses of symbols are verified in the declarations first, which asked for one.
  int64_t columns = tern::codeColumns(cast<ShapedType>(tensor->getType()).getDimSize(1));
  auto hidden = cast<ShapedType>(getHiddenCodes().getType());
  auto result = cast<ShapedType>(getResult().getType());
  int64_t rows = cast<ShapedType>(getRows().getType()).getDimSize(0);
  if (hidden.getShape() != ArrayRef<int64_t>{2, columns})
    return emitOpError() << "needs hidden codes of 2x" << columns << " for " << getCodesAttr() << ", not " << hidden;
  if (result.getShape() != ArrayRef<int64_t>{rows, 2})
    return emitOpError() << "makes two sums for each of " << rows << " rows, not " << result;
  return verifyScreenVector(*this, getVector());
}

LogicalResult LinearRowsOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = lookup<TensorOp>(*this, getWeightAttr(), symbols);
  if (failed(weight))
    return failure();
  auto type = cast<ShapedType>(weight->getType());
  auto input = cast<ShapedType>(getInput().getType()), result = cast<ShapedType>(getResult().getType());
  if (type.getRank() != 2 || type.getDimSize(1) != columnsOf(getInput()))
    return emitOpError() << "needs rows of " << columnsOf(getInput()) << " columns, but " << getWeightAttr() << " is "
                         << type;
  if (input.getDimSize(0) != 1)
    return emitOpError() << "takes one token, not " << input;
  if (result.getShape() != ArrayRef<int64_t>{cast<ShapedType>(getRows().getType()).getDimSize(0), 1})
    return emitOpError() << "makes one number for each of its rows, " << getRows().getType() << ", not " << result;
  if (getMatrix().getType() != type)
    return emitOpError() << "reads rows of " << getMatrix().getType() << ", but " << getWeightAttr() << " is " << type;
  return success();
}

LogicalResult AddBiasOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return expectTensor(*this, getBiasAttr(), {columnsOf(getInput())}, symbols);
}

//===-- On buffers -----------------------------------------------------------===//

LogicalResult ScreenRowsOp::verify() {
  int64_t plane = int64_t(getPlane()), columns = int64_t(getColumns());
  if (plane < 0 || plane >= tern::kCodePlanes)
    return emitOpError() << "there are planes 0 and 1, not " << plane;
  if (columns < 1 || columns > 1 << 20)
    return emitOpError() << "needs 1 to " << (1 << 20) << " columns, not " << columns;
  auto codes = getHiddenCodes().getType();
  if (codes.getShape() != ArrayRef<int64_t>{2, tern::codeColumns(columns)})
    return emitOpError() << "needs hidden codes of 2x" << tern::codeColumns(columns) << " for " << columns
                         << " columns, not " << codes;
  return verifyScreenVector(*this, getVector());
}
