//===- gguf_tokenizer.h - The tokenizer of a GGUF file ----------------------===//
#pragma once

#include "lib/checkpoint/gguf.h"

#include <string>
#include <vector>

namespace tern {

/// The text of the tokenizer.json that a file's keys "tokenizer.*" amount to; empty where the file has none
/// (tokenizer.ggml.model absent or "none"). Byte-level BPE ("gpt2") is supported, with the patterns of
/// tokenizer.ggml.pre that gguf_tokenizer.cpp lists; ids are those of llama.cpp. `notes` gets what was assumed, a
/// sentence each. Errors name the key, or the token by its id.
Result<std::string> translateGgufTokenizer(const GgufFile &file, std::vector<std::string> &notes);

} // namespace tern
