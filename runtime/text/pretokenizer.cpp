//===- pretokenizer.cpp - Cutting text into the pieces that BPE merges ----===//
#include "runtime/text/pretokenizer.h"
#include "lib/base/text.h"
#include "runtime/text/byte_level.h"

#include <optional>

namespace tern {

/// GPT-2's pattern, which ByteLevel applies unless "use_regex" is false.
static constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

static std::optional<SplitBehavior> behaviorNamed(std::string_view name) {
  static constexpr std::pair<std::string_view, SplitBehavior> kNames[] = {
      {"Removed", SplitBehavior::Removed},
      {"Isolated", SplitBehavior::Isolated},
      {"MergedWithPrevious", SplitBehavior::MergedWithPrevious},
      {"MergedWithNext", SplitBehavior::MergedWithNext},
      {"Contiguous", SplitBehavior::Contiguous},
  };
  for (const auto &[known, behavior] : kNames)
    if (name == known)
      return behavior;
  return std::nullopt;
}

/// "pattern": {"Regex": ...} or {"String": ...}.
static Result<SplitRule> readSplit(JsonFields &fields, const std::string &name) {
  std::string behaviorName = fields.string("behavior");
  bool invert = fields.boolean("invert", false);
  if (Status status = fields.status(); !status)
    return status.error();
  std::optional<SplitBehavior> behavior = behaviorNamed(behaviorName);
  if (!behavior)
    return Error{name + ": the behavior " + quote(behaviorName) + " is not known"};

  const Json *pattern = fields.find("pattern");
  bool isMember = pattern && pattern->is_object() && pattern->size() == 1 && pattern->begin()->is_string();
  std::string kind = isMember ? pattern->begin().key() : "";
  if (kind != "Regex" && kind != "String")
    return Error{name + ": the field \"pattern\" must be {\"Regex\": text} or {\"String\": text}"};
  const std::string &text = pattern->begin()->get_ref<const std::string &>();
  if (kind == "String" && !text.empty()) // the empty one matches before every character, as a regular expression does
    return SplitRule{text, *behavior, invert};
  Result<Regex> regex = Regex::compile(text);
  if (!regex)
    return Error{name + ": the regular expression " + quote(text) + ": " + regex.error().message};
  return SplitRule{std::move(*regex), *behavior, invert};
}

Status PreTokenizer::readByteLevel(const JsonFields &byteLevel, const std::string &name) {
  JsonFields fields = byteLevel;
  bool addPrefixBlank = fields.boolean("add_prefix_space", true);
  bool useRegex = fields.boolean("use_regex", true);
  if (Status status = fields.status(); !status)
    return status;
  if (spellsBytes)
    return Error{name + ": two ByteLevel in one pre-tokeniser are not supported"};
  spellsBytes = true;
  if (addPrefixBlank)
    steps.push_back(AddPrefixBlank{});
  if (useRegex) {
    Result<Regex> regex = Regex::compile(kGpt2Pattern);
    if (!regex)
      return Error{name + ": " + regex.error().message};
    steps.push_back(SplitRule{std::move(*regex), SplitBehavior::Isolated});
  }
  steps.push_back(SpellBytes{});
  return {};
}

Status PreTokenizer::read(const Json &pretokenizer, const std::string &name) {
  JsonFields fields(pretokenizer, name);
  std::string type = fields.string("type");
  if (Status status = fields.status(); !status)
    return status;
  if (type == "ByteLevel")
    return readByteLevel(fields, name);
  if (type == "Split") {
    Result<SplitRule> rule = readSplit(fields, name);
    if (!rule)
      return rule.error();
    steps.push_back(std::move(*rule));
    return {};
  }
  if (type == "Digits") {
    bool individual = fields.boolean("individual_digits", false);
    steps.push_back(
        SplitRule{CharacterClass::Digits, individual ? SplitBehavior::Isolated : SplitBehavior::Contiguous});
    return fields.status();
  }
  if (type == "Punctuation") {
    std::string behavior = fields.string("behavior", "Isolated");
    if (std::optional<SplitBehavior> known = behaviorNamed(behavior))
      steps.push_back(SplitRule{CharacterClass::Punctuation, *known});
    else
      fields.fail("the behavior " + quote(behavior) + " is not known");
    return fields.status();
  }
  if (type != "Sequence")
    return Error{name + ": the type " + quote(type) +
                 " is not supported; Tern knows ByteLevel, Split, Digits, Punctuation and Sequence"};
  const Json *members = fields.find("pretokenizers");
  if (!members || !members->is_array())
    return Error{name + ": the field \"pretokenizers\" must be an array"};
  for (const Json &member : *members)
    if (Status status = read(member, name); !status)
      return status;
  return {};
}

Result<PreTokenizer> PreTokenizer::fromJson(const Json *pretokenizer, const std::string &name) {
  PreTokenizer result;
  if (pretokenizer)
    if (Status status = result.read(*pretokenizer, name); !status)
      return status.error();
  if (!result.spellsBytes)
    return Error{name + ": there is no ByteLevel; Tern reads byte-level BPE"};
  // Nothing would see the spelling: then the bytes can stay as they are.
  if (std::holds_alternative<SpellBytes>(result.steps.back())) {
    result.steps.pop_back();
    result.spellsBytes = false;
  }
  return result;
}

/// A text made anew piece by piece: `rewrite` appends what a piece becomes.
template <typename Rewrite> static TextPieces rewritten(const TextPieces &old, Rewrite rewrite) {
  TextPieces result;
  result.text.reserve(old.text.size() + old.ranges.size());
  for (TextRange range : old.ranges) {
    size_t begin = result.text.size();
    rewrite(result.text, old.piece(range));
    result.ranges.push_back({begin, result.text.size()});
  }
  return result;
}

Result<TextPieces> PreTokenizer::split(std::string_view text) const {
  TextPieces pieces{std::string(text), {}};
  if (!text.empty())
    pieces.ranges.push_back({0, text.size()});
  for (const Step &step : steps) {
    if (const SplitRule *rule = std::get_if<SplitRule>(&step)) {
      std::vector<TextRange> parts;
      for (TextRange range : pieces.ranges)
        if (Status cut = rule->cut(pieces.text, range, parts); !cut)
          return cut.error();
      pieces.ranges = std::move(parts);
    } else if (std::holds_alternative<AddPrefixBlank>(step)) {
      pieces = rewritten(pieces, [](std::string &out, std::string_view piece) {
        if (!piece.starts_with(' '))
          out += ' ';
        out += piece;
      });
    } else {
      pieces = rewritten(pieces, appendByteLevel);
    }
  }
  if (spellsBytes)
    pieces = rewritten(pieces, [](std::string &out, std::string_view piece) {
      out += *bytesOfByteLevel(piece); // every character came from appendByteLevel
    });
  return pieces;
}

} // namespace tern
