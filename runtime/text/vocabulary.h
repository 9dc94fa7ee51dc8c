//===- vocabulary.h - Tokens of a byte-level model and their ids ----------===//
#pragma once

#include "lib/base/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tern {

/// Ids of one tokenizer are below this: a bound on what a hostile file makes the tables take.
inline constexpr int32_t kTokenIdLimit = 1 << 22;

/// Lets an unordered_map of strings be searched with a string_view.
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using IdOfString = std::unordered_map<std::string, int32_t, StringHash, std::equal_to<>>;

/// The bytes that a token decodes to, after Hugging Face's ByteLevel decoder: the bytes that its
/// spelling writes in the byte alphabet, or the UTF-8 of the spelling if it leaves that alphabet.
std::string bytesOfToken(std::string_view spelling);

/// Token id <-> token. Movable, not copyable.
class Vocabulary {
public:
  Vocabulary() = default;
  Vocabulary(Vocabulary &&) = default;
  Vocabulary &operator=(Vocabulary &&) = default;

  void reserve(size_t tokens);
  /// Adds a token by its spelling in tokenizer.json. Errors, without a prefix: an id outside 0 ..
  /// kTokenIdLimit-1, an id or a token that is there already.
  Status add(std::string_view spelling, int64_t id);

  /// One past the highest id.
  int32_t size() const { return static_cast<int32_t>(bytesById.size()); }
  std::optional<int32_t> idOf(std::string_view spelling) const;
  /// The token that stands for exactly these bytes of text.
  std::optional<int32_t> idOfBytes(std::string_view bytes) const;
  /// What the token decodes to; null for an id that no token has.
  const std::string *bytesOf(int32_t id) const;

private:
  IdOfString byBytes;                         ///< tokens spelt in the byte alphabet, by the bytes they write
  IdOfString bySpelling;                      ///< the others: no text reaches them through the model
  std::vector<const std::string *> bytesById; ///< keys of the maps above
};

} // namespace tern
