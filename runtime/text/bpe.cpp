//===- bpe.cpp - Byte-pair encoding ---------------------------------------===//
#include "runtime/text/bpe.h"
#include "lib/base/text.h"

#include <algorithm>
#include <queue>

namespace tern {

static uint64_t pairKey(int32_t left, int32_t right) {
  return static_cast<uint64_t>(left) << 32 | static_cast<uint32_t>(right);
}

const Bpe::Merge *Bpe::mergeOf(int32_t left, int32_t right) const {
  auto at = merges.find(pairKey(left, right));
  return at == merges.end() ? nullptr : &at->second;
}

std::vector<int32_t> Bpe::firstSymbols(std::string_view piece) const {
  std::vector<int32_t> ids;
  ids.reserve(piece.size());
  bool lastUnknown = false;
  for (char byte : piece) {
    int32_t id = idOfByte[static_cast<uint8_t>(byte)];
    bool unknown = id < 0;
    if (unknown)
      id = lastUnknown && fuseUnknown ? -1 : unknownId;
    if (id >= 0)
      ids.push_back(id);
    lastUnknown = unknown;
  }
  return ids;
}

namespace {

/// A symbol of the piece being merged; the piece is a doubly linked list in an array.
struct Symbol {
  int32_t id;             ///< -1: merged into its left neighbour
  int32_t previous, next; ///< -1: none
};

/// A merge that was possible when it was queued.
struct Candidate {
  int32_t rank;
  int32_t position; ///< of the left symbol
  int32_t result;
};

/// std::priority_queue puts the greatest first.
struct LaterCandidate {
  bool operator()(const Candidate &a, const Candidate &b) const {
    return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
  }
};

} // namespace

void Bpe::encode(std::string_view piece, std::vector<int32_t> &ids) const {
  if (ignoreMerges)
    if (std::optional<int32_t> whole = tokens.idOfBytes(piece)) {
      ids.push_back(*whole);
      return;
    }

  std::vector<int32_t> first = firstSymbols(piece);
  std::vector<Symbol> symbols(first.size());
  std::vector<Candidate> storage;
  storage.reserve(first.size());
  std::priority_queue<Candidate, std::vector<Candidate>, LaterCandidate> queue({}, std::move(storage));
  auto propose = [&](int32_t left, int32_t right) {
    if (left >= 0 && right >= 0)
      if (const Merge *merge = mergeOf(symbols[left].id, symbols[right].id))
        queue.push({merge->rank, left, merge->result});
  };

  int32_t count = static_cast<int32_t>(first.size());
  for (int32_t i = 0; i < count; ++i)
    symbols[i] = {first[i], i - 1, i + 1 < count ? i + 1 : -1};
  for (int32_t i = 0; i + 1 < count; ++i)
    propose(i, i + 1);

  while (!queue.empty()) {
    Candidate best = queue.top();
    queue.pop();
    // Either symbol may have been merged since the candidate was queued.
    Symbol &left = symbols[best.position];
    if (left.id < 0 || left.next < 0)
      continue;
    const Merge *merge = mergeOf(left.id, symbols[left.next].id);
    if (!merge || merge->result != best.result)
      continue;
    Symbol &right = symbols[left.next];
    left.id = best.result;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0)
      symbols[left.next].previous = best.position;
    propose(left.previous, best.position);
    propose(best.position, left.next);
  }
  for (const Symbol &symbol : symbols)
    if (symbol.id >= 0)
      ids.push_back(symbol.id);
}

Status Bpe::readVocabulary(const Json &model, const std::string &name) {
  const Json *vocabulary = JsonFields(model, name).find("vocab");
  if (!vocabulary || !vocabulary->is_object() || vocabulary->empty())
    return Error{name + ": the field \"vocab\" must be an object of token to id"};
  tokens.reserve(vocabulary->size());
  for (auto entry = vocabulary->begin(); entry != vocabulary->end(); ++entry) {
    if (!entry->is_number_integer())
      return Error{name + ": the id of the token " + quote(entry.key()) + " must be an integer"};
    // An unsigned value past int64 wraps to a negative one, which add refuses.
    if (Status added = tokens.add(entry.key(), entry->get<int64_t>()); !added)
      return Error{name + ": vocab: " + added.error().message};
  }
  return {};
}

/// The two tokens of one entry of "merges": ["a", "b"] or "a b".
static bool readPair(const Json &entry, std::string_view &left, std::string_view &right) {
  if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
    left = entry[0].get_ref<const std::string &>();
    right = entry[1].get_ref<const std::string &>();
    return true;
  }
  if (!entry.is_string())
    return false;
  std::string_view text = entry.get_ref<const std::string &>();
  size_t blank = text.find(' ');
  if (blank == text.npos || text.find(' ', blank + 1) != text.npos)
    return false;
  left = text.substr(0, blank);
  right = text.substr(blank + 1);
  return true;
}

Status Bpe::readMerges(const Json &model, const std::string &name) {
  const Json *list = JsonFields(model, name).find("merges");
  if (!list || !list->is_array())
    return Error{name + ": the field \"merges\" must be an array"};
  merges.reserve(list->size());
  std::string joined;
  for (size_t i = 0; i < list->size(); ++i) {
    const Json &entry = (*list)[i];
    // merges.txt begins with a version line; some converters kept it.
    if (i == 0 && entry.is_string() && entry.get_ref<const std::string &>().starts_with("#version"))
      continue;
    std::string_view left, right;
    if (!readPair(entry, left, right))
      return Error{name + ": merge " + std::to_string(i) + " must be two tokens"};
    joined.assign(left).append(right);
    std::optional<int32_t> leftId = tokens.idOf(left), rightId = tokens.idOf(right);
    std::optional<int32_t> result = tokens.idOf(joined);
    if (!leftId || !rightId || !result)
      return Error{name + ": merge " + std::to_string(i) + " needs the token " +
                   quote(!leftId    ? left
                         : !rightId ? right
                                    : joined) +
                   ", which vocab lacks"};
    // A pair listed twice has its later rank, as in Hugging Face tokenizers.
    merges[pairKey(*leftId, *rightId)] = {static_cast<int32_t>(i), *result};
  }
  return {};
}

Result<Bpe> Bpe::fromJson(const Json &model, const std::string &name) {
  JsonFields fields(model, name);
  std::string type = fields.string("type", "BPE"); // old files leave it out
  if (Status status = fields.status(); !status)
    return status.error();
  if (type != "BPE")
    return Error{name + ": the type " + quote(type) + " is not supported; Tern reads BPE"};
  std::string unknown = fields.string("unk_token", "");
  if (fields.number("dropout", 0, 1, 0) != 0)
    fields.fail("\"dropout\" is not supported: it makes encoding random");
  if (fields.boolean("byte_fallback", false))
    fields.fail("\"byte_fallback\" is not supported: Tern reads byte-level BPE");
  for (const char *affix : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (!fields.string(affix, "").empty())
      fields.fail("\"" + std::string(affix) + "\" is not supported: Tern reads byte-level BPE");

  Bpe bpe;
  bpe.fuseUnknown = fields.boolean("fuse_unk", false);
  bpe.ignoreMerges = fields.boolean("ignore_merges", false);
  if (Status status = fields.status(); !status)
    return status.error();
  if (Status status = bpe.readVocabulary(model, name); !status)
    return status.error();
  if (Status status = bpe.readMerges(model, name); !status)
    return status.error();

  for (int byte = 0; byte < 256; ++byte)
    bpe.idOfByte[byte] = bpe.tokens.idOfBytes(std::string(1, static_cast<char>(byte))).value_or(-1);
  bool complete = std::ranges::none_of(bpe.idOfByte, [](int32_t id) { return id < 0; });
  if (!unknown.empty() && !complete) {
    std::optional<int32_t> id = bpe.tokens.idOf(unknown);
    if (!id)
      return Error{name + ": the unk_token " + quote(unknown) + " is not in vocab"};
    bpe.unknownId = *id;
  }
  return bpe;
}

} // namespace tern
