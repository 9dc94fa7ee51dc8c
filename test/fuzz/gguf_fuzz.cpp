//===- gguf_fuzz.cpp - Hostile GGUF files -------------------------------------===//
//
// The input is a file. Where it is accepted, every tensor lies in it, apart from the others. Where it is a model, every
// tensor can be read, as floats and by its blocks.
//
//===----------------------------------------------------------------------===//
#include "lib/base/memory_file.h"
#include "lib/checkpoint/gguf_config.h"
#include "lib/checkpoint/gguf_tensors.h"
#include "lib/checkpoint/gguf_tokenizer.h"
#include "test/fuzz/require.h"

#include <vector>

using namespace tern;

static void readTensor(const TensorFile &file, const TensorInfo &info) {
  std::vector<float> floats(size_t(info.elements()));
  require(bool(file.readFloats(info, 0, floats)));
  std::vector<std::byte> end(1);
  require(!file.read(info, info.bytes, end));
  if (!info.blocks) {
    require(!file.readBlocks(info, 0, end));
    return;
  }
  std::vector<std::byte> row(size_t(info.blocks->bytesOf(info.shape.back())));
  int64_t rows = info.elements() / info.shape.back();
  require(bool(file.readBlocks(info, rows - 1, row)) && !file.readBlocks(info, rows, row));
  require(bool(file.blockScale(info)));
}

static void readModel(GgufFile file) {
  std::vector<std::string> notes;
  if (Result<std::string> tokenizer = translateGgufTokenizer(file, notes); !tokenizer)
    requireOneLine(tokenizer.error());
  GgufModel model = describeGgufModel(file);
  for (const std::string &problem : model.problems)
    requireOneLine(Error{problem});
  if (!model.problems.empty())
    return;
  Result<std::unique_ptr<GgufTensors>> tensors =
      GgufTensors::make(std::move(file), *model.architecture, model.headRows);
  if (!tensors)
    return requireOneLine(tensors.error());
  for (const auto &[name, info] : (*tensors)->tensors())
    readTensor(**tensors, info);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<MemoryFile> memory = MemoryFile::create("fuzz");
  require(bool(memory) && bool(memory->write({reinterpret_cast<const char *>(data), size})));
  Result<GgufFile> file = GgufFile::open(memory->path(), I2sBlocks::X86);
  if (!file) {
    requireOneLine(file.error());
    return 0;
  }
  uint64_t end = 0;
  for (const GgufTensor &tensor : file->contents().tensors) {
    require(tensor.offset >= end && tensor.offset <= size && tensor.bytes <= size - tensor.offset);
    require(tensor.offset % file->contents().alignment == 0);
    end = tensor.offset + tensor.bytes;
  }
  for (const auto &[key, value] : file->contents().values)
    require(!value.text().empty());
  readModel(std::move(*file));
  return 0;
}
