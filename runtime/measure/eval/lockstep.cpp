//===- lockstep.cpp - Each decoder layer alone beside its reference ----------===//
#include "runtime/measure/eval/lockstep.h"

#include "lib/base/text.h"
#include "lib/checkpoint/safetensors.h"
#include "runtime/engine/apply.h"
#include "runtime/measure/eval/compare.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace tern {
namespace {

constexpr uint64_t kMaxLockstepFloats = 1 << 28;

/// A tensor's place: prompt_0.layer_1.input.
struct TensorName {
  int64_t prompt, layer;
  std::string_view field;
};

/// Takes `word` and the number behind it off the front of `text`; -1 when they are not there.
int64_t takeNumber(std::string_view &text, std::string_view word) {
  int32_t number = -1;
  if (!text.starts_with(word))
    return -1;
  text.remove_prefix(word.size());
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc())
    return -1;
  text.remove_prefix(size_t(end - text.data()));
  return number;
}

std::optional<TensorName> parseName(std::string_view text) {
  TensorName name;
  name.prompt = takeNumber(text, "prompt_");
  name.layer = takeNumber(text, ".layer_");
  if (name.prompt < 0 || name.layer < 0 || !text.starts_with('.'))
    return std::nullopt;
  name.field = text.substr(1);
  return name;
}

std::string layerExport(int64_t layer) { return "blk." + std::to_string(layer); }

class LockstepReader {
public:
  explicit LockstepReader(const SafetensorsFile &file) : file(file) {}

  Result<std::vector<LockstepLayer>> read() {
    for (const auto &[name, info] : file.tensors())
      if (Status status = add(name, info); !status)
        return status.error();
    std::vector<LockstepLayer> all;
    for (auto &[place, layer] : layers) {
      if (Status status = check(layer); !status)
        return status.error();
      all.push_back(std::move(layer));
    }
    if (all.empty())
      return Error{file.path() + ": has no layers"};
    return all;
  }

private:
  Status add(const std::string &tensor, const TensorInfo &info) {
    const std::string where = file.path() + ": tensor " + printable(tensor);
    std::optional<TensorName> name = parseName(tensor);
    if (!name)
      return Error{where + ": is none of prompt_N.layer_N.input, output, code_margin and cut_margin"};
    LockstepLayer &layer = layers[{name->prompt, name->layer}];
    layer.prompt = name->prompt;
    layer.layer = name->layer;
    std::vector<float> *into = name->field == "input"         ? &layer.input
                               : name->field == "output"      ? &layer.output
                               : name->field == "code_margin" ? &layer.codeMargin
                               : name->field == "cut_margin"  ? &layer.cutMargin
                                                              : nullptr;
    if (!into)
      return Error{where + ": is neither input, output, code_margin nor cut_margin"};
    bool isMargin = into == &layer.codeMargin || into == &layer.cutMargin;
    if (info.shape.size() != (isMargin ? 1 : 2) || info.elements() == 0)
      return Error{where + (isMargin ? ": is no list of numbers" : ": is no matrix")};
    if (uint64_t(info.elements()) > kMaxLockstepFloats)
      return Error{where + ": is too large"};
    into->resize(size_t(info.elements()));
    if (into == &layer.input)
      layer.rows = info.shape[0], layer.inputColumns = info.shape[1];
    if (into == &layer.output)
      layer.outputColumns = info.shape[1];
    return file.readFloats(info, 0, *into);
  }

  Status check(const LockstepLayer &layer) const {
    const std::string where = file.path() + ": " + layer.name();
    if (layer.input.empty() || layer.output.empty())
      return Error{where + ": has no " + (layer.input.empty() ? "input" : "output")};
    if (int64_t(layer.output.size()) != layer.rows * layer.outputColumns)
      return Error{where + ": has other rows in input and output"};
    for (const std::vector<float> *margins : {&layer.codeMargin, &layer.cutMargin})
      if (!margins->empty() && int64_t(margins->size()) != layer.rows)
        return Error{where + ": has margins for another number of rows"};
    return {};
  }

  const SafetensorsFile &file;
  std::map<std::pair<int64_t, int64_t>, LockstepLayer> layers;
};

/// The rows of a layer that are off by more than `tolerance`, in words; `of` says of which rows.
std::string rowsOff(const LockstepErrors &layer, const std::vector<bool> &judged, double tolerance) {
  size_t off = 0, all = 0, first = 0, worst = 0;
  for (size_t row = 0; row < layer.rows.size(); ++row) {
    all += judged[row];
    if (!judged[row] || layer.rows[row] <= tolerance)
      continue;
    if (off++ == 0)
      first = worst = row;
    if (layer.rows[row] > layer.rows[worst])
      worst = row;
  }
  std::string text = "prompt " + std::to_string(layer.layer->prompt) + ", layer " + std::to_string(layer.layer->layer) +
                     ", position " + std::to_string(first) + ": is off by " + inWords(layer.rows[first]) +
                     ", more than " + inWords(tolerance);
  if (off > 1)
    text += "; so are " + std::to_string(off) + " of " + std::to_string(all) + " rows" +
            (worst == first ? ", none more"
                            : ", most at position " + std::to_string(worst) + ", by " + inWords(layer.rows[worst]));
  return text;
}

} // namespace

std::string LockstepLayer::name() const {
  return "prompt_" + std::to_string(prompt) + ".layer_" + std::to_string(layer);
}

std::optional<std::vector<bool>> LockstepLayer::clearRows() const {
  if (codeMargin.empty() && cutMargin.empty())
    return std::nullopt;
  std::vector<bool> clear;
  bool all = true; // a NaN is not clear
  for (size_t row = 0; row < size_t(rows); ++row) {
    for (const std::vector<float> *margins : {&codeMargin, &cutMargin})
      all = all && (margins->empty() || (*margins)[row] > AgreementRules::kClear);
    clear.push_back(all);
  }
  return clear;
}

Result<std::vector<LockstepLayer>> readLockstep(const std::string &path) {
  Result<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return file.error();
  return LockstepReader(*file).read();
}

void judgeLockstep(std::span<const LockstepErrors> layers, const AgreementRules &rules, Agreement &agreement) {
  Json reports = Json::array();
  size_t judgedRows = 0, rowsThatAreOff = 0, rowsInAll = 0;
  double worstJudged = 0, worst = 0;
  std::vector<std::string> off;
  for (const LockstepErrors &each : layers) {
    std::optional<std::vector<bool>> clear = each.layer->clearRows();
    if (rules.onlyClearRows && !clear)
      agreement.notJudged.push_back(each.layer->name() + ": has no margins; which rows are clear is unknown");
    std::vector<bool> judged(each.rows.size(), !rules.onlyClearRows);
    if (rules.onlyClearRows && clear)
      judged = *clear;
    size_t offHere = 0;
    for (size_t row = 0; row < each.rows.size(); ++row) {
      worst = std::max(worst, each.rows[row]);
      worstJudged = judged[row] ? std::max(worstJudged, each.rows[row]) : worstJudged;
      offHere += judged[row] && !(each.rows[row] <= rules.row);
    }
    if (offHere)
      off.push_back(rowsOff(each, judged, rules.row));
    judgedRows += size_t(std::ranges::count(judged, true));
    rowsThatAreOff += offHere;
    rowsInAll += each.rows.size();
    if (!std::ranges::all_of(each.rows, [&](double error) { return error <= rules.worstRow; }))
      agreement.failures.push_back(rowsOff(each, std::vector<bool>(each.rows.size(), true), rules.worstRow) +
                                   "; no row at all may be");
    Json report = {{"prompt", each.layer->prompt},
                   {"layer", each.layer->layer},
                   {"relative_l2", each.rows},
                   {"judged", judged},
                   {"off", offHere}};
    for (auto [name, margins] :
         {std::pair{"code_margin", &each.layer->codeMargin}, std::pair{"cut_margin", &each.layer->cutMargin}})
      if (!margins->empty())
        report[name] = *margins;
    reports.push_back(std::move(report));
  }
  if (judgedRows == 0 && rowsInAll != 0)
    agreement.notJudged.push_back("rows to " + inWords(rules.row) + ": none is clear");
  size_t mayBeOff = rules.rowsForOneOff ? judgedRows / size_t(rules.rowsForOneOff) : 0;
  if (rowsThatAreOff > mayBeOff)
    for (const std::string &text : off)
      agreement.failures.push_back(text + " (of " + std::to_string(judgedRows) + (rules.onlyClearRows ? " clear" : "") +
                                   " rows in all layers " + std::to_string(rowsThatAreOff) + " are off, " +
                                   std::to_string(mayBeOff) + " may be)");
  agreement.report["layers"] = {{"rows", rowsInAll},         {"judged_rows", judgedRows},   {"off", rowsThatAreOff},
                                {"may_be_off", mayBeOff},    {"worst_judged", worstJudged}, {"worst", worst},
                                {"each", std::move(reports)}};
}

Status compareLockstep(const std::shared_ptr<Model> &model, uint64_t threads, std::span<const LockstepLayer> layers,
                       const AgreementRules &rules, Agreement &agreement) {
  Result<std::unique_ptr<StepRunner>> runner = StepRunner::create(model, threads);
  if (!runner)
    return runner.error();
  std::vector<LockstepErrors> errors;
  std::set<std::string> stored;
  for (const LockstepLayer &layer : layers) {
    std::string name = layerExport(layer.layer);
    bool isNew = stored.insert(name).second;
    Result<RowExport> through = findRowExport(*model, name);
    if (!through) {
      if (isNew)
        agreement.notJudged.push_back("layer " + std::to_string(layer.layer) + ": " + through.error().message);
      continue;
    }
    if (int64_t(through->inputColumns) != layer.inputColumns || int64_t(through->outputColumns) != layer.outputColumns)
      return Error{layer.name() + ": is " + std::to_string(layer.inputColumns) + " columns wide, and " + name + " of " +
                   model->path() + " " + std::to_string(through->inputColumns)};
    Result<std::vector<float>> outputs = applyRows(**runner, *through, layer.input);
    if (!outputs)
      return outputs.error();
    LockstepErrors &each = errors.emplace_back(LockstepErrors{&layer, {}});
    size_t columns = size_t(layer.outputColumns);
    for (size_t row = 0; row < size_t(layer.rows); ++row)
      each.rows.push_back(rowError(std::span(*outputs).subspan(row * columns, columns),
                                   std::span(layer.output).subspan(row * columns, columns)));
  }
  for (int64_t layer = 0; model->find(layerExport(layer)); ++layer)
    if (!stored.contains(layerExport(layer)))
      agreement.notJudged.push_back("layer " + std::to_string(layer) + ": is not among the stored layers");
  judgeLockstep(errors, rules, agreement);
  return {};
}

} // namespace tern
