//===- tokenizer_fuzz.cpp - Hostile tokenizer.json, then hostile text ------===//
//
// The input is a tokenizer.json, a line "%", and a text. Where the file is accepted, the text is
// encoded; the ids must be ids of the tokenizer, and decoding them one by one must give what
// decoding them at once gives.
//
//===----------------------------------------------------------------------===//
#include "runtime/text/stream_decoder.h"
#include "runtime/text/tokenizer.h"
#include "test/fuzz/require.h"

using namespace tern;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view input(reinterpret_cast<const char *>(data), size);
  constexpr std::string_view separator = "\n%\n";
  size_t end = input.find(separator);
  std::string_view json = input.substr(0, end);
  std::string_view text = end == input.npos ? "" : input.substr(end + separator.size());

  Result<Tokenizer> tokenizer = Tokenizer::fromJson(json);
  if (!tokenizer) {
    requireOneLine(tokenizer.error());
    return 0;
  }
  Result<std::vector<int32_t>> ids = tokenizer->encode(text, true);
  if (!ids)
    return 0;
  StreamDecoder stream;
  std::string streamed;
  for (int32_t id : *ids) {
    require(id >= 0 && id < tokenizer->vocabSize());
    streamed += stream.push(tokenizer->decode(id));
  }
  streamed += stream.finish();
  require(streamed == tokenizer->decode(*ids, false));
  tokenizer->decode(*ids, true);
  return 0;
}
