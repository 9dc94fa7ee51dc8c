//===- StepOperator.cpp - What operators of a step graph have in common ---===//
#include "dialects/step/Step.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

#include "dialects/step/StepOperator.cpp.inc"

namespace tern::step {

PartitionAttr partitionOf(Operation *op) { return op->getAttrOfType<PartitionAttr>(kPartitionAttr); }

PartitionAttr byFeatures(Operation *op, int64_t granule) {
  return PartitionAttr::get(op->getContext(), PartitionKind::Features, granule);
}

PartitionAttr byTokens(Operation *op, int64_t tokens) {
  bool returned =
      llvm::any_of(op->getResult(0).getUsers(), [](Operation *user) { return user->hasTrait<OpTrait::ReturnLike>(); });
  return PartitionAttr::get(op->getContext(),
                            tokens == 1 && !returned ? PartitionKind::Replicated : PartitionKind::Tokens, 1);
}

PartitionAttr asOperands(Operation *op) {
  for (Value operand : llvm::reverse(op->getOperands()))
    if (Operation *producer = operand.getDefiningOp())
      if (PartitionAttr part = partitionOf(producer); part && part.getKind() == PartitionKind::Features)
        return part;
  return byFeatures(op, kDenseGranule);
}

SmallVector<Port> portsOf(Operation *operation) {
  SmallVector<Port> ports;
  if (auto list = operation->getAttrOfType<ArrayAttr>(kPortsAttr)) {
    for (auto entry : list.getAsRange<DictionaryAttr>())
      ports.push_back({entry.getAs<PortAttr>("port"), cast<RankedTensorType>(entry.getAs<TypeAttr>("type").getValue()),
                       entry.contains("output")});
    return ports;
  }
  auto function = cast<FunctionOpInterface>(operation);
  auto add = [&](PortAttr port, Type type, bool output) {
    if (auto tensor = dyn_cast<RankedTensorType>(type); port && tensor)
      ports.push_back({port, tensor, output});
  };
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    add(function.getArgAttrOfType<PortAttr>(unsigned(i), kPortAttr), type, false);
  for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
    add(dyn_cast_or_null<PortAttr>(function.getResultAttr(unsigned(i), kPortAttr)), type, true);
  return ports;
}

Operation *findExport(Operation *module, StringRef name) {
  for (Operation &op : module->getRegion(0).front())
    if (auto exported = op.getAttrOfType<StringAttr>(kExportAttr); exported && exported.getValue() == name)
      return &op;
  return nullptr;
}

void setPorts(Operation *function, ArrayRef<Port> ports) {
  Builder b(function->getContext());
  SmallVector<Attribute> list;
  for (const Port &port : ports) {
    NamedAttrList entry;
    entry.set("port", port.port);
    entry.set("type", TypeAttr::get(port.type));
    if (port.output)
      entry.set("output", b.getUnitAttr());
    list.push_back(entry.getDictionary(function->getContext()));
  }
  function->setAttr(kPortsAttr, b.getArrayAttr(list));
}

StringRef firstSymbol(Operation *op) {
  for (NamedAttribute attribute : op->getAttrs())
    if (auto symbol = dyn_cast<FlatSymbolRefAttr>(attribute.getValue()))
      return symbol.getValue();
  return {};
}

LogicalResult copyProperties(Operation *from, Operation *to) {
  ArrayRef<StringAttr> known = to->getName().getAttributeNames();
  for (StringAttr name : from->getName().getAttributeNames())
    if (Attribute value = from->getInherentAttr(name).value_or(Attribute())) {
      if (!llvm::is_contained(known, name))
        return failure();
      to->setInherentAttr(name, value);
    }
  return success();
}

LogicalResult verifyKnownAttributes(Operation *op) {
  // Of an operator on tensors only this dialect says more; of declarations and functions others do.
  StringRef prefix = isa<StepOperator>(op) ? "step." : ".";
  for (NamedAttribute attribute : op->getDiscardableAttrs())
    if (!attribute.getName().strref().contains(prefix))
      return op->emitOpError() << "has no attribute '" << attribute.getName().strref() << "'";
  return success();
}

namespace {

/// Elementwise operations of upstream dialects, all alike.
struct ElementwiseOperator : StepOperator::FallbackModel<ElementwiseOperator> {
  FailureOr<PartitionAttr> share(Operation *op, int64_t) const { return asOperands(op); }
  bool readsOwnShare(Operation *, OpOperand &) const { return true; }
  bool isRowByRow(Operation *op) const { return op->getNumResults() == 1; }
  bool isView(Operation *) const { return false; }
  int64_t rowMultiple(Operation *) const { return 1; }
  double density(Operation *, function_ref<double(Value)>) const { return 1; }
  StringRef resultRows(Operation *) const { return "token"; }
  StringRef stageSymbol(Operation *) const { return {}; }
  Value stageOperand(Operation *op) const { return op->getNumOperands() ? op->getOperands().back() : Value(); }
  StringRef stagePart(Operation *) const { return "elementwise"; }
  void addFacts(Operation *, NamedAttrList &) const {}
};

} // namespace

void attachElementwiseOperators(MLIRContext &context) {
  for (RegisteredOperationName name :
       context.getRegisteredOperationsByDialect(arith::ArithDialect::getDialectNamespace()))
    if (name.hasTrait<OpTrait::Elementwise>())
      name.attachInterface<ElementwiseOperator>();
}

} // namespace tern::step
