//===- model_object_fuzz.cpp - Hostile model objects ----------------------------===//
//
// The input is a model object without its trailer. The trailer is made here, with right hashes: past them the reader
// must still find every wrong size and offset. What is accepted lies in the file.
//
//===----------------------------------------------------------------------===//
#include "lib/object/elf_view.h"
#include "lib/object/model_file.h"
#include "lib/object/model_hash.h"
#include "test/fuzz/require.h"

#include <cstring>
#include <vector>

using namespace tern;

/// Appends a trailer for the weights that the section table names, or for none.
static std::vector<std::byte> sealed(const uint8_t *data, size_t size) {
  std::vector<std::byte> bytes(size + sizeof(tern_model_trailer));
  if (size > 0)
    std::memcpy(bytes.data(), data, size);
  tern_model_trailer trailer = {};
  std::memcpy(trailer.magic, TERN_TRAILER_MAGIC, sizeof trailer.magic);
  trailer.file_bytes = bytes.size();
  uint64_t weightsBytes = 0;
  if (Result<ElfView> elf = ElfView::parse(bytes, "m"))
    if (const ElfSection *section = elf->find(TERN_SECTION_WEIGHTS)) {
      std::span<const std::byte> weights = elf->contents(*section);
      if (!weights.empty() && uint64_t(weights.data() - bytes.data()) + weights.size() <= size) {
        trailer.weights_offset = uint64_t(weights.data() - bytes.data());
        weightsBytes = weights.size();
      }
    }
  trailer.weights_hash = hashWeights(bytes, trailer.weights_offset, weightsBytes);
  std::memcpy(bytes.data() + size, &trailer, sizeof trailer);
  trailer.rest_hash = hashRest(bytes, trailer.weights_offset, weightsBytes);
  std::memcpy(bytes.data() + size, &trailer, sizeof trailer);
  return bytes;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<std::byte> bytes = sealed(data, size);
  Result<ModelContents> contents = parseModelObject(bytes, Verify::Full, "m");
  if (!contents) {
    requireOneLine(contents.error());
    return 0;
  }
  auto inside = [&](const void *begin, size_t length) {
    return length == 0 ||
           (begin >= bytes.data() && static_cast<const std::byte *>(begin) + length <= bytes.data() + bytes.size());
  };
  require(inside(contents->weights.data(), contents->weights.size()));
  require(inside(contents->tokenizer.data(), contents->tokenizer.size()));
  require(contents->weights.size() == contents->header.weights_bytes);
  require(contents->header.vocab_size == contents->manifest.vocabSize);
  for (const ManifestTensor &tensor : contents->manifest.tensors)
    require(tensor.offset <= contents->weights.size() && tensor.bytes <= contents->weights.size() - tensor.offset);
  return 0;
}
