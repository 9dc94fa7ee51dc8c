//===- format.cpp - What the numbers of a weight matrix are -------------------===//
#include "lib/weights/format.h"

#include "lib/base/text.h"

#include <array>
#include <cctype>
#include <charconv>
#include <span>

namespace tern {
namespace {

// Names in the order of their enums.
constexpr std::array<std::string_view, 3> kValues = {"trits", "signs", "ints"};
constexpr std::array<std::string_view, 6> kAxes = {"tensor", "rows", "columns", "row", "column", "group"};
constexpr std::array<std::string_view, 4> kOrigins = {"stored", "absmean", "median", "absmax"};
constexpr std::array<std::string_view, 2> kUses = {"multiply", "divide"};
constexpr std::array<std::string_view, 2> kKinds = {"real", "code"};
constexpr std::array<std::string_view, 4> kTypes = {"", "f32", "f16", "bf16"};

template <typename Enum, size_t N> std::string_view nameOf(Enum value, const std::array<std::string_view, N> &names) {
  return names[size_t(value)];
}

std::string textOf(const WeightAlong &along) {
  std::string text(nameOf(along.axis, kAxes));
  if (along.axis == WeightAxis::Group)
    return text + " " + std::to_string(along.group);
  if (along.axis != WeightAxis::Rows && along.axis != WeightAxis::Columns)
    return text;
  for (size_t i = 0; i < along.parts.size(); ++i)
    text += (i == 0 ? " [" : ", ") + std::to_string(along.parts[i]);
  return text + (along.parts.empty() ? " []" : "]");
}

std::string textOf(ScaleType type) { return type == ScaleType::Any ? "" : " " + std::string(nameOf(type, kTypes)); }

/// Reads words, numbers and punctuation; the first thing that is not as it should be is kept.
class FormatReader {
public:
  explicit FormatReader(std::string_view text) : text(text) {}

  Result<WeightFormat> read() {
    WeightFormat format;
    format.values = choose<WeightValues>(kValues);
    if (format.values == WeightValues::Ints) {
      format.bits = number();
      if (takeWord("zero"))
        format.zero = number();
    }
    while (error.empty() && take(',')) {
      bool isScale = takeWord("scale");
      if (!isScale && !takeWord("offset"))
        fail("scale or offset");
      if (isScale ? format.scale.has_value() : format.offset.has_value())
        fail(isScale ? "one scale, not two" : "one offset, not two");
      expect('<');
      WeightAlong along = readAlong();
      expect(',');
      if (isScale)
        format.scale = readScale(std::move(along));
      else
        format.offset = readOffset(std::move(along));
      expect('>');
    }
    skipSpace();
    if (at != text.size())
      fail("nothing more");
    if (!error.empty())
      return Error{"weight format " + quote(text) + ": " + error};
    if (Status status = format.verify(); !status)
      return status.error();
    return format;
  }

private:
  WeightAlong readAlong() {
    WeightAlong along;
    along.axis = choose<WeightAxis>(kAxes);
    if (along.axis == WeightAxis::Group)
      along.group = number();
    if (along.axis == WeightAxis::Rows || along.axis == WeightAxis::Columns) {
      expect('[');
      do
        along.parts.push_back(number());
      while (error.empty() && take(','));
      expect(']');
    }
    return along;
  }

  ScaleType readType() {
    for (ScaleType type : {ScaleType::F32, ScaleType::F16, ScaleType::BF16})
      if (takeWord(nameOf(type, kTypes)))
        return type;
    return ScaleType::Any;
  }

  WeightScale readScale(WeightAlong along) {
    WeightScale scale;
    scale.along = std::move(along);
    scale.by = choose<ScaleOrigin>(kOrigins);
    if (scale.by == ScaleOrigin::Stored)
      scale.type = readType();
    if (take(','))
      scale.use = choose<ScaleUse>(kUses);
    return scale;
  }

  WeightOffset readOffset(WeightAlong along) {
    WeightOffset offset;
    offset.along = std::move(along);
    offset.kind = choose<OffsetKind>(kKinds);
    offset.type = readType();
    return offset;
  }

  void skipSpace() {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])))
      ++at;
  }
  void fail(const std::string &expected) {
    if (error.empty())
      error = "expected " + expected + (at < text.size() ? " before " + quote(text.substr(at)) : " at its end");
  }
  bool take(char c) {
    skipSpace();
    bool there = at < text.size() && text[at] == c;
    at += there;
    return there;
  }
  void expect(char c) {
    if (!take(c))
      fail(std::string("'") + c + "'");
  }
  std::string_view peekWord() {
    skipSpace();
    size_t end = at;
    while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end])))
      ++end;
    return text.substr(at, end - at);
  }
  bool takeWord(std::string_view word) {
    bool there = peekWord() == word;
    at += there ? word.size() : 0;
    return there;
  }
  template <typename Enum, size_t N> Enum choose(const std::array<std::string_view, N> &names) {
    std::string known;
    for (size_t i = 0; i < N; ++i) {
      if (takeWord(names[i]))
        return Enum(i);
      known += (i == 0 ? "" : i + 1 == N ? " or " : ", ") + std::string(names[i]);
    }
    fail(known);
    return Enum(0);
  }
  int64_t number() {
    std::string_view word = peekWord();
    int64_t value = 0;
    auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (word.empty() || problem != std::errc() || end != word.data() + word.size()) {
      fail("a number");
      return 0;
    }
    at += word.size();
    return value;
  }

  std::string_view text;
  size_t at = 0;
  std::string error;
};

Status verifyAlong(const WeightAlong &along, const char *what) {
  for (int64_t part : along.parts)
    if (part <= 0)
      return Error{std::string("the parts of ") + what + " must be positive, not " + std::to_string(part)};
  if (along.axis == WeightAxis::Group && along.group <= 0)
    return Error{std::string("a group of ") + what + " must be positive, not " + std::to_string(along.group)};
  return {};
}

Status verifySize(const WeightAlong &along, const char *what, int64_t rows, int64_t columns) {
  if (along.axis == WeightAxis::Group && columns % along.group != 0)
    return Error{std::string(what) + " for each " + std::to_string(along.group) + " columns do not divide the " +
                 std::to_string(columns) + " columns of the matrix"};
  if (along.axis != WeightAxis::Rows && along.axis != WeightAxis::Columns)
    return {};
  bool ofRows = along.axis == WeightAxis::Rows;
  int64_t left = ofRows ? rows : columns;
  for (int64_t part : along.parts) // no sum that could overflow
    left = part > left ? -1 : left - part;
  if (left == 0)
    return {};
  return Error{"the parts of " + textOf(along) + " do not add up to the " + std::to_string(ofRows ? rows : columns) +
               (ofRows ? " rows" : " columns") + " of the matrix"};
}

} // namespace

int64_t WeightAlong::count(int64_t rows, int64_t columns) const {
  switch (axis) {
  case WeightAxis::Tensor:
    return 1;
  case WeightAxis::Rows:
  case WeightAxis::Columns:
    return int64_t(parts.size());
  case WeightAxis::Row:
    return rows;
  case WeightAxis::Column:
    return columns;
  case WeightAxis::Group:
    return rows * (columns / group);
  }
  return 0;
}

std::vector<float> WeightAlong::spread(std::vector<float> numbers) const {
  if (axis != WeightAxis::Rows && axis != WeightAxis::Columns)
    return numbers;
  std::vector<float> each;
  for (size_t i = 0; i < parts.size(); ++i)
    each.insert(each.end(), size_t(parts[i]), numbers[i]);
  return each;
}

Status WeightFormat::verify() const {
  if (values == WeightValues::Ints && (bits < 1 || bits > 8))
    return Error{"integers of a weight format have 1 to 8 bits, not " + std::to_string(bits)};
  if (values == WeightValues::Ints && (zero < 0 || zero >= (1 << bits)))
    return Error{"the zero of integers of " + std::to_string(bits) + " bits is one of them, not " +
                 std::to_string(zero)};
  if (scale)
    if (Status status = verifyAlong(scale->along, "a scale"); !status)
      return status;
  return offset ? verifyAlong(offset->along, "an offset") : Status();
}

Status WeightFormat::verifyFor(int64_t rows, int64_t columns) const {
  if (scale)
    if (Status status = verifySize(scale->along, "scales", rows, columns); !status)
      return status;
  return offset ? verifySize(offset->along, "offsets", rows, columns) : Status();
}

std::string formatText(const WeightFormat &format) {
  std::string text(nameOf(format.values, kValues));
  if (format.values == WeightValues::Ints)
    text += " " + std::to_string(format.bits) + (format.zero ? " zero " + std::to_string(format.zero) : "");
  if (const auto &scale = format.scale) {
    text += ", scale <" + textOf(scale->along) + ", " + std::string(nameOf(scale->by, kOrigins)) + textOf(scale->type);
    // What is computed from the weights almost always multiplies; what is stored says what it does.
    if (scale->by == ScaleOrigin::Stored || scale->use != ScaleUse::Multiply)
      text += ", " + std::string(nameOf(scale->use, kUses));
    text += ">";
  }
  if (const auto &offset = format.offset)
    text += ", offset <" + textOf(offset->along) + ", " + std::string(nameOf(offset->kind, kKinds)) +
            textOf(offset->type) + ">";
  return text;
}

Result<WeightFormat> parseWeightFormat(std::string_view text) { return FormatReader(text).read(); }

} // namespace tern
