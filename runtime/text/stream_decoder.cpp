//===- stream_decoder.cpp - Text as its tokens arrive ---------------------===//
#include "runtime/text/stream_decoder.h"
#include "runtime/text/utf8.h"

#include <utility>

namespace tern {

std::string StreamDecoder::push(std::string_view tokenBytes) {
  held += tokenBytes;
  // Units begin at the same places however the bytes were dealt out, so only the last can be
  // unfinished.
  std::string_view rest = held;
  size_t complete = 0;
  while (complete < held.size()) {
    Utf8Unit unit = firstUtf8Unit(rest.substr(complete));
    if (unit.kind == Utf8Unit::Truncated)
      break;
    complete += unit.length;
  }
  std::string text;
  appendRepairedUtf8(text, rest.substr(0, complete));
  held.erase(0, complete);
  return text;
}

std::string StreamDecoder::finish() {
  std::string text;
  appendRepairedUtf8(text, std::exchange(held, {}));
  return text;
}

} // namespace tern
