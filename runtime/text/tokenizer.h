//===- tokenizer.h - Text to token ids and back ---------------------------===//
//
// A byte-level BPE tokenizer from the tokenizer.json of a checkpoint, which gives the ids that
// Hugging Face tokenizers gives:
//
//   text -> added tokens -> normalizer -> added tokens -> pre_tokenizer -> model -> post_processor
//   -> ids
//
// Each of these has a header of its own that says what of it is supported; what is not is an error at
// load. "truncation" and "padding" are ignored, as transformers does unless it is asked for them.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"
#include "runtime/text/added_tokens.h"
#include "runtime/text/bpe.h"
#include "runtime/text/normalizer.h"
#include "runtime/text/postprocessor.h"
#include "runtime/text/pretokenizer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// Movable, not copyable. Threads may share a const one.
class Tokenizer {
public:
  /// `json` is the text of a tokenizer.json; every error begins with `name` and names the field.
  static Result<Tokenizer> fromJson(std::string_view json, const std::string &name = "tokenizer.json");
  static Result<Tokenizer> fromJson(std::span<const std::byte> json, const std::string &name = "tokenizer.json");

  /// Whether the text of a special token ("<|eot_id|>") in a text is that token. What somebody else wrote must not be
  /// able to end a turn.
  enum class Specials { Tokens, Text };
  /// The ids of a text; added tokens that occur in it are matched, special ones as `specials` says. Ill-formed UTF-8 is
  /// read as U+FFFD, one for each maximal subpart, as Rust's from_utf8_lossy does. With `addSpecialTokens` the
  /// post-processor puts its tokens around (a bos, say). Errors: a text of 1 GiB or more; a text that takes a regular
  /// expression past its limits.
  Result<std::vector<int32_t>> encode(std::string_view text, bool addSpecialTokens,
                                      Specials specials = Specials::Tokens) const;

  /// Whether some token has this id. A model's vocabulary may be larger than its tokenizer's.
  bool hasToken(int32_t id) const;
  /// The bytes of one token: often no whole UTF-8 (StreamDecoder puts them together). Empty for an
  /// id that no token has.
  std::string_view decode(int32_t id) const;
  /// The text of the ids; bytes that are no UTF-8 become U+FFFD.
  std::string decode(std::span<const int32_t> ids, bool skipSpecial) const;

  /// One past the highest id.
  int32_t vocabSize() const;
  /// Whether the id is that of an added token marked special.
  bool isSpecial(int32_t id) const { return added.isSpecial(id); }
  /// The id of a token as tokenizer.json spells it.
  std::optional<int32_t> idOf(std::string_view token) const;

private:
  Tokenizer(Bpe model, Normalizer normalizer, AddedTokens added, PreTokenizer pretokenizer,
            PostProcessor postprocessor);
  Status encodeText(std::string_view text, bool special, std::vector<int32_t> &ids) const;

  Bpe model;
  Normalizer normalizer;
  AddedTokens added;
  PreTokenizer pretokenizer;
  PostProcessor postprocessor;
};

} // namespace tern
