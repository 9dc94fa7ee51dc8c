//===- stream_decoder.h - Text as its tokens arrive -----------------------===//
#pragma once

#include <string>
#include <string_view>

namespace tern {

/// Puts the bytes of tokens together to UTF-8. What push and finish return, one after the other, is
/// what Tokenizer::decode gives for all tokens at once.
class StreamDecoder {
public:
  /// The text that is complete with these bytes; the beginning of a character is held back until
  /// its rest has come or cannot come any more, which makes it U+FFFD.
  std::string push(std::string_view tokenBytes);
  /// The text held back, as one U+FFFD; empty if there is none. The decoder is then as new.
  std::string finish();

private:
  std::string held; ///< at most 3 bytes
};

} // namespace tern
