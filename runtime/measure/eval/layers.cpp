//===- layers.cpp - A compiled step beside the scalar reference, operator by operator ---===//
#include "runtime/measure/eval/layers.h"

#include "lib/object/decoder_exports.h"
#include "lib/operators/support/rows.h"
#include "runtime/engine/apply.h"
#include "runtime/measure/eval/compare.h"
#include "runtime/measure/eval/step_memory.h"
#include "runtime/measure/eval/weight_reader.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace tern {
namespace {

/// One step function: its operators, and which of them were compared.
struct CheckedFunction {
  std::string name;
  std::vector<Operator> operators;
  std::vector<bool> compared;
};

class LayerCheck : public StepListener {
public:
  /// `functions` in the order of the model's exports.
  LayerCheck(const Model &model, const ReferenceWeights &weights, std::vector<CheckedFunction> functions)
      : model(model), weights(weights), functions(std::move(functions)) {}

  void begin(const tern_step &running, size_t which) override {
    step = &running;
    exported = model.exports()[which].code;
    function = &functions[which];
    next = 0;
    inOperator = false;
    tensors.clear();
    caches.clear();
  }
  void enter(uint64_t stage) override {
    finishOperator();
    if (next < function->operators.size() && function->operators[next].stageNumber == stage)
      inOperator = true;
  }
  void end() override { finishOperator(); }

  Json report() const {
    Json worst = Json::object(), unchecked = Json::array();
    for (const auto &[kind, error] : worstByKind)
      worst[kind] = asJson(error);
    size_t operators = 0;
    for (const CheckedFunction &each : functions)
      for (size_t i = 0; i < each.operators.size(); ++i)
        if (each.compared[i])
          ++operators;
        else
          unchecked.push_back(each.name + ": " + each.operators[i].stage);
    Json report = {{"checked", checked},
                   {"operators", operators},
                   {"worst", worst},
                   {"unchecked", unchecked},
                   {"pass", first.is_null() && unchecked.empty() && operators > 0}};
    if (!first.is_null())
      report["first"] = first;
    return report;
  }
  std::string problem; ///< why the check could not go on; empty when it could

private:
  int64_t position() const { return step->n_runs ? int64_t(step->runs[0].position) : 0; }
  static Json asJson(double error) { return std::isfinite(error) ? Json(error) : Json("not a number"); }

  bool keep(const OperatorTensor &tensor) {
    Result<Matrix> read = StepMemory(model.header(), *exported, *step).read(tensor);
    if (!read) {
      problem = function->name + ": " + read.error().message;
      return false;
    }
    tensors[tensor.id] = std::move(*read);
    return true;
  }

  void finishOperator() {
    if (!std::exchange(inOperator, false) || !problem.empty())
      return;
    size_t index = next++;
    const Operator &op = function->operators[index];
    for (const OperatorTensor &argument : op.arguments)
      if (!keep(argument))
        return;
    for (const OperatorTensor &output : op.outputs) {
      if (output.isInMemory() && !keep(output))
        return;
      if (output.arena == "cache")
        caches[output.id] = &output;
    }
    if (!hasReference(op))
      return;
    OperatorCall call{op, {}, position()};
    std::vector<Matrix> history; // of caches
    history.reserve(op.inputs.size());
    for (int64_t id : op.inputs) {
      if (auto cache = caches.find(id); cache != caches.end()) {
        Result<Matrix> rows = StepMemory(model.header(), *exported, *step).readCache(*cache->second);
        if (!rows) {
          problem = function->name + ": " + rows.error().message;
          return;
        }
        history.push_back(std::move(*rows));
        call.inputs.push_back(&history.back());
      } else if (auto tensor = tensors.find(id); tensor != tensors.end()) {
        call.inputs.push_back(&tensor->second);
      }
    }
    Result<std::vector<Matrix>> expected = computeOperator(call, weights);
    if (!expected)
      problem = expected.error().message;
    else if (expected->size() != op.outputs.size())
      problem = op.stage + ": has " + std::to_string(op.outputs.size()) + " results where the reference has " +
                std::to_string(expected->size());
    else
      compare(op, *expected, index);
  }

  void compare(const Operator &op, std::vector<Matrix> &expected, size_t index) {
    ++checked;
    function->compared[index] = true;
    // Codes may fall on either side of a boundary, so the sum is that of the codes that are there.
    int planes = 1;
    if (auto quantizer = op.attributes.find("quantizer"); quantizer != op.attributes.end()) {
      planes = quantizer->at("bits").get<int>() > 8 ? 2 : 1;
      expected[2].clear();
      for (const Row &codes : tensors[op.outputs[0].id])
        expected[2].push_back(
            sumsOfCodes(codes, planes, tensors[op.inputs[0]][0].size(), size_t(op.outputs[2].columns)));
    }
    for (size_t i = 0; i < expected.size(); ++i) {
      const std::string &dtype = op.outputs[i].dtype;
      if (!op.outputs[i].isInMemory()) { // never in memory: its user is compared
        tensors[op.outputs[i].id] = std::move(expected[i]);
        continue;
      }
      const Matrix &actual = tensors[op.outputs[i].id];
      if (dtype == "i8" && op.outputs[i].arena == "cache")
        note(op, codesApart(actual, expected[i], size_t(op.outputs[i].heads)), kCodeTolerance);
      else if (dtype == "i8" && planes == 2)
        note(op, largestDifference(joinedPlanes(actual), joinedPlanes(expected[i])), 1);
      else if (dtype == "i8" || dtype == "i32")
        note(op, largestDifference(actual, expected[i]), dtype == "i8" ? 1 : 0);
      else
        note(op, relativeError(actual, expected[i]), kFloatTolerance);
    }
  }

  void note(const Operator &op, double error, double tolerance) {
    double &worst = worstByKind[op.op];
    worst = std::max(worst, error);
    if (error <= tolerance || !first.is_null())
      return;
    first = {{"operator", op.stage},
             {"function", function->name},
             {"position", position()},
             {"error", asJson(error)},
             {"tolerance", tolerance}};
  }

  static constexpr double kFloatTolerance = 1e-4; ///< float32 operators are within 1e-6; a wrong weight is far above
  static constexpr double kCodeTolerance = 1.001; ///< one code, where a number lies between two; scales are floats

  const Model &model;
  const ReferenceWeights &weights;
  std::vector<CheckedFunction> functions;

  const tern_step *step = nullptr;
  const tern_export *exported = nullptr;
  CheckedFunction *function = nullptr;
  size_t next = 0;         ///< the operator that comes next, or that is running
  bool inOperator = false; ///< whether it is
  std::map<int64_t, Matrix> tensors;
  std::map<int64_t, const OperatorTensor *> caches;

  uint64_t checked = 0;
  std::map<std::string, double> worstByKind;
  Json first;
};

/// The step functions of a model with their operators, in the order of its exports.
Result<std::vector<CheckedFunction>> functionsOf(const Model &model) {
  std::vector<CheckedFunction> functions;
  for (const ManifestExport &each : model.manifest().exports) {
    if (each.operators.empty())
      return Error{model.path() + ": carries no list of the operators of " + each.name + "; compile it again"};
    Result<std::vector<Operator>> operators =
        parseOperators(each.operators, each.stages, model.path() + ": operators of " + each.name);
    if (!operators)
      return operators.error();
    functions.push_back({each.name, std::move(*operators), {}});
    functions.back().compared.resize(functions.back().operators.size());
  }
  return functions;
}

/// 13 tokens: a block of 8 for products of several tokens at a time, and a rest.
std::vector<int32_t> somePrompt(const tern_model_header &header) {
  std::vector<int32_t> ids;
  for (uint64_t i = 0; i < 13 && i < header.max_context; ++i)
    ids.push_back(int32_t((i * 7919 + 1) % header.vocab_size));
  return ids;
}

/// Runs each export from rows to rows, the decoder layers, on some numbers under the listener, on one block and on one
/// row.
Status runRowExports(StepRunner &runner, StepListener &listener) {
  const Model &model = runner.model();
  runner.setListener(&listener);
  for (const Export &each : model.exports()) {
    Result<RowExport> through = findRowExport(model, each.code->name);
    if (!through)
      continue; // a step of the text, or of its output head
    for (uint64_t count : {std::min<uint64_t>(each.code->most_rows, 13), uint64_t(1)}) {
      std::vector<float> rows(
          std::min<uint64_t>(count, model.header().max_context ? model.header().max_context : count) *
          through->inputColumns);
      for (size_t i = 0; i < rows.size(); ++i)
        rows[i] = float(int64_t(i * 7919 % 2003) - 1001) / 300;
      if (Result<std::vector<float>> outputs = applyRows(runner, *through, rows); !outputs)
        return outputs.error();
    }
  }
  runner.setListener(nullptr);
  return {};
}

/// Evaluates `ids` from position `start` on under the listener: in blocks, then the last ones one by one, then the
/// token after them. Before `start` stand the same ids, over and over.
Status runPrompt(Session &session, StepListener &listener, std::span<const int32_t> ids, uint64_t start) {
  std::vector<int32_t> before(start);
  for (uint64_t i = 0; i < start; ++i)
    before[i] = ids[i % ids.size()];
  session.truncate(0);
  session.setListener(nullptr);
  if (Status status = session.append(before, Session::Logits::None); !status)
    return status;
  session.setListener(&listener);
  if (Status status = session.append(ids, Session::Logits::All); !status)
    return status;
  session.logits();
  size_t single = std::min<size_t>(2, ids.size());
  session.truncate(start + ids.size() - single);
  for (size_t i = ids.size() - single; i < ids.size(); ++i) {
    if (Status status = session.append(ids.subspan(i, 1), Session::Logits::All, 1); !status)
      return status;
    session.logits();
  }
  SamplingOptions options;
  options.greedy = true;
  Result<Sampler> greedy = Sampler::create(options);
  if (!greedy)
    return greedy.error();
  Result<int32_t> token = session.sample(*greedy, ids);
  session.runHead(); // what this token could be decided without
  session.setListener(nullptr);
  return token ? Status() : Status(token.error());
}

} // namespace

Result<Json> checkLayers(const std::shared_ptr<Model> &model, const Checkpoint *checkpoint,
                         const std::vector<std::vector<int32_t>> &given) {
  Result<std::vector<CheckedFunction>> functions = functionsOf(*model);
  if (!functions)
    return functions.error();
  WeightReader weights(*model, checkpoint);
  LayerCheck check(*model, weights, std::move(*functions));
  Result<std::unique_ptr<StepRunner>> runner = StepRunner::create(model, 1);
  if (!runner)
    return runner.error();
  if (Status status = runRowExports(**runner, check); !status)
    return status.error();
  if (!check.problem.empty())
    return Error{model->path() + ": " + check.problem};
  if (!model->find(kDecodeExport))
    return check.report();
  Result<std::unique_ptr<Session>> session = Session::create(model, 1, 0);
  if (!session)
    return session.error();
  std::vector<std::vector<int32_t>> prompts = given;
  if (prompts.empty())
    prompts.push_back(somePrompt(model->header()));
  for (const std::vector<int32_t> &ids : prompts) {
    if (ids.size() < 2)
      return Error{model->path() + ": a prompt of fewer than 2 tokens runs no block"};
    std::vector<uint64_t> starts = {0};
    uint64_t page = model->header().cache_page, border = page - std::min<uint64_t>(page, ids.size() / 2);
    if (border > 0 && border + ids.size() <= model->header().max_context)
      starts.push_back(border);
    for (uint64_t start : starts) {
      if (Status status = runPrompt(**session, check, ids, start); !status)
        return status.error();
      if (!check.problem.empty())
        return Error{model->path() + ": " + check.problem};
    }
  }
  return check.report();
}

I2sBlocks i2sBlocksOf(const Manifest &manifest) {
  bool aarch64 = std::ranges::any_of(manifest.tensors,
                                     [](const ManifestTensor &tensor) { return tensor.storage == "i2_s_aarch64"; });
  return aarch64 ? I2sBlocks::Aarch64 : I2sBlocks::X86;
}

} // namespace tern
