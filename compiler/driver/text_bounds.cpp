//===- text_bounds.cpp - What MLIR's parser can take ----------------------------===//
#include "compiler/driver/text_bounds.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

namespace tern {
namespace {

constexpr size_t kMostBrackets = 256, kMostOperators = 1000, kMostDigits = 400;

class TextScanner {
public:
  explicit TextScanner(std::string_view text) : text(text) {}

  /// What is too much, and where; empty when nothing is.
  std::string problem() {
    while (at < text.size()) {
      char c = text[at];
      if (c == '"')
        skipString();
      else if (c == '/' && next() == '/')
        at = std::min(text.find('\n', at), text.size());
      else if (llvm::isDigit(c)) {
        if (skipDigits() > kMostDigits)
          return said("a number of more than " + std::to_string(kMostDigits) + " digits");
      } else {
        count(c);
        ++at;
        if (brackets > kMostBrackets)
          return said("more than " + std::to_string(kMostBrackets) + " brackets in each other");
        if (operators > kMostOperators)
          return said("more than " + std::to_string(kMostOperators) + " operators in one expression");
      }
    }
    return "";
  }

private:
  char next() const { return at + 1 < text.size() ? text[at + 1] : '\0'; }
  char previous() const { return at > 0 ? text[at - 1] : '\0'; }

  std::string said(const std::string &what) const {
    auto line = 1 + std::count(text.begin(), text.begin() + std::ptrdiff_t(std::min(at, text.size())), '\n');
    return std::to_string(line) + ": has " + what + ", which MLIR's parser does not survive";
  }

  void skipString() {
    for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at)
      if (text[at] == '\\')
        ++at;
    ++at;
  }

  size_t skipDigits() {
    bool isHex = text[at] == '0' && next() == 'x';
    size_t begin = at;
    at += isHex ? 2 : 0;
    while (at < text.size() && (isHex ? llvm::isHexDigit(text[at]) : llvm::isDigit(text[at])))
      ++at;
    return at - begin;
  }

  void count(char c) {
    switch (c) {
    case '<': // but for "<="
      brackets += next() != '=';
      break;
    case '(':
    case '[':
    case '{':
      ++brackets;
      break;
    case '>': // but for "->" and ">="
      if (previous() == '-' || next() == '=')
        break;
      [[fallthrough]];
    case ')':
    case ']':
    case '}':
      brackets -= brackets > 0;
      break;
    case ',':
    case '=':
      operators = 0;
      break;
    case '+':
    case '*':
    case '-': // but for "->"
      operators += next() != '>';
      break;
    default:
      break;
    }
  }

  std::string_view text;
  size_t at = 0, brackets = 0, operators = 0;
};

} // namespace

Status checkTextBounds(std::string_view text, const std::string &name) {
  std::string problem = TextScanner(text).problem();
  return problem.empty() ? Status() : Status(Error{name + ":" + problem});
}

} // namespace tern
