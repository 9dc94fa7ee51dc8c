//===- model_writer.cpp - Writes model.tern around its code -----------------===//
#include "lib/object/model_writer.h"

#include "lib/object/elf_view.h"
#include "lib/object/model_abi.h"

#include <cstring>
#include <memory>
#include <xxhash.h>

namespace tern {
namespace {

struct FreeHash {
  void operator()(XXH3_state_t *state) const { XXH3_freeState(state); }
};
using HashState = std::unique_ptr<XXH3_state_t, FreeHash>;

HashState newHash() {
  HashState state(XXH3_createState());
  XXH3_64bits_reset(state.get());
  return state;
}

/// A file that is hashed as it is written: the weights in one hash, all else in another.
class HashedFile {
public:
  explicit HashedFile(AtomicFile file) : file(std::move(file)) {}

  Status write(std::span<const std::byte> bytes, bool isWeights = false) {
    XXH3_64bits_update((isWeights ? weights : rest).get(), bytes.data(), bytes.size());
    return file.write(bytes);
  }
  Status pad(uint64_t alignment) {
    std::string zeros((alignment - file.size() % alignment) % alignment, '\0');
    return write(std::as_bytes(std::span(zeros)));
  }
  AtomicFile file;
  HashState weights = newHash(), rest = newHash();
};

/// That the linked code has the sections to fill, and a header for these weights.
Status checkCode(const ElfView &elf, uint64_t weightsBytes, const std::string &path) {
  for (const char *name : {TERN_SECTION_WEIGHTS, TERN_SECTION_TOKENIZER, TERN_SECTION_MANIFEST}) {
    const ElfSection *section = elf.find(name);
    if (!section || section->header.sh_flags & SHF_ALLOC)
      return Error{path + ": the linked code has no section " + name + " that the dynamic loader leaves alone"};
  }
  const ElfSection *section = elf.find(TERN_SECTION_HEADER);
  std::span<const std::byte> bytes = section ? elf.contents(*section) : std::span<const std::byte>();
  tern_model_header header;
  if (bytes.size() < sizeof header)
    return Error{path + ": the linked code has no whole section " + TERN_SECTION_HEADER};
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.weights_bytes != weightsBytes)
    return Error{path + ": the linked code was made for " + std::to_string(header.weights_bytes) +
                 " bytes of weights, not " + std::to_string(weightsBytes)};
  return {};
}

} // namespace

Status writeModelObject(const ModelParts &parts, const std::string &path) {
  std::span<const std::byte> code = std::as_bytes(std::span(parts.code));
  Result<ElfView> elf = ElfView::parse(code, path);
  if (!elf)
    return elf.error();
  if (Status status = checkCode(*elf, parts.weightsBytes, path); !status)
    return status;
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.error();
  HashedFile out(std::move(*file));

  // The section table moves behind the new sections, so the ELF header points there; how far away
  // it is follows from the sizes.
  auto alignUp = [](uint64_t value, uint64_t alignment) { return (value + alignment - 1) / alignment * alignment; };
  uint64_t weightsAt = alignUp(code.size(), TERN_WEIGHTS_ALIGN), tokenizerAt = weightsAt + parts.weightsBytes;
  uint64_t manifestAt = tokenizerAt + parts.tokenizer.size();
  uint64_t tableAt = alignUp(manifestAt + parts.manifest.size(), alignof(Elf64_Shdr));
  Elf64_Ehdr header;
  std::memcpy(&header, code.data(), sizeof header);
  header.e_shoff = tableAt;
  if (Status status = out.write(std::as_bytes(std::span(&header, 1))); !status)
    return status;
  if (Status status = out.write(code.subspan(sizeof header)); !status)
    return status;
  if (Status status = out.pad(TERN_WEIGHTS_ALIGN); !status)
    return status;

  uint64_t streamed = 0;
  auto sink = [&](std::span<const std::byte> bytes) {
    streamed += bytes.size();
    return out.write(bytes, true);
  };
  if (Status status = parts.weights(sink); !status)
    return status;
  if (streamed != parts.weightsBytes)
    return Error{path + ": " + std::to_string(streamed) + " bytes of weights were made where " +
                 std::to_string(parts.weightsBytes) + " were planned"};
  for (std::string_view text : {parts.tokenizer, parts.manifest})
    if (Status status = out.write(std::as_bytes(std::span(text))); !status)
      return status;
  if (Status status = out.pad(alignof(Elf64_Shdr)); !status)
    return status;

  for (const ElfSection &section : elf->sections()) {
    Elf64_Shdr entry = section.header;
    auto place = [&](std::string_view name, uint64_t offset, uint64_t size) {
      if (section.name != name)
        return;
      entry.sh_type = SHT_PROGBITS;
      entry.sh_offset = offset;
      entry.sh_size = size;
    };
    place(TERN_SECTION_WEIGHTS, weightsAt, parts.weightsBytes);
    place(TERN_SECTION_TOKENIZER, tokenizerAt, parts.tokenizer.size());
    place(TERN_SECTION_MANIFEST, manifestAt, parts.manifest.size());
    if (Status status = out.write(std::as_bytes(std::span(&entry, 1))); !status)
      return status;
  }

  tern_model_trailer trailer = {};
  std::memcpy(trailer.magic, TERN_TRAILER_MAGIC, sizeof trailer.magic);
  trailer.file_bytes = out.file.size() + sizeof trailer;
  trailer.weights_offset = weightsAt;
  trailer.weights_hash = XXH3_64bits_digest(out.weights.get());
  std::span<const std::byte> trailerBytes = std::as_bytes(std::span(&trailer, 1));
  if (Status status = out.write(trailerBytes.first(offsetof(tern_model_trailer, rest_hash))); !status)
    return status;
  trailer.rest_hash = XXH3_64bits_digest(out.rest.get());
  if (Status status = out.file.write(trailerBytes.subspan(offsetof(tern_model_trailer, rest_hash))); !status)
    return status;
  return out.file.commit();
}

} // namespace tern
