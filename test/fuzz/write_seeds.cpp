//===- write_seeds.cpp - Seeds that are files of bytes -------------------------===//
//
// write_seeds FOLDER: a safetensors file, a GGUF file, an NPY file and a model object (without its trailer), right
// ones, for the fuzzers to start from.
//
//===----------------------------------------------------------------------===//
#include "lib/base/file.h"
#include "lib/base/npy.h"
#include "test/lib/checkpoint/small_gguf.h"
#include "test/lib/checkpoint/small_safetensors.h"
#include "test/lib/object/small_object.h"

#include <cstdio>
#include <filesystem>

using namespace tern;

static Status write(const std::string &path, const std::string &bytes) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.error();
  if (Status status = file->write(bytes); !status)
    return status;
  return file->commit();
}

static Status writeAll(const std::string &folder) {
  std::filesystem::create_directories(folder);
  std::string tensors = test::safetensors(
      {{"a", {"BF16", {2, 2}, std::string(8, '\1')}}, {"b", {"F32", {}, "1234"}}, {"c", {"U8", {3, 0}, ""}}});
  if (Status status = write(folder + "/safetensors", tensors); !status)
    return status;
  test::SmallGguf gguf = test::smallGgufModel();
  gguf.key("tokenizer.ggml.model", "gpt2")
      .key("tokenizer.ggml.pre", "llama-bpe")
      .key("tokenizer.ggml.bos_token_id", 0u);
  gguf.strings("tokenizer.ggml.tokens", {"<s>", "a"}).integers("tokenizer.ggml.token_type", {3, 1});
  gguf.strings("tokenizer.ggml.merges", {"a a"});
  gguf.tensor("blk.0.attn_q.weight", {128, 4}, 36, std::string(160, '\x55'))
      .tensor("output.weight", {256, 1}, 12, std::string(144, '\1'));
  gguf.tensor("blk.0.ffn_up.weight", {256, 1}, 34, std::string(54, '\1'));
  gguf.tensor("blk.0.ffn_gate.weight", {128, 16}, 42, std::string(544, '\1'));
  if (Status status = write(folder + "/gguf", gguf.bytes()); !status)
    return status;
  if (Status status = writeNpy(folder + "/npy", std::vector<float>{1, 2, 3, 4, 5, 6}, 3); !status)
    return status;
  std::string object = folder + "/model_object";
  if (Status status = test::writeSmallObject(object, std::string(64, 'w'), "{}"); !status)
    return status;
  Result<std::string> bytes = readFile(object, 1 << 20);
  if (!bytes)
    return bytes.error();
  bytes->resize(bytes->size() - sizeof(tern_model_trailer));
  return write(object, *bytes);
}

int main(int argc, char **argv) {
  Status status = argc == 2 ? writeAll(argv[1]) : Status(Error{"one folder must be given"});
  if (!status)
    std::fprintf(stderr, "write_seeds: %s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
