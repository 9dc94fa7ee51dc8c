//===- safetensors_fuzz.cpp - Hostile safetensors files -----------------------===//
//
// The input is a file. Where it is accepted, every tensor lies in it, apart from the others, and can be read.
//
//===----------------------------------------------------------------------===//
#include "lib/checkpoint/safetensors.h"
#include "test/fuzz/require.h"

#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

using namespace tern;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int file = ::memfd_create("fuzz", MFD_CLOEXEC);
  require(file >= 0 && ::write(file, data, size) == ssize_t(size));
  Result<SafetensorsFile> tensors = SafetensorsFile::open("/proc/self/fd/" + std::to_string(file));
  ::close(file); // the path was opened for itself
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
