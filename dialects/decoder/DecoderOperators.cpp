//===- DecoderOperators.cpp - What decoder operators say of themselves ----===//
#include "dialects/decoder/Decoder.h"

#include "lib/object/cache_codes.h"

#include "mlir/IR/Builders.h"

#include <algorithm>

using namespace mlir;
using namespace tern::decoder;
using tern::step::PartitionAttr;
using tern::step::PartitionKind;

static constexpr StringLiteral kAttention = "attention", kHead = "head", kNorms = "norms and codes";

static void addNumber(NamedAttrList &facts, Operation *op, StringRef name, int64_t value) {
  facts.set(name, Builder(op->getContext()).getI64IntegerAttr(value));
}

FailureOr<PartitionAttr> EmbedOp::share(int64_t) { return step::byFeatures(*this, step::kDenseGranule); }

//===-- Norms ---------------------------------------------------------------===//

FailureOr<PartitionAttr> RmsNormOp::share(int64_t tokens) { return step::byTokens(*this, tokens); }
bool RmsNormOp::readsOwnShare(OpOperand &) { return true; }
double RmsNormOp::density(function_ref<double(Value)> densityOf) { return densityOf(getInput()); }
StringRef RmsNormOp::stagePart() { return kNorms; }

FailureOr<PartitionAttr> RmsNormQuantizeOp::share(int64_t tokens) { return step::byTokens(*this, tokens); }
bool RmsNormQuantizeOp::readsOwnShare(OpOperand &) { return true; }
double RmsNormQuantizeOp::density(function_ref<double(Value)> densityOf) { return densityOf(getInput()); }
StringRef RmsNormQuantizeOp::stagePart() { return kNorms; }
void RmsNormQuantizeOp::addFacts(NamedAttrList &facts) {
  facts.set("quantizer", DictionaryAttr::get(getContext(), getQuantizer().fields()));
}

FailureOr<PartitionAttr> LayerNormOp::share(int64_t tokens) { return step::byTokens(*this, tokens); }
bool LayerNormOp::readsOwnShare(OpOperand &) { return true; }
StringRef LayerNormOp::stagePart() { return kNorms; }

FailureOr<PartitionAttr> HadamardOp::share(int64_t tokens) { return step::byTokens(*this, tokens); }
bool HadamardOp::readsOwnShare(OpOperand &) { return true; }
StringRef HadamardOp::stagePart() { return "hadamard"; }

FailureOr<PartitionAttr> KeepTopOp::share(int64_t tokens) { return step::byTokens(*this, tokens); }
bool KeepTopOp::readsOwnShare(OpOperand &) { return true; }
double KeepTopOp::density(function_ref<double(Value)> densityOf) {
  return std::min(densityOf(getInput()), double(getKeep()) / double(getBlock()));
}
StringRef KeepTopOp::stagePart() { return kNorms; }

//===-- Attention -----------------------------------------------------------===//

/// Columns of one head, by which a share never cuts.
static int64_t headDim(RopeOp op) {
  return SymbolTable::lookupNearestSymbolFrom<RopeTableOp>(op, op.getTableAttr()).getHeadDim();
}

static int64_t headDim(HeadNormOp op) {
  auto weight = SymbolTable::lookupNearestSymbolFrom<TensorOp>(op, op.getWeightAttr());
  return cast<ShapedType>(weight.getType()).getDimSize(0);
}

FailureOr<PartitionAttr> HeadNormOp::share(int64_t) { return step::byFeatures(*this, headDim(*this)); }
bool HeadNormOp::readsOwnShare(OpOperand &) { return true; }
Value HeadNormOp::stageOperand() { return getInput(); }
StringRef HeadNormOp::stagePart() { return kNorms; }
void HeadNormOp::addFacts(NamedAttrList &facts) { addNumber(facts, *this, "head_dim", headDim(*this)); }

FailureOr<PartitionAttr> RopeOp::share(int64_t) { return step::byFeatures(*this, headDim(*this)); }
bool RopeOp::readsOwnShare(OpOperand &) { return true; }
StringRef RopeOp::stageSymbol() { return {}; } // the table is all layers'
Value RopeOp::stageOperand() { return getInput(); }
StringRef RopeOp::stagePart() { return kAttention; }
void RopeOp::addFacts(NamedAttrList &facts) { addNumber(facts, *this, "head_dim", headDim(*this)); }

FailureOr<PartitionAttr> CacheAppendOp::share(int64_t) {
  return step::byFeatures(*this, getResult().getType().getHeadDim());
}
bool CacheAppendOp::readsOwnShare(OpOperand &) { return true; }
StringRef CacheAppendOp::stagePart() { return kAttention; }

/// What the types of keys and values say of both forms of attention.
static void addCacheFacts(NamedAttrList &facts, Operation *op, CacheType keys) {
  addNumber(facts, op, "head_dim", keys.getHeadDim());
  addNumber(facts, op, "page", CacheType::kPagePositions);
  addNumber(facts, op, "query_range", keys.isCoded() ? tern::queryRange(keys.getHeadDim()) : 0);
}

/// Token tiles of 64 rows (tokens times the heads of a query group) use a page of keys and values that stays in the
/// level 2 cache.
FailureOr<PartitionAttr> AttentionOp::share(int64_t tokens) {
  CacheType type = getKeys().getType();
  int64_t group = cast<RankedTensorType>(getQuery().getType()).getDimSize(1) / (type.getHeads() * type.getHeadDim());
  return PartitionAttr::get(getContext(), PartitionKind::Tiles, std::clamp<int64_t>(64 / group, 1, tokens));
}
Value AttentionOp::stageOperand() { return getKeys(); } // the last operand is the positions
StringRef AttentionOp::stagePart() { return kAttention; }
void AttentionOp::addFacts(NamedAttrList &facts) { addCacheFacts(facts, *this, getKeys().getType()); }

FailureOr<PartitionAttr> AttentionPagesOp::share(int64_t) {
  return PartitionAttr::get(getContext(), PartitionKind::Pages, 1);
}
StringRef AttentionPagesOp::resultRows() { return "page"; }
Value AttentionPagesOp::stageOperand() { return getKeys(); }
StringRef AttentionPagesOp::stagePart() { return kAttention; }
void AttentionPagesOp::addFacts(NamedAttrList &facts) { addCacheFacts(facts, *this, getKeys().getType()); }

/// 20 heads of 128 and 16 pages take 2 us, and a barrier would take as much.
FailureOr<PartitionAttr> AttentionCombineOp::share(int64_t) {
  return PartitionAttr::get(getContext(), PartitionKind::Replicated, 1);
}
Value AttentionCombineOp::stageOperand() { return getParts(); }
StringRef AttentionCombineOp::stagePart() { return kAttention; }

//===-- Rows ----------------------------------------------------------------===//

double GateOp::density(function_ref<double(Value)>) {
  // relu^2 makes half of random gates zero, and its large values push most of the others below half a step of the int8
  // codes.
  constexpr double kRelu2Density = 0.3;
  return getActivation() == Activation::Relu2 ? kRelu2Density : 1;
}

/// It has the share of what it looks at; the caller's tensors have none.
FailureOr<PartitionAttr> TakeOutputsOp::share(int64_t) {
  Operation *producer = getInput().getDefiningOp();
  PartitionAttr part = producer ? step::partitionOf(producer) : PartitionAttr();
  return part ? part : PartitionAttr::get(getContext(), PartitionKind::Tokens, 1);
}
bool TakeOutputsOp::isView() { return true; }

//===-- Dense products ------------------------------------------------------===//

FailureOr<PartitionAttr> tern::decoder::LinearOp::share(int64_t) {
  return step::byFeatures(*this, step::kDenseGranule);
}
StringRef tern::decoder::LinearOp::stagePart() { return "products"; }

// Listed rows: there may be few of them.
FailureOr<PartitionAttr> ScreenOp::share(int64_t) { return step::byFeatures(*this, 1); }
StringRef ScreenOp::resultRows() { return "row"; }
StringRef ScreenOp::stagePart() { return kHead; }

FailureOr<PartitionAttr> LinearRowsOp::share(int64_t) { return step::byFeatures(*this, 1); }
StringRef LinearRowsOp::resultRows() { return "row"; }
StringRef LinearRowsOp::stagePart() { return kHead; }
