//===- vocabulary.cpp - Tokens of a byte-level model and their ids --------===//
#include "runtime/text/vocabulary.h"
#include "lib/base/text.h"
#include "runtime/text/byte_level.h"

namespace tern {

std::string bytesOfToken(std::string_view spelling) {
  return bytesOfByteLevel(spelling).value_or(std::string(spelling));
}

void Vocabulary::reserve(size_t tokens) {
  byBytes.reserve(tokens);
  bytesById.reserve(tokens);
}

Status Vocabulary::add(std::string_view spelling, int64_t id) {
  if (id < 0 || id >= kTokenIdLimit)
    return Error{"the token " + quote(spelling) + " has the id " + std::to_string(id) + ", outside 0 to " +
                 std::to_string(kTokenIdLimit - 1)};
  if (static_cast<size_t>(id) >= bytesById.size())
    bytesById.resize(id + 1);
  if (bytesById[id])
    return Error{"two tokens have the id " + std::to_string(id) + ", one is " + quote(spelling)};

  std::optional<std::string> bytes = bytesOfByteLevel(spelling);
  auto [at, isNew] = bytes ? byBytes.emplace(std::move(*bytes), static_cast<int32_t>(id))
                           : bySpelling.emplace(std::string(spelling), static_cast<int32_t>(id));
  if (!isNew)
    return Error{"the token " + quote(spelling) + " is there twice"};
  bytesById[id] = &at->first;
  return {};
}

static std::optional<int32_t> find(const IdOfString &ids, std::string_view key) {
  auto at = ids.find(key);
  return at == ids.end() ? std::nullopt : std::optional(at->second);
}

std::optional<int32_t> Vocabulary::idOf(std::string_view spelling) const {
  std::optional<std::string> bytes = bytesOfByteLevel(spelling);
  return bytes ? find(byBytes, *bytes) : find(bySpelling, spelling);
}

std::optional<int32_t> Vocabulary::idOfBytes(std::string_view bytes) const { return find(byBytes, bytes); }

const std::string *Vocabulary::bytesOf(int32_t id) const { return id >= 0 && id < size() ? bytesById[id] : nullptr; }

} // namespace tern
