//===- tokenizer.cpp - Text to token ids and back -------------------------===//
#include "runtime/text/tokenizer.h"
#include "lib/base/text.h"
#include "runtime/text/utf8.h"

#include <algorithm>

namespace tern {

/// Positions in a piece are int32.
static constexpr size_t kMaxTextBytes = size_t(1) << 30;

Tokenizer::Tokenizer(Bpe model, Normalizer normalizer, AddedTokens added, PreTokenizer pretokenizer,
                     PostProcessor postprocessor)
    : model(std::move(model)), normalizer(normalizer), added(std::move(added)), pretokenizer(std::move(pretokenizer)),
      postprocessor(std::move(postprocessor)) {}

/// Only ByteLevel, alone or in a Sequence; Fuse joins strings, which are joined anyway. `count` of
/// the ByteLevels.
static Status checkDecoder(const Json &decoder, const std::string &name, int &count) {
  JsonFields fields(decoder, name);
  std::string type = fields.string("type");
  if (Status status = fields.status(); !status)
    return status;
  if (type == "ByteLevel") {
    ++count;
    return {};
  }
  if (type == "Fuse")
    return {};
  if (type != "Sequence")
    return Error{name + ": the type " + quote(type) + " is not supported; Tern knows ByteLevel, Fuse and Sequence"};
  const Json *members = fields.find("decoders");
  if (!members || !members->is_array())
    return Error{name + ": the field \"decoders\" must be an array"};
  for (const Json &member : *members)
    if (Status status = checkDecoder(member, name, count); !status)
      return status;
  return {};
}

Result<Tokenizer> Tokenizer::fromJson(std::string_view text, const std::string &name) {
  Result<Json> json = parseJson(text, name);
  if (!json)
    return json.error();
  JsonFields fields(*json, name);
  if (Status status = fields.status(); !status)
    return status.error();
  const Json *modelJson = fields.find("model");
  if (!modelJson)
    return Error{name + ": has no field \"model\""};

  // The small parts first: they say soonest what kind of tokenizer this is.
  int byteLevels = 0;
  if (const Json *decoder = fields.find("decoder"))
    if (Status status = checkDecoder(*decoder, name + ": decoder", byteLevels); !status)
      return status.error();
  if (byteLevels != 1)
    return Error{name + ": decoder: must have one ByteLevel; Tern reads byte-level BPE"};
  Result<Normalizer> normalizer = Normalizer::fromJson(fields.find("normalizer"), name + ": normalizer");
  if (!normalizer)
    return normalizer.error();
  Result<PreTokenizer> pretokenizer = PreTokenizer::fromJson(fields.find("pre_tokenizer"), name + ": pre_tokenizer");
  if (!pretokenizer)
    return pretokenizer.error();
  Result<PostProcessor> postprocessor =
      PostProcessor::fromJson(fields.find("post_processor"), name + ": post_processor");
  if (!postprocessor)
    return postprocessor.error();
  Result<Bpe> model = Bpe::fromJson(*modelJson, name + ": model");
  if (!model)
    return model.error();
  Result<AddedTokens> added =
      AddedTokens::fromJson(fields.find("added_tokens"), model->vocabulary(), *normalizer, name + ": added_tokens");
  if (!added)
    return added.error();

  Tokenizer tokenizer(std::move(*model), *normalizer, std::move(*added), std::move(*pretokenizer),
                      std::move(*postprocessor));
  for (const std::vector<int32_t> *ids : {&tokenizer.postprocessor.before(), &tokenizer.postprocessor.after()})
    for (int32_t id : *ids)
      if (!tokenizer.model.vocabulary().bytesOf(id) && !tokenizer.added.bytesOf(id))
        return Error{name + ": post_processor: no token has the id " + std::to_string(id)};
  return tokenizer;
}

Result<Tokenizer> Tokenizer::fromJson(std::span<const std::byte> json, const std::string &name) {
  return fromJson(std::string_view(reinterpret_cast<const char *>(json.data()), json.size()), name);
}

Status Tokenizer::encodeText(std::string_view text, bool special, std::vector<int32_t> &ids) const {
  Result<std::string> normal = normalizer.apply(text);
  if (!normal)
    return normal.error();
  std::vector<TextSegment> segments;
  added.split(*normal, AddedTokens::Normalized, special, segments);
  for (const TextSegment &segment : segments) {
    if (segment.id >= 0) {
      ids.push_back(segment.id);
      continue;
    }
    Result<TextPieces> pieces = pretokenizer.split(
        std::string_view(*normal).substr(segment.range.begin, segment.range.end - segment.range.begin));
    if (!pieces)
      return pieces.error();
    for (TextRange range : pieces->ranges)
      model.encode(pieces->piece(range), ids);
  }
  return {};
}

Result<std::vector<int32_t>> Tokenizer::encode(std::string_view text, bool addSpecialTokens, Specials specials) const {
  if (text.size() >= kMaxTextBytes)
    return Error{"the text has " + formatBytes(text.size()) + "; the tokenizer takes less than 1 GiB at once"};
  std::string repaired;
  repaired.reserve(text.size());
  appendRepairedUtf8(repaired, text);

  std::vector<int32_t> ids;
  if (addSpecialTokens)
    ids = postprocessor.before();
  std::vector<TextSegment> segments;
  bool special = specials == Specials::Tokens;
  added.split(repaired, AddedTokens::Raw, special, segments);
  for (const TextSegment &segment : segments) {
    if (segment.id >= 0) {
      ids.push_back(segment.id);
      continue;
    }
    std::string_view part =
        std::string_view(repaired).substr(segment.range.begin, segment.range.end - segment.range.begin);
    if (Status status = encodeText(part, special, ids); !status)
      return status.error();
  }
  if (addSpecialTokens)
    ids.insert(ids.end(), postprocessor.after().begin(), postprocessor.after().end());
  return ids;
}

bool Tokenizer::hasToken(int32_t id) const { return added.bytesOf(id) || model.vocabulary().bytesOf(id); }

std::string_view Tokenizer::decode(int32_t id) const {
  const std::string *bytes = added.bytesOf(id);
  if (!bytes)
    bytes = model.vocabulary().bytesOf(id);
  return bytes ? std::string_view(*bytes) : std::string_view();
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skipSpecial) const {
  std::string bytes, text;
  for (int32_t id : ids)
    if (!skipSpecial || !isSpecial(id))
      bytes += decode(id);
  appendRepairedUtf8(text, bytes);
  return text;
}

int32_t Tokenizer::vocabSize() const { return std::max(model.vocabulary().size(), added.size()); }

std::optional<int32_t> Tokenizer::idOf(std::string_view token) const {
  std::optional<int32_t> id = added.idOf(token);
  return id ? id : model.vocabulary().idOf(token);
}

} // namespace tern
