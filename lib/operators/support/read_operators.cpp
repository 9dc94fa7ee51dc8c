//===- read_operators.cpp - Reading the operators of a step ------------------===//
#include "lib/operators/operator.h"

namespace tern {

static Result<OperatorTensor> readTensor(const Json &json, const std::string &where) {
  JsonFields fields(json, where);
  OperatorTensor tensor;
  tensor.id = fields.integer("id", 0, INT32_MAX);
  tensor.dtype = fields.string("dtype");
  tensor.per = fields.string("per");
  tensor.columns = fields.integer("columns", 1, INT32_MAX);
  tensor.heads = fields.integer("heads", 1, INT32_MAX, 0);
  tensor.role = fields.string("role", "");
  tensor.strip = fields.integer("strip", 1, INT32_MAX, 0);
  tensor.rows = fields.integer("rows", 1, INT32_MAX, 0);
  tensor.arena = fields.string("arena", "");
  tensor.port = fields.string("port", "");
  tensor.offset = uint64_t(fields.integer("offset", 0, INT64_MAX, 0));
  if (tensor.heads != 0 && tensor.columns % tensor.heads != 0)
    fields.fail("\"columns\" must be a multiple of \"heads\"");
  if (tensor.heads != 0 && ((tensor.role != "keys" && tensor.role != "values") || tensor.strip == 0))
    fields.fail("a cache needs its \"role\", keys or values, and \"strip\"; compile the model again");
  if (Status status = fields.status(); !status)
    return status.error();
  return tensor;
}

static Status readTensors(const Json *list, const char *key, const std::string &where,
                          std::vector<OperatorTensor> &tensors) {
  if (!list)
    return {};
  if (!list->is_array())
    return Error{where + ": \"" + key + "\" must be a list"};
  for (const Json &entry : *list) {
    Result<OperatorTensor> tensor = readTensor(entry, where + ": " + key);
    if (!tensor)
      return tensor.error();
    tensors.push_back(std::move(*tensor));
  }
  return {};
}

static Result<Operator> readOperator(const Json &json, std::span<const std::string> stages, const std::string &where) {
  JsonFields fields(json, where);
  Operator op;
  op.op = fields.string("op");
  op.stageNumber = uint64_t(fields.integer("stage", 0, int64_t(stages.size()) - 1));
  const Json *attributes = fields.find("attributes"), *inputs = fields.find("inputs");
  if ((attributes && !attributes->is_object()) || !inputs || !inputs->is_array() || !fields.has("outputs"))
    fields.fail("needs lists of inputs and outputs, and attributes must be an object");
  if (Status status = fields.status(); !status)
    return status.error();
  op.stage = stages[op.stageNumber];
  op.attributes = attributes ? *attributes : Json::object();
  for (const Json &id : *inputs) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > INT32_MAX)
      return Error{where + ": the inputs must be ids"};
    op.inputs.push_back(id.get<int64_t>());
  }
  if (Status status = readTensors(fields.find("arguments"), "arguments", where, op.arguments); !status)
    return status.error();
  if (Status status = readTensors(fields.find("outputs"), "outputs", where, op.outputs); !status)
    return status.error();
  return op;
}

Result<std::vector<Operator>> parseOperators(std::string_view json, std::span<const std::string> stages,
                                             const std::string &name) {
  Result<Json> list = parseJson(json, name);
  if (!list)
    return list.error();
  if (!list->is_array())
    return Error{name + ": is no list of operators"};
  std::vector<Operator> operators;
  for (const Json &entry : *list) {
    Result<Operator> op = readOperator(entry, stages, name + "[" + std::to_string(operators.size()) + "]");
    if (!op)
      return op.error();
    operators.push_back(std::move(*op));
  }
  return operators;
}

} // namespace tern
