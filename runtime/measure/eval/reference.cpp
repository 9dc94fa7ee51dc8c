//===- reference.cpp - What a model should compute, by transformers -----------===//
#include "runtime/measure/eval/reference.h"

#include "lib/base/json.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <type_traits>

namespace tern {

namespace fs = std::filesystem;

static constexpr uint64_t kMaxReferenceBytes = 1 << 28;

template <typename T> static std::vector<T> numbers(JsonFields &fields, const char *key) {
  std::vector<T> values;
  const Json *array = fields.find(key);
  if (!array || !array->is_array()) {
    fields.fail("the field \"" + std::string(key) + "\" must be a list of numbers");
    return values;
  }
  for (const Json &item : *array) {
    bool fits = item.is_number();
    if constexpr (std::is_integral_v<T>)
      fits = item.is_number_integer() && item.get<int64_t>() >= std::numeric_limits<T>::min() &&
             item.get<int64_t>() <= std::numeric_limits<T>::max();
    if (!fits) {
      fields.fail("the field \"" + std::string(key) + "\" must be a list of numbers" +
                  std::string(std::is_integral_v<T> ? " that fit in 32 bits" : ""));
      return values;
    }
    values.push_back(item.get<T>());
  }
  return values;
}

/// The logits of a prompt whose ids are known.
static Status readLogits(ReferencePrompt &prompt, const std::string &name, const SafetensorsFile &tensors) {
  const TensorInfo *logits = tensors.find(name);
  if (!logits || logits->shape.empty())
    return Error{tensors.path() + ": has no tensor " + name};
  prompt.logitRows = logits->shape.size() == 1 ? 1 : logits->shape[0];
  if (prompt.logitRows < 1 || prompt.logitRows > int64_t(prompt.ids.size()))
    return Error{tensors.path() + ": tensor " + name + ": has more rows than the prompt has tokens"};
  prompt.logits.resize(size_t(logits->elements()));
  return tensors.readFloats(*logits, 0, prompt.logits);
}

static Result<ReferencePrompt> readPrompt(const Json &entry, const std::string &where, const SafetensorsFile &tensors,
                                          size_t index) {
  JsonFields fields(entry, where);
  ReferencePrompt prompt;
  prompt.name = std::to_string(index);
  prompt.ids = numbers<int32_t>(fields, "ids");
  prompt.greedy = numbers<int32_t>(fields, "greedy");
  prompt.greedyMargin = numbers<double>(fields, "greedy_margin");
  if (prompt.greedy.size() != prompt.greedyMargin.size() || prompt.ids.empty())
    fields.fail("needs ids, and one margin for each greedy token");
  if (Status status = fields.status(); !status)
    return status.error();
  if (Status status = readLogits(prompt, "logits_" + prompt.name, tensors); !status)
    return status.error();
  return prompt;
}

static Result<ReferencePerplexity> readPerplexity(const Json &entry, const std::string &where) {
  JsonFields fields(entry, where);
  ReferencePerplexity perplexity;
  perplexity.name = "perplexity";
  perplexity.ids = numbers<int32_t>(fields, "ids");
  perplexity.window = fields.integer("window", 1, 1 << 20);
  perplexity.meanNll = fields.number("nll_mean", 0, 1e6);
  if (perplexity.ids.size() < 2)
    fields.fail("needs at least two ids");
  if (Status status = fields.status(); !status)
    return status.error();
  return perplexity;
}

/// One prompt of a length that the others have not, with the logits of its end, the token that follows, and the mean
/// over all of its own tokens but the first: both a prompt and a window.
static Status readLongPrompt(const Json &entry, const std::string &where, const SafetensorsFile &tensors,
                             Reference &reference) {
  JsonFields fields(entry, where);
  ReferencePrompt prompt;
  prompt.name = "long";
  prompt.ids = numbers<int32_t>(fields, "ids");
  prompt.greedy = {
      int32_t(fields.integer("next", std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()))};
  prompt.greedyMargin = {fields.number("margin", 0, 1e6)};
  ReferencePerplexity window{.name = "long_prompt", .ids = prompt.ids, .window = int64_t(prompt.ids.size()) - 1};
  window.meanNll = fields.number("nll_mean", 0, 1e6);
  if (prompt.ids.size() < 2)
    fields.fail("needs at least two ids");
  if (Status status = fields.status(); !status)
    return status;
  if (Status status = readLogits(prompt, "long_logits", tensors); !status)
    return status;
  reference.prompts.push_back(std::move(prompt));
  reference.perplexities.push_back(std::move(window));
  return {};
}

Result<Reference> Reference::load(const std::string &given) {
  std::error_code ignored;
  fs::path path = fs::is_directory(given, ignored) ? fs::path(given) / "reference.json" : fs::path(given);
  Result<std::string> text = readFile(path.string(), kMaxReferenceBytes);
  if (!text)
    return text.error();
  Result<Json> json = parseJson(*text, path.string());
  if (!json)
    return json.error();
  Result<SafetensorsFile> tensors = SafetensorsFile::open(fs::path(path).replace_extension(".safetensors").string());
  if (!tensors)
    return tensors.error();
  JsonFields fields(*json, path.string());
  const Json *prompts = fields.find("prompts");
  if (!prompts || !prompts->is_array())
    return Error{path.string() + ": has no list of prompts"};
  Reference reference;
  reference.path = path.string();
  for (const Json &entry : *prompts) {
    size_t index = reference.prompts.size();
    Result<ReferencePrompt> prompt =
        readPrompt(entry, path.string() + ": prompts[" + std::to_string(index) + "]", *tensors, index);
    if (!prompt)
      return prompt.error();
    reference.prompts.push_back(std::move(*prompt));
  }
  if (const Json *entry = fields.find("perplexity")) {
    Result<ReferencePerplexity> perplexity = readPerplexity(*entry, path.string() + ": perplexity");
    if (!perplexity)
      return perplexity.error();
    reference.perplexities.push_back(std::move(*perplexity));
  }
  if (const Json *entry = fields.find("long_prompt"))
    if (Status status = readLongPrompt(*entry, path.string() + ": long_prompt", *tensors, reference); !status)
      return status.error();
  if (reference.prompts.empty() && reference.perplexities.empty())
    return Error{path.string() + ": has neither prompts nor a perplexity to compare with"};
  return reference;
}

/// Whether two runs are of the same texts: only then can they be compared.
static Status checkSameTexts(const Reference &single, const Reference &wide) {
  auto samePrompt = [](const ReferencePrompt &a, const ReferencePrompt &b) {
    return a.name == b.name && a.ids == b.ids && a.logits.size() == b.logits.size() && a.logitRows == b.logitRows;
  };
  if (!std::ranges::equal(single.prompts, wide.prompts, samePrompt))
    return Error{wide.path + ": has other prompts or logits of other positions than " + single.path};
  for (const ReferencePerplexity &each : wide.perplexities) {
    auto other = std::ranges::find(single.perplexities, each.name, &ReferencePerplexity::name);
    if (other == single.perplexities.end() || other->ids != each.ids || other->window != each.window)
      return Error{wide.path + ": " + each.name + ": has other windows than " + single.path};
  }
  return {};
}

Result<References> References::load(const std::string &given) {
  Result<Reference> single = Reference::load(given);
  if (!single)
    return single.error();
  References references;
  references.single = std::move(*single);
  std::error_code ignored;
  fs::path path = references.single.path, wide = path.parent_path() / (path.stem().string() + "64.json");
  if (fs::exists(wide, ignored)) {
    Result<Reference> loaded = Reference::load(wide.string());
    if (!loaded)
      return loaded.error();
    if (Status status = checkSameTexts(references.single, *loaded); !status)
      return status.error();
    references.wide = std::move(*loaded);
  }
  references.lockstepPath = (path.parent_path() / "lockstep.safetensors").string();
  if (fs::exists(references.lockstepPath, ignored)) {
    Result<std::vector<LockstepLayer>> layers = readLockstep(references.lockstepPath);
    if (!layers)
      return layers.error();
    references.lockstep = std::move(*layers);
  }
  return references;
}

} // namespace tern
