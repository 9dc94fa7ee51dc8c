//===- gguf_keys.cpp - Typed access to a GGUF file's keys -------------------===//
#include "lib/checkpoint/gguf_keys.h"

#include "lib/base/text.h"

#include <algorithm>
#include <cmath>

namespace tern {
namespace {

constexpr int64_t kMaxCount = int64_t(1) << 40;

/// What is said of the file, not of what it computes. general.architecture, .type and .alignment are read elsewhere.
constexpr std::string_view kHarmlessBeginnings[] = {"general.", "quantize.imatrix.", "imatrix.", "tokenizer.", "GGUF."};
/// Of an architecture.
constexpr std::string_view kHarmless[] = {
    "rope.scaling.finetuned",               // how it was trained
    "rope.scaling.original_context_length", // of types of scaling that read it
    "tensor_data_layout",                   // "Meta AI original pth": told of tensors by who wrote them
};

/// Keys of an architecture that change nothing with this value.
struct OnlyValue {
  std::string_view name;
  double value; ///< bools are 0 and 1
};
constexpr OnlyValue kOnly[] = {
    {"attention.causal", 1},
    {"attention.clamp_kqv", 0},
    {"attention.max_alibi_bias", 0},
    {"attention.scale", 0},
    {"attention.sliding_window", 0},
    {"attn_logit_softcapping", 0},
    {"embedding_scale", 1},
    {"expert_count", 0},
    {"expert_used_count", 0},
    {"final_logit_softcapping", 0},
    {"logit_scale", 1},
    {"pooling_type", 0},
    {"residual_scale", 1},
    {"rope.scaling.attn_factor", 1},
    {"use_parallel_residual", 0},
};

bool changesNothing(std::string_view name, const GgufValue &value) {
  if (std::ranges::find(kHarmless, name) != std::end(kHarmless))
    return true;
  std::optional<double> number;
  if (!value.isArray && value.kind != GgufKind::String)
    number = value.boolean() ? std::optional(double(*value.boolean())) : value.number();
  return std::ranges::any_of(kOnly, [&](const OnlyValue &only) { return name == only.name && number == only.value; });
}

} // namespace

const GgufValue *GgufKeys::find(const std::string &key) {
  asked.insert(key);
  return file.find(key);
}

const GgufValue *GgufKeys::find(const std::string &key, bool mayLack) {
  const GgufValue *value = find(key);
  if (!value && !mayLack)
    fail("has no key " + key);
  return value;
}

void GgufKeys::fail(const std::string &problem) { found.push_back(problem); }

void GgufKeys::fail(std::string_view name, const std::string &supported) {
  std::string key = prefix + std::string(name);
  const GgufValue *value = file.find(key);
  fail(key + " is " + (value ? value->text() : "absent") + ", but only this is supported: " + supported);
}

int64_t GgufKeys::integer(std::string_view name, std::optional<int64_t> otherwise) {
  std::string key = prefix + std::string(name);
  const GgufValue *value = find(key, otherwise.has_value());
  if (!value)
    return otherwise.value_or(0);
  std::optional<int64_t> first = value->count > 0 ? value->integer() : std::nullopt;
  if (!first || *first < 0 || *first > kMaxCount) {
    fail(key + " is " + value->text() + ", but must be a number from 0 to " + std::to_string(kMaxCount));
    return otherwise.value_or(0);
  }
  for (uint64_t i = 1; i < value->count; ++i)
    if (value->integer(i) != first) {
      fail(key + " is " + value->text() + " that differ, but layers of different sizes are not supported");
      break;
    }
  return *first;
}

double GgufKeys::number(std::string_view name, std::optional<double> otherwise) {
  std::string key = prefix + std::string(name);
  const GgufValue *value = find(key, otherwise.has_value());
  if (!value)
    return otherwise.value_or(0);
  std::optional<double> number = value->isArray ? std::nullopt : value->number();
  if (!number || !std::isfinite(*number))
    fail(key + " is " + value->text() + ", but must be a finite number");
  return number && std::isfinite(*number) ? *number : otherwise.value_or(0);
}

std::string GgufKeys::string(std::string_view name, std::string otherwise) {
  std::string key = prefix + std::string(name);
  const GgufValue *value = find(key);
  if (!value)
    return otherwise;
  std::optional<std::string_view> text = value->isArray ? std::nullopt : value->string();
  if (!text)
    fail(key + " is " + value->text() + ", but must be a string");
  return text ? std::string(*text) : otherwise;
}

std::optional<int64_t> GgufKeys::token(std::string_view name, int64_t vocabulary) {
  std::string key = "tokenizer.ggml." + std::string(name);
  const GgufValue *value = find(key);
  if (!value)
    return std::nullopt;
  std::optional<int64_t> id = value->isArray ? std::nullopt : value->integer();
  if (!id || *id < 0 || *id >= vocabulary)
    fail(key + " is " + value->text() + ", which is no token of a vocabulary of " + std::to_string(vocabulary));
  return id;
}

void GgufKeys::refuseOtherKinds() {
  if (const GgufValue *type = find("general.type"); type && type->text() != "\"model\"")
    fail("general.type is " + type->text() + ", but only a whole \"model\" is supported");
  // What is said of parts has been acted on where they were opened.
  find("split.count");
  find("split.no");
  find("split.tensors.count");
}

void GgufKeys::refuseUnknown() {
  for (const auto &[key, value] : file.contents().values) {
    bool known = asked.contains(key) || std::ranges::any_of(kHarmlessBeginnings, [&](std::string_view beginning) {
                   return key.starts_with(beginning);
                 });
    if (known || (key.starts_with(prefix) && changesNothing(key.substr(prefix.size()), value)))
      continue;
    fail("the key " + quote(key) + " is " + value.text() +
         ", which is not supported: it may change what the model computes");
  }
}

} // namespace tern
