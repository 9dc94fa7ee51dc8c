//===- regex.cpp - Compiled patterns of a tokenizer -----------------------===//
#define PCRE2_CODE_UNIT_WIDTH 8
#include "runtime/text/regex.h"
#include "lib/base/text.h"
#include "runtime/text/regex_syntax.h"
#include "runtime/text/utf8.h"

#include <pcre2.h>

#include <array>
#include <string>

namespace tern {

static_assert(PCRE2_MAJOR > 10 || PCRE2_MINOR >= 40, "boolean properties came with PCRE2 10.40");

static constexpr size_t kMaxPatternLength = 65'536;
static constexpr uint32_t kHeapLimitKib = 64 * 1024;

void Regex::Release::operator()(pcre2_real_code_8 *code) const { pcre2_code_free(code); }
void Regex::Release::operator()(pcre2_real_match_context_8 *limits) const { pcre2_match_context_free(limits); }

static std::string pcre2Message(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char *>(text.data());
}

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > kMaxPatternLength)
    return Error{"is longer than " + std::to_string(kMaxPatternLength) + " bytes"};
  Result<std::string> translated = pcre2FromOniguruma(pattern);
  if (!translated)
    return translated.error();

  std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> context(
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int failure = 0;
  PCRE2_SIZE offset = 0;
  Regex regex;
  regex.code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated->data()), translated->size(),
                                 PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &failure, &offset,
                                 context.get()));
  if (!regex.code) // the offset is one of the translation
    return Error{pcre2Message(failure) + ", after " + quote(std::string_view(*translated).substr(0, offset))};
  // Without a just-in-time compiler the interpreter gives the same matches, slower.
  pcre2_jit_compile(regex.code.get(), PCRE2_JIT_COMPLETE);
  regex.limits.reset(pcre2_match_context_create(nullptr));
  pcre2_set_heap_limit(regex.limits.get(), kHeapLimitKib);
  return regex;
}

Status Regex::findAll(std::string_view subject, std::vector<TextRange> &matches) const {
  // One pair: groups are not asked for.
  std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(pcre2_match_data_create(1, nullptr),
                                                                           pcre2_match_data_free);
  if (!data)
    return Error{"out of memory in the pre-tokeniser"};
  const PCRE2_SIZE *found = pcre2_get_ovector_pointer(data.get());
  auto search = [&](size_t from, uint32_t options) {
    return pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), from,
                       PCRE2_NO_UTF_CHECK | options, data.get(), limits.get());
  };

  bool any = false;
  size_t from = 0, lastEnd = 0;
  while (from <= subject.size()) {
    int status = search(from, 0);
    if (status == PCRE2_ERROR_JIT_STACKLIMIT) // the interpreter keeps its stack on the heap
      status = search(from, PCRE2_NO_JIT);
    if (status == PCRE2_ERROR_NOMATCH)
      return {};
    if (status < 0)
      return Error{"the text is too hard for a regular expression of the tokenizer: " + pcre2Message(status)};
    size_t begin = found[0], end = found[1];
    if (begin > end || begin < from)
      return Error{"a regular expression of the tokenizer matches backwards"};
    if (begin == end && any && lastEnd == end) {
      from += from < subject.size() ? firstUtf8Unit(subject.substr(from)).length : 1;
      continue;
    }
    matches.push_back({begin, end});
    any = true;
    from = lastEnd = end;
  }
  return {};
}

} // namespace tern
