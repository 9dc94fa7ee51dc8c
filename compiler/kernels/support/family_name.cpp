//===- family_name.cpp - What the name of a kernel family says --------------===//
#include "compiler/kernels/support/family_name.h"

#include "lib/base/text.h"
#include "lib/trit/encoding.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace tern {

static constexpr StringLiteral kWords[] = {"column-lanes", "columns", "full", "lossy"},
                               kSizes[] = {"v16", "v32", "v64", "amx"}, kIsas[] = {"vnni", "i8mm"};

/// "2" or "1.6"
static bool isNumber(StringRef text) {
  double number;
  return !text.empty() && isDigit(text.front()) && !text.getAsDouble(number);
}

static bool isMethod(StringRef method) {
  if (method.consume_front("dot"))
    return isNumber(method);
  if (method.consume_front("bits"))
    return method.size() == 1 && isNumber(method);
  Result<Encoding> encoding = parseEncoding(std::string_view(method));
  return encoding && rulesOf(*encoding).groups;
}

/// Takes one of `words` and the dash before it off the front of `rest`.
static std::string take(StringRef &rest, ArrayRef<StringLiteral> words) {
  for (StringRef word : words) {
    StringRef behind = rest;
    if (behind.consume_front("-") && behind.consume_front(word) && (behind.empty() || behind.front() == '-')) {
      rest = behind;
      return word.str();
    }
  }
  return "";
}

std::string FamilyName::text() const {
  return method + (word.empty() ? "" : "-" + word) + "-" + size + (isa.empty() ? "" : "-" + isa);
}

Result<FamilyName> parseFamilyName(StringRef name) {
  FamilyName parts;
  StringRef method = name.take_until([](char c) { return c == '-'; }), rest = name.drop_front(method.size());
  auto error = [&](const std::string &what) { return Error{"family name " + quote(name.str()) + ": " + what}; };
  if (!isMethod(method))
    return error("begins with no method, as dot2, bits1 or an encoding of lookups are");
  parts.method = method.str();
  parts.word = take(rest, kWords);
  parts.size = take(rest, kSizes);
  if (parts.size.empty())
    return error("has no size: v16, v32, v64 or amx");
  parts.isa = take(rest, kIsas);
  if (!rest.empty())
    return error("ends with " + quote(rest.str()) + ", which is neither vnni nor i8mm");
  return parts;
}

} // namespace tern
