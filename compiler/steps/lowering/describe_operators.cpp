//===- describe_operators.cpp - A step graph as data for verification ------===//
#include "compiler/steps/lowering/describe_operators.h"

#include "compiler/steps/plan/step_graph.h"
#include "dialects/decoder/Decoder.h"
#include "lib/base/json.h"

#include "mlir/IR/Builders.h"
#include "mlir/Support/DebugStringHelper.h"

using namespace mlir;

namespace tern {
namespace {

/// The port that a tensor of the caller is; null for others.
step::PortAttr portOf(Value tensor) {
  auto graph = dyn_cast<func::FuncOp>(tensor.getParentBlock()->getParentOp());
  if (!graph)
    return {};
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return graph.getArgAttrOfType<step::PortAttr>(argument.getArgNumber(), step::kPortAttr);
  for (OpOperand &use : tensor.getUses())
    if (isa<func::ReturnOp>(use.getOwner()))
      return dyn_cast_or_null<step::PortAttr>(graph.getResultAttr(use.getOperandNumber(), step::kPortAttr));
  return {};
}

/// What the rows of a tensor stand for: their number is the step's, or fixed.
StringRef rowsOf(Value tensor, step::PortAttr port) {
  if (auto op = tensor.getDefiningOp<step::StepOperator>())
    return op.resultRows();
  bool listed = port && port.getExtent() == step::PortExtent::Listed;
  return listed ? "row" : port && port.getExtent() == step::PortExtent::Fixed ? "fixed" : "token";
}

/// The caches before `declaration` in a page.
int64_t bytesBefore(decoder::CacheOp declaration) {
  int64_t bytes = 0;
  for (auto other : declaration->getParentOfType<ModuleOp>().getOps<decoder::CacheOp>()) {
    if (other == declaration)
      break;
    bytes += cast<decoder::CacheType>(other.getType()).getPositionBytes() * decoder::CacheType::kPagePositions;
  }
  return bytes;
}

Json asJson(Attribute attribute) {
  if (auto dictionary = dyn_cast<DictionaryAttr>(attribute)) {
    Json object = Json::object();
    for (NamedAttribute entry : dictionary)
      object[entry.getName().str()] = asJson(entry.getValue());
    return object;
  }
  if (auto array = dyn_cast<ArrayAttr>(attribute)) {
    Json list = Json::array();
    for (Attribute entry : array)
      list.push_back(asJson(entry));
    return list;
  }
  if (auto text = dyn_cast<StringAttr>(attribute))
    return text.str();
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  if (auto flag = dyn_cast<BoolAttr>(attribute))
    return flag.getValue();
  if (auto number = dyn_cast<IntegerAttr>(attribute); number && number.getType().isSignlessIntOrIndex())
    return number.getInt();
  if (isa<UnitAttr>(attribute))
    return true;
  if (isa<ternary::KernelAttr>(attribute)) // "lanes<width = 64>" of #ternary.lanes<width = 64>
    return StringRef(debugString(attribute)).drop_front(StringRef("#ternary.").size()).str();
  // The words of a dialect's attribute: "relu2" of #decoder<activation relu2>.
  std::string whole = debugString(attribute);
  StringRef text = whole;
  auto [head, body] = text.split('<');
  if (body.empty())
    return text.str();
  body = body.take_front(body.rfind('>'));
  return (head.contains('.') ? body : body.split(' ').second).str();
}

} // namespace

/// All of the operator's own attributes; symbols as names, since only their text is handed on.
DictionaryAttr OperatorDescriber::attributesOf(Operation *op) {
  NamedAttrList attributes;
  for (StringAttr name : op->getName().getAttributeNames())
    if (Attribute value = op->getInherentAttr(name).value_or(Attribute())) {
      auto symbol = dyn_cast<FlatSymbolRefAttr>(value);
      attributes.set(name, symbol ? Attribute(symbol.getAttr()) : value);
    }
  cast<step::StepOperator>(op).addFacts(attributes);
  return attributes.getDictionary(op->getContext());
}

DictionaryAttr OperatorDescriber::describeTensor(Value tensor, int64_t id) {
  Builder b(tensor.getContext());
  NamedAttrList json;
  auto set = [&](StringRef name, int64_t value) { json.set(name, b.getI64IntegerAttr(value)); };
  auto place = [&](StringRef arena, int64_t offset) {
    json.set("arena", b.getStringAttr(arena));
    set("offset", offset);
  };
  set("id", id);
  if (auto cache = dyn_cast<decoder::CacheType>(tensor.getType())) {
    json.set("dtype", b.getStringAttr(debugString(cache.getElement())));
    json.set("per", b.getStringAttr("token"));
    set("columns", cache.getHeads() * cache.getHeadDim());
    set("heads", cache.getHeads());
    json.set("role", b.getStringAttr(decoder::stringifyCacheRole(cache.getRole())));
    set("strip", cache.getStrip());
    auto declaration = symbols.lookup<decoder::CacheOp>(step::firstSymbol(tensor.getDefiningOp()));
    place("cache", declaration ? bytesBefore(declaration) : 0);
    return json.getDictionary(tensor.getContext());
  }
  auto type = cast<RankedTensorType>(tensor.getType());
  json.set("dtype", b.getStringAttr(debugString(type.getElementType())));
  step::PortAttr port = portOf(tensor);
  StringRef per = rowsOf(tensor, port);
  json.set("per", b.getStringAttr(per));
  if (per == "fixed")
    set("rows", type.getDimSize(0));
  set("columns", type.getRank() == 1 ? 1 : type.getShape().back());
  if (port)
    json.set("port", b.getStringAttr(port.getName()));
  else if (auto at = arenas.places.find(tensor); at != arenas.places.end() && !isInline(tensor))
    place(at->second.scratch ? "scratch" : "shared", at->second.offset);
  return json.getDictionary(tensor.getContext());
}

DictionaryAttr OperatorDescriber::describe(Operation *op) {
  if (!isOperator(op))
    return {};
  if (isView(op)) {
    if (auto id = ids.find(op->getOperand(0)); id != ids.end())
      ids.insert({op->getResult(0), id->second});
    return {};
  }
  Builder b(op->getContext());
  SmallVector<Attribute> inputs, arguments, outputs;
  for (Value operand : op->getOperands()) {
    // Tensors of the caller, but for the model's own weights, which an attribute names.
    step::PortAttr port = isa<BlockArgument>(operand) ? portOf(operand) : step::PortAttr();
    if (port && port.getExtent() != step::PortExtent::Weights && !ids.contains(operand)) {
      arguments.push_back(describeTensor(operand, int64_t(ids.size())));
      ids.insert({operand, int64_t(ids.size())});
    }
    if (auto id = ids.find(operand); id != ids.end())
      inputs.push_back(b.getI64IntegerAttr(id->second));
  }
  for (Value result : op->getResults()) {
    int64_t id = int64_t(ids.size());
    ids.insert({result, id});
    outputs.push_back(describeTensor(result, id));
  }
  NamedAttrList json;
  json.set("op", op->getName().getIdentifier());
  if (DictionaryAttr attributes = attributesOf(op); !attributes.empty())
    json.set("attributes", attributes);
  if (!arguments.empty())
    json.set("arguments", b.getArrayAttr(arguments));
  json.set("inputs", b.getArrayAttr(inputs));
  json.set("outputs", b.getArrayAttr(outputs));
  return json.getDictionary(op->getContext());
}

std::string operatorsAsJson(ArrayAttr operators) {
  Json list = Json::array();
  for (auto [stage, op] : llvm::enumerate(operators.getAsRange<DictionaryAttr>()))
    if (!op.empty()) {
      list.push_back(asJson(op));
      list.back()["stage"] = stage;
    }
  return jsonText(list);
}

} // namespace tern
