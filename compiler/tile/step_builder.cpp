//===- step_builder.cpp - Builds one step function over the arenas --------===//
#include "compiler/tile/step_builder.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;

namespace tern {

using step::StepBuffer;
using step::StepValue;

StepBuilder::StepBuilder(OpBuilder &builder, SymbolTable &symbols, const WeightPlan &weights, const ArenaPlan &arenas,
                         int64_t sharedBytes, int64_t scratchBytes, int64_t tokenBound)
    : b(builder), loc(builder.getUnknownLoc()), symbols(symbols), weights(weights), arenas(arenas),
      sharedBytes(sharedBytes), scratchBytes(scratchBytes), tokenBound(tokenBound) {}

func::FuncOp StepBuilder::begin(Location at, StringRef name, ArrayRef<step::Port> ports) {
  loc = at;
  auto type = b.getFunctionType({step::StepType::get(b.getContext()), b.getIndexType(), b.getIndexType()}, {});
  auto func = func::FuncOp::create(b, loc, name, type);
  step::setPorts(func, ports);
  func->setAttr("passthrough", b.getStrArrayAttr({kStepFunction}));
  entry = func.addEntryBlock();
  step = entry->getArgument(0);
  thread = entry->getArgument(1);
  threads = entry->getArgument(2);
  b.setInsertionPointToStart(entry);
  return func;
}

//===-- Numbers ---------------------------------------------------------------===//

Value StepBuilder::index(int64_t number) { return arith::ConstantIndexOp::create(b, loc, number); }

Value StepBuilder::value(OpFoldResult number) { return getValueOrCreateConstantIndexOp(b, loc, number); }

Value StepBuilder::stepValue(StepValue which) {
  Value &number = stepValues[which];
  if (!number) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(entry);
    number = step::ValueOp::create(b, loc, step, which);
  }
  return number;
}

OpFoldResult StepBuilder::add(OpFoldResult lhs, OpFoldResult rhs) {
  auto left = getConstantIntValue(lhs), right = getConstantIntValue(rhs);
  if (left && right)
    return b.getIndexAttr(*left + *right);
  return arith::AddIOp::create(b, loc, value(lhs), value(rhs)).getResult();
}

OpFoldResult StepBuilder::tokensOf(Value tensor) {
  OpFoldResult all = tokenBound == 1 ? OpFoldResult(b.getIndexAttr(1)) : OpFoldResult(stepValue(StepValue::RowCount));
  if (!holdsOutputs(tensor))
    return all;
  return arith::SubIOp::create(b, loc, value(all), stepValue(StepValue::FirstOutput)).getResult();
}

Share StepBuilder::share(step::PartitionAttr part, OpFoldResult extent) {
  if (part.getKind() == step::PartitionKind::Replicated)
    return {b.getIndexAttr(0), extent};
  return share(extent, part.getGranule());
}

Share StepBuilder::share(OpFoldResult extent, int64_t granule) {
  auto op = step::ShareOp::create(b, loc, thread, threads, value(extent), granule);
  return {op.getBegin(), op.getSize()};
}

//===-- Buffers ---------------------------------------------------------------===//

Value StepBuilder::stepBuffer(StepBuffer which, int64_t bytes) {
  Value &buffer = stepBuffers[which];
  if (!buffer) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(entry);
    buffer = step::BufferOp::create(b, loc, MemRefType::get({bytes}, b.getI8Type()), step, which,
                                    which == StepBuffer::Scratch ? thread : Value());
  }
  return buffer;
}

Value StepBuilder::view(Value bytes, int64_t offset, ArrayRef<int64_t> shape, Type element) {
  return memref::ViewOp::create(b, loc, MemRefType::get(shape, element), bytes, index(offset), ValueRange());
}

Value StepBuilder::buffer(Value tensor) {
  if (Value bound = buffers.lookup(tensor))
    return bound;
  const ArenaPlace &place = arenas.places.at(tensor);
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = place.rows;
  Value arena =
      place.scratch ? stepBuffer(StepBuffer::Scratch, scratchBytes) : stepBuffer(StepBuffer::Shared, sharedBytes);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfterValue(arena);
  return buffers[tensor] = view(arena, place.offset, shape, type.getElementType());
}

void StepBuilder::bindOutputs(Value tensor, Value source) {
  Value matrix = buffer(source);
  markOutputs(tensor);
  OpFoldResult first = stepValue(StepValue::FirstOutput);
  int64_t columns = cast<RankedTensorType>(tensor.getType()).getDimSize(1);
  bind(tensor, slice(matrix, {first, tokensOf(tensor)}, {b.getIndexAttr(0), b.getIndexAttr(columns)}));
}

Value StepBuilder::weight(StringRef name, ArrayRef<int64_t> shape, Type element) {
  Value all = stepBuffer(StepBuffer::Weights, weights.bytes);
  return view(all, weights.find(name)->offset, shape, element);
}

Value StepBuilder::packedWeight(StringRef name) { return weight(name, {weights.find(name)->bytes}, b.getI8Type()); }

Value StepBuilder::cache() { return stepBuffer(StepBuffer::Cache, ShapedType::kDynamic); }

Value StepBuilder::port(const step::Port &port) {
  Value &buffer = portBuffers[port.port.getName()];
  if (!buffer) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(entry);
    auto bytes = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
    buffer = step::PortOp::create(b, loc, bytes, step, port.port.getName());
  }
  return view(buffer, 0, port.type.getShape(), port.type.getElementType());
}

Value StepBuilder::workspace(ArrayRef<int64_t> shape, Type element, int64_t offset) {
  return view(stepBuffer(StepBuffer::Scratch, scratchBytes), arenas.scratchBytes + offset, shape, element);
}

Value StepBuilder::slice(Value matrix, Share rows, Share columns) {
  auto one = b.getIndexAttr(1);
  return memref::SubViewOp::create(b, loc, matrix, {rows.begin, columns.begin}, {rows.size, columns.size}, {one, one});
}

Value StepBuilder::slice(Value vector, Share range) {
  return memref::SubViewOp::create(b, loc, vector, ArrayRef<OpFoldResult>{range.begin},
                                   ArrayRef<OpFoldResult>{range.size}, ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
}

Value StepBuilder::planeRows(Value matrix, int64_t planes, bool asVector) {
  auto type = cast<MemRefType>(matrix.getType());
  if (planes == 1 && !asVector)
    return matrix;
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  SmallVector<ReassociationIndices> apart = {{0}, {1, 2}}, together = {{0, 1}, {2}}, vector = {{0, 1, 2}};
  auto split = memref::ExpandShapeOp::create(b, loc, ArrayRef<int64_t>{rows, planes, columns / planes}, matrix, apart);
  return memref::CollapseShapeOp::create(b, loc, split, asVector ? vector : together);
}

//===-- Kernels ---------------------------------------------------------------===//

/// The function with this type and key attribute: equal kernels are one function.
func::FuncOp StepBuilder::declare(StringRef prefix, FunctionType type, NamedAttribute key) {
  auto module = cast<ModuleOp>(symbols.getOp());
  for (auto func : module.getOps<func::FuncOp>())
    if (func.getFunctionType() == type && func->getAttr(key.getName()) == key.getValue())
      return func;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(module.getBody());
  auto func = func::FuncOp::create(b, loc, prefix, type);
  func.setPrivate();
  func->setAttr(key.getName(), key.getValue());
  symbols.insert(func); // makes the name unique
  return func;
}

/// Operands are passed with every stride and offset dynamic but the innermost stride, so that one kernel serves all
/// places.
static Value anywhere(OpBuilder &b, Location loc, Value memref) {
  auto type = dyn_cast<MemRefType>(memref.getType());
  if (!type)
    return memref;
  SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
  strides.back() = 1;
  auto layout = StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic, strides);
  return memref::CastOp::create(b, loc, MemRefType::get(type.getShape(), type.getElementType(), layout), memref);
}

void StepBuilder::callDense(StringRef kind, ArrayRef<NamedAttribute> parameters, ArrayRef<Value> operands) {
  SmallVector<Value> arguments;
  for (Value operand : operands)
    arguments.push_back(anywhere(b, loc, operand));
  SmallVector<NamedAttribute> attributes(parameters);
  attributes.push_back(b.getNamedAttr("kind", b.getStringAttr(kind)));
  auto key = b.getNamedAttr("step.dense", b.getDictionaryAttr(attributes));
  auto callee = declare(kind, b.getFunctionType(TypeRange(ValueRange(arguments)), {}), key);
  func::CallOp::create(b, loc, callee, arguments);
}

void StepBuilder::callShared(StringRef name, NamedAttribute key, ArrayRef<Value> operands,
                             function_ref<void(ValueRange)> body) {
  SmallVector<Value> arguments;
  for (Value operand : operands)
    arguments.push_back(anywhere(b, loc, operand));
  auto callee = declare(name, b.getFunctionType(TypeRange(ValueRange(arguments)), {}), key);
  if (callee.isExternal()) {
    OpBuilder::InsertionGuard guard(b);
    Block *block = callee.addEntryBlock();
    b.setInsertionPointToStart(block);
    body(block->getArguments());
    func::ReturnOp::create(b, loc);
  }
  func::CallOp::create(b, loc, callee, arguments);
}

void StepBuilder::callGemm(ternary::MatmulOp matmul, ternary::LayoutAttr layout, Share rows, OpFoldResult tokenCount) {
  ternary::KernelAttr kernel = *matmul.getKernel();
  auto weight = symbols.lookup<ternary::WeightOp>(matmul.getWeight());
  // Codes may be padded for a wider layout that shares them: this product reads the columns of its own tiles.
  int64_t planes = matmul.getPlanes(), group = weight.getFormat().group();
  Value codes = planeRows(buffer(matmul.getCodes()), planes), sum = buffer(matmul.getSum());
  if (cast<MemRefType>(sum.getType()).getRank() == 2)
    sum = planeRows(sum, planes, /*asVector=*/group == 0);
  ArrayRef<int64_t> shape = cast<MemRefType>(codes.getType()).getShape();
  if (int64_t columns = ternary::toLayout(layout).paddedColumns(weight.getColumns()); columns < shape[1])
    codes = slice(codes, {b.getIndexAttr(0), b.getIndexAttr(shape[0])}, {b.getIndexAttr(0), b.getIndexAttr(columns)});
  SmallVector<Value> arguments = {codes, sum, packedWeight(matmul.getWeight())};
  if (group != 0) {
    std::string scale = (matmul.getWeight() + ".scale").str();
    arguments.push_back(this->weight(scale, {weights.find(scale)->bytes / 4}, b.getF32Type()));
  }
  arguments.push_back(planeRows(buffer(matmul.getResult()), planes));
  arguments.push_back(value(rows.begin));
  arguments.push_back(value(rows.size));
  Value count = value(tokenCount);
  arguments.push_back(planes == 1 ? count : arith::MulIOp::create(b, loc, count, index(planes)).getResult());
  int64_t bound = planes * tokenBound;
  std::string name = ("gemm_" + Twine(weight.getRows()) + "x" + Twine(weight.getColumns()) + "_t" + Twine(bound)).str();
  auto key = b.getNamedAttr(kKernelAttr, kernelKey(layout, kernel));
  auto callee = declare(name, b.getFunctionType(TypeRange(ValueRange(arguments)), {}), key);
  if (callee.isExternal())
    defineKernel(callee, layout, kernel,
                 {int64_t(weight.getRows()), int64_t(weight.getColumns()), bound, shape[1], group});
  func::CallOp::create(b, loc, callee, arguments);
}

} // namespace tern
