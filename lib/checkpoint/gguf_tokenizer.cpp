//===- gguf_tokenizer.cpp - The tokenizer of a GGUF file --------------------===//
#include "lib/checkpoint/gguf_tokenizer.h"

#include "lib/base/json.h"
#include "lib/base/text.h"

#include <algorithm>
#include <map>

namespace tern {
namespace {

/// What tokenizer.ggml.pre stands for: patterns that cut a text one after the other (llama.cpp, llama-vocab.cpp, as
/// Hugging Face's tokenizers spell them).
struct Pattern {
  std::vector<std::string_view> names;
  std::vector<std::string_view> expressions;
  /// Llama 3's group: a piece that is a token is taken as it is, and a text begins with bos unless a key says
  /// otherwise.
  bool likeLlama3;
};

#define TERN_CONTRACTIONS "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
constexpr std::string_view kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))";

const Pattern kPatterns[] = {
    {{"llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "lfm2", "midm-2.0"},
     {TERN_CONTRACTIONS R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
     true},
    {{"qwen2", "deepseek-r1-qwen", "stablelm2", "hunyuan"},
     {TERN_CONTRACTIONS R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
     false},
    {{"qwen35"},
     {TERN_CONTRACTIONS
      R"(|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
     false},
    {{"gpt-2"}, {kGpt2}, false},
    {{"default"}, {R"([\p{P}\$\+<=>\^~\|]+)", kGpt2, R"(\p{N}+)", "[0-9][0-9][0-9]"}, false},
    {{"falcon"}, {R"([\p{P}\$\+<=>\^~\|`]+)", kGpt2, "[0-9][0-9][0-9]"}, false},
    {{"starcoder", "smollm", "refact"}, {R"(\p{N})", kGpt2}, false},
};

const Pattern *findPattern(std::string_view name) {
  for (const Pattern &pattern : kPatterns)
    if (std::ranges::find(pattern.names, name) != pattern.names.end())
      return &pattern;
  return nullptr;
}

/// tokenizer.ggml.token_type.
enum TokenType : int64_t { kControl = 3, kUserDefined = 4 };

/// Keys that change no ids, or are read elsewhere (gguf_config.cpp: the ids of bos and of what ends a text).
constexpr std::string_view kHarmless[] = {
    "bos_token_id",       "eos_token_id",     "eot_token_id",     "eom_token_id",     "unknown_token_id",
    "padding_token_id",   "mask_token_id",    "cls_token_id",     "scores",           "seperator_token_id",
    "separator_token_id", "token_type_count", "fim_pre_token_id", "fim_suf_token_id", "fim_mid_token_id",
    "fim_pad_token_id",   "fim_rep_token_id", "fim_sep_token_id",
};
/// Keys that change nothing while they are false.
constexpr std::string_view kOnlyFalse[] = {"add_sep_token", "add_space_prefix", "remove_extra_whitespaces"};

constexpr std::string_view kPrefix = "tokenizer.ggml.";

bool isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i]);
    size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || length > text.size() - i)
      return false;
    for (size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80)
        return false;
    auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0; // overlong, surrogates, past U+10FFFF
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second > 0x8f))
      return false;
    i += length;
  }
  return true;
}

class Translator {
public:
  Translator(const GgufFile &file, std::vector<std::string> &notes) : file(file), notes(notes) {}

  Result<std::string> translate() {
    const GgufValue *model = find("model");
    if (!model || model->text() == "\"none\"")
      return std::string();
    if (model->text() != "\"gpt2\"")
      return failure("model", *model, "byte-level BPE (\"gpt2\")");
    Status status = checkKeys();
    const Pattern *pattern = nullptr;
    if (status)
      status = choosePattern(pattern);
    if (status)
      status = readTokens();
    if (status)
      status = readMerges();
    if (status)
      status = readTemplate(*pattern);
    if (!status)
      return status.error();
    json["version"] = "1.0";
    json["normalizer"] = nullptr;
    Json steps = Json::array();
    for (std::string_view expression : pattern->expressions)
      steps.push_back(
          {{"type", "Split"}, {"pattern", {{"Regex", expression}}}, {"behavior", "Isolated"}, {"invert", false}});
    Json byteLevel = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}};
    steps.push_back(byteLevel);
    json["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", steps}};
    json["decoder"] = byteLevel;
    json["model"]["type"] = "BPE";
    json["model"]["ignore_merges"] = pattern->likeLlama3;
    return jsonText(json);
  }

private:
  const GgufValue *find(std::string_view name) const { return file.find(std::string(kPrefix) + std::string(name)); }
  Error failure(std::string_view name, const GgufValue &value, const std::string &supported) const {
    return Error{file.path() + ": " + std::string(kPrefix) + std::string(name) + " is " + value.text() +
                 ", but only this is supported: " + supported};
  }
  Error failure(const std::string &what) const { return Error{file.path() + ": " + what}; }

  Status checkKeys() const {
    constexpr std::string_view kRead[] = {"model",  "pre",           "tokens",       "token_type",
                                          "merges", "add_bos_token", "add_eos_token"};
    for (const auto &[key, value] : file.contents().values) {
      if (!key.starts_with(kPrefix))
        continue; // chat templates, and tokenizer.json once more
      std::string_view name = key.substr(kPrefix.size());
      bool isOnlyFalse = std::ranges::find(kOnlyFalse, name) != std::end(kOnlyFalse);
      if (std::ranges::find(kRead, name) != std::end(kRead) ||
          std::ranges::find(kHarmless, name) != std::end(kHarmless) ||
          (isOnlyFalse && !value.isArray && value.boolean() == false))
        continue;
      if (isOnlyFalse)
        return failure(name, value, "false");
      return failure("the key " + quote(key) + " is not known: it may change the ids of a text");
    }
    return {};
  }

  Status choosePattern(const Pattern *&pattern) {
    if (const GgufValue *pre = find("pre")) {
      std::optional<std::string_view> name = pre->isArray ? std::nullopt : pre->string();
      pattern = name ? findPattern(*name) : nullptr;
      std::string known;
      for (const Pattern &each : kPatterns)
        for (std::string_view other : each.names)
          known += (known.empty() ? "" : ", ") + std::string(other);
      return pattern ? Status() : Status(failure("pre", *pre, known));
    }
    // The published file of BitNet b1.58 2B4T has none; llama.cpp would cut it by "default" and get other ids.
    const GgufValue *architecture = file.find("general.architecture"), *tokens = find("tokens");
    constexpr uint64_t kLlama3Tokens = 128256;
    std::string name = architecture ? architecture->text() : "";
    if (name != "\"bitnet-b1.58\"" && name != "\"bitnet-25\"" && !(tokens && tokens->count == kLlama3Tokens))
      return failure("has no tokenizer.ggml.pre, which says how a text is cut before its pieces become tokens");
    notes.push_back("has no tokenizer.ggml.pre, and is read as llama-bpe, Llama 3's");
    pattern = findPattern("llama-bpe");
    return {};
  }

  /// Control and user-defined tokens are matched in a text before it is cut; no merge makes the former.
  Status readTokens() {
    const GgufValue *tokens = find("tokens"), *types = find("token_type");
    if (!tokens || !tokens->isArray || tokens->kind != GgufKind::String)
      return failure("has no array of strings tokenizer.ggml.tokens");
    if (types && (!types->isArray || types->count != tokens->count ||
                  (types->kind != GgufKind::I32 && types->kind != GgufKind::U32)))
      return failure("token_type", *types, "an i32 for each of the " + std::to_string(tokens->count) + " tokens");
    Json &vocabulary = json["model"]["vocab"] = Json::object();
    json["added_tokens"] = Json::array();
    std::map<std::string_view, uint64_t> known;
    for (uint64_t id = 0; id < tokens->count; ++id) {
      std::string_view text = tokens->strings[id];
      if (!isUtf8(text))
        return failure("token " + std::to_string(id) + " is no UTF-8, which is not supported");
      if (auto [first, isNew] = known.emplace(text, id); !isNew)
        return failure("tokens " + std::to_string(first->second) + " and " + std::to_string(id) + " are both " +
                       quote(text));
      int64_t type = types ? types->integer(id).value_or(0) : 0;
      if (type != kControl)
        vocabulary[std::string(text)] = id;
      if (type != kControl && type != kUserDefined)
        continue;
      json["added_tokens"].push_back({{"id", id},
                                      {"content", text},
                                      {"single_word", false},
                                      {"lstrip", false},
                                      {"rstrip", false},
                                      {"normalized", false},
                                      {"special", type == kControl}});
    }
    return {};
  }

  Status readMerges() {
    const GgufValue *merges = find("merges");
    if (!merges || !merges->isArray || merges->kind != GgufKind::String)
      return failure("has no array of strings tokenizer.ggml.merges");
    Json &pairs = json["model"]["merges"] = Json::array();
    for (uint64_t i = 0; i < merges->count; ++i) {
      std::string_view merge = merges->strings[i];
      size_t blank = merge.find(' ', 1);
      if (blank == merge.npos || blank + 1 == merge.size() || !isUtf8(merge))
        return failure("merge " + std::to_string(i) + " is " + quote(merge) +
                       ", and not two parts with a blank between");
      pairs.push_back({merge.substr(0, blank), merge.substr(blank + 1)});
    }
    return {};
  }

  /// The ids that go around a text.
  Status readTemplate(const Pattern &pattern) {
    Json parts = Json::array(), specials = Json::object();
    bool before = pattern.likeLlama3, after = false;
    for (auto [key, wanted] : {std::pair{"add_bos_token", &before}, std::pair{"add_eos_token", &after}})
      if (const GgufValue *value = find(key)) {
        if (value->isArray || !value->boolean())
          return failure(key, *value, "a bool");
        *wanted = *value->boolean();
      }
    auto add = [&](const char *key) -> Status {
      const GgufValue *value = find(key), *tokens = find("tokens");
      std::optional<int64_t> id = value && !value->isArray ? value->integer() : std::nullopt;
      if (!id || *id < 0 || uint64_t(*id) >= tokens->count)
        return failure("adds a token to each text, but tokenizer.ggml." + std::string(key) + " is " +
                       (value ? value->text() : "absent"));
      std::string text(tokens->strings[size_t(*id)]);
      parts.push_back({{"SpecialToken", {{"id", text}, {"type_id", 0}}}});
      specials[text] = {{"id", text}, {"ids", {*id}}, {"tokens", {text}}};
      return {};
    };
    if (Status status = before ? add("bos_token_id") : Status(); !status)
      return status;
    parts.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
    if (Status status = after ? add("eos_token_id") : Status(); !status)
      return status;
    json["post_processor"] = nullptr;
    if (before || after)
      json["post_processor"] = {
          {"type", "TemplateProcessing"}, {"single", parts}, {"pair", Json::array()}, {"special_tokens", specials}};
    return {};
  }

  const GgufFile &file;
  std::vector<std::string> &notes;
  Json json = Json::object();
};

} // namespace

Result<std::string> translateGgufTokenizer(const GgufFile &file, std::vector<std::string> &notes) {
  return Translator(file, notes).translate();
}

} // namespace tern
