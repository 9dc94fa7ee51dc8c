//===- safetensors_fuzz.cpp - Hostile safetensors files -----------------------===//
//
// The input is a file. Where it is accepted, every tensor lies in it, apart from the others, and can be read.
//
//===----------------------------------------------------------------------===//
#include "lib/base/memory_file.h"
#include "lib/checkpoint/safetensors.h"
#include "test/fuzz/require.h"

#include <vector>

using namespace tern;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<MemoryFile> file = MemoryFile::create("fuzz");
  require(bool(file) && bool(file->write({reinterpret_cast<const char *>(data), size})));
  Result<SafetensorsFile> tensors = SafetensorsFile::open(file->path());
  if (!tensors) {
    requireOneLine(tensors.error());
    return 0;
  }
  uint64_t total = 0;
  for (const auto &[name, info] : tensors->tensors()) {
    require(info.offset <= size && info.bytes <= size - info.offset);
    total += info.bytes;
    std::vector<std::byte> bytes(info.bytes);
    require(bool(tensors->read(info, 0, bytes)));
    std::vector<float> floats(size_t(info.elements()));
    require(bool(tensors->readFloats(info, 0, floats)) == isFloat(info.dtype));
    require(!tensors->read(info, info.bytes, std::span(bytes.data(), 1)));
  }
  require(total <= size);
  return 0;
}
