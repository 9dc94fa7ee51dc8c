//===- model_file.cpp - Reads and checks model.tern --------------------------===//
#include "lib/object/model_file.h"

#include "lib/base/text.h"
#include "lib/cpu/features.h"
#include "lib/head/row_codes.h"
#include "lib/object/byte_model.h"
#include "lib/object/elf_view.h"
#include "lib/object/loadable.h"
#include "lib/object/model_hash.h"

#include <cstring>
#include <filesystem>

namespace tern {
namespace {

constexpr uint64_t kVerifiedWeights = 256'000'000; // hashing at 10 GB/s and more: under 30 ms
/// More than any model asks for; keeps products with threads (at most 2^10) far from overflow.
constexpr uint64_t kMaxArena = uint64_t(1) << 40;
constexpr uint32_t kMaxPrefillBlock = 1 << 16, kMaxCachePage = 1 << 16;

/// The bytes of a section that a model object must have, inside the file.
Result<std::span<const std::byte>> sectionOf(const ElfView &elf, std::string_view section, const std::string &name) {
  const ElfSection *found = elf.find(section);
  if (!found)
    return Error{name + ": is no model object (it has no section " + std::string(section) + ")"};
  std::span<const std::byte> contents = elf.contents(*found);
  if (contents.data() == nullptr)
    return Error{name + ": is damaged: its section " + std::string(section) + " has no bytes"};
  return contents;
}

/// Whether the file ends with a trailer that names its size.
bool hasTrailer(std::span<const std::byte> bytes) {
  tern_model_trailer trailer;
  if (bytes.size() < sizeof trailer)
    return false;
  std::memcpy(&trailer, bytes.data() + bytes.size() - sizeof trailer, sizeof trailer);
  return std::memcmp(trailer.magic, TERN_TRAILER_MAGIC, sizeof trailer.magic) == 0 &&
         trailer.file_bytes == bytes.size();
}

/// The header, if it is one of this version: before anything else is trusted.
Result<tern_model_header> readHeader(const ElfView &elf, const std::string &name) {
  Result<std::span<const std::byte>> bytes = sectionOf(elf, TERN_SECTION_HEADER, name);
  if (!bytes)
    return bytes.error();
  tern_model_header header;
  if (bytes->size() < offsetof(tern_model_header, header_bytes) || std::memcmp(bytes->data(), TERN_MODEL_MAGIC, 8) != 0)
    return Error{name + ": is no model object (its header has no magic)"};
  uint32_t version;
  std::memcpy(&version, bytes->data() + offsetof(tern_model_header, abi_version), sizeof version);
  if (version != TERN_ABI_VERSION)
    return Error{name + ": has model version " + std::to_string(version) + ", but this runtime reads version " +
                 std::to_string(TERN_ABI_VERSION) + "; compile the checkpoint again with a ternc of this release"};
  if (bytes->size() < sizeof header)
    return Error{name + ": is damaged: its header is too short"};
  std::memcpy(&header, bytes->data(), sizeof header);
  return header;
}

Status checkHeader(const tern_model_header &header, const std::string &name) {
  auto bad = [&](const char *what) { return Error{name + ": is damaged: its header has a wrong " + what}; };
  if (header.header_bytes != sizeof header)
    return bad("size");
  if (header.shared_bytes > kMaxArena || header.scratch_bytes > kMaxArena ||
      header.scratch_bytes % TERN_ARENA_ALIGN != 0)
    return bad("arena size");
  if (header.vocab_size > INT32_MAX)
    return bad("vocabulary size");
  bool addresses = header.vocab_size != 0 || header.cache_bytes_per_token != 0;
  if ((addresses && header.max_context == 0) || header.max_context > INT32_MAX)
    return bad("context");
  if (header.prefill_block == 0 || header.prefill_block > kMaxPrefillBlock)
    return bad("prefill block");
  if (header.cache_page == 0 || header.cache_page > kMaxCachePage)
    return bad("cache page");
  if (header.cache_bytes_per_token > kMaxArena / (uint64_t(header.max_context) + header.cache_page))
    return bad("cache size");
  if ((header.vocab_size != 0 && header.hidden_size == 0) || header.hidden_size > INT32_MAX)
    return bad("hidden size");
  if (header.code_columns != 0) {
    uint64_t figures = uint64_t(kRowFigures) * header.vocab_size * sizeof(float), at = header.head_figures_offset;
    if (header.code_columns != uint64_t(codeColumns(header.hidden_size)) || at % sizeof(float) != 0 ||
        at > header.weights_bytes || figures > header.weights_bytes - at)
      return bad("place of the output head's codes");
  }
  if (std::memchr(header.features, '\0', sizeof header.features) == nullptr)
    return bad("feature list");
  return {};
}

/// The trailer's sizes and hashes.
Status checkTrailer(std::span<const std::byte> bytes, std::span<const std::byte> weights, Verify verify,
                    const std::string &name) {
  tern_model_trailer trailer;
  std::memcpy(&trailer, bytes.data() + bytes.size() - sizeof trailer, sizeof trailer);
  uint64_t weightsAt = uint64_t(weights.data() - bytes.data());
  if (trailer.weights_offset != weightsAt)
    return Error{name + ": is damaged: its weights are not where its trailer says"};
  if (hashRest(bytes, weightsAt, weights.size()) != trailer.rest_hash)
    return Error{name + ": is damaged: its code or tables do not match their hash; copy or compile "
                        "it again"};
  bool checkWeights = verify == Verify::Full || weights.size() <= kVerifiedWeights;
  if (checkWeights && hashWeights(bytes, weightsAt, weights.size()) != trailer.weights_hash)
    return Error{name + ": is damaged: its weights do not match their hash; copy or compile it "
                        "again"};
  return {};
}

/// That the manifest speaks of this header and these weights.
Status checkManifest(const Manifest &manifest, const tern_model_header &header, const std::string &name) {
  if (manifest.vocabSize != header.vocab_size || manifest.maxContext != header.max_context ||
      manifest.prefillBlock != header.prefill_block)
    return Error{name + ": is damaged: its manifest contradicts its header"};
  uint64_t total = header.weights_bytes;
  for (const ManifestTensor &tensor : manifest.tensors)
    if (tensor.offset > total || tensor.bytes > total - tensor.offset)
      return Error{name + ": is damaged: tensor " + tensor.name + " lies outside the weights"};
  return {};
}

} // namespace

const FileKind kModelKind = {"model object", [](std::string_view head, std::string_view tail) {
                               size_t end = tail.size();
                               return head.starts_with(ELFMAG) && end >= sizeof(tern_model_trailer) &&
                                      tail.substr(end - sizeof(tern_model_trailer)).starts_with(TERN_TRAILER_MAGIC);
                             }};

Result<ModelContents> parseModelObject(std::span<const std::byte> bytes, Verify verify, const std::string &name) {
  const Error truncated{name + ": is truncated: it does not end as a model object does; copy or "
                               "compile it again"};
  Result<ElfView> elf = ElfView::parse(bytes, name);
  if (!elf) {
    // What was cut short has lost its section table too; that alone would not say why.
    bool isElf = bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
    return isElf && !hasTrailer(bytes) ? truncated : elf.error();
  }
  Result<tern_model_header> header = readHeader(*elf, name);
  if (!header)
    return header.error();
  if (!hasTrailer(bytes))
    return truncated;
  ModelContents contents;
  contents.header = *header;
  Result<std::span<const std::byte>> weights = sectionOf(*elf, TERN_SECTION_WEIGHTS, name);
  Result<std::span<const std::byte>> tokenizer = sectionOf(*elf, TERN_SECTION_TOKENIZER, name);
  Result<std::span<const std::byte>> manifest = sectionOf(*elf, TERN_SECTION_MANIFEST, name);
  for (const auto *section : {&weights, &tokenizer, &manifest})
    if (!*section)
      return section->error();
  uint64_t weightsAt = uint64_t(weights->data() - bytes.data());
  if (weights->size() != header->weights_bytes || weightsAt % TERN_WEIGHTS_ALIGN != 0 ||
      weightsAt + weights->size() > bytes.size() - sizeof(tern_model_trailer))
    return Error{name + ": is damaged: its weights have a wrong size or place"};
  if (Status status = checkTrailer(bytes, *weights, verify, name); !status)
    return status.error();
  if (Status status = checkHeader(*header, name); !status)
    return status.error();
  auto text = [](std::span<const std::byte> raw) {
    return std::string_view(reinterpret_cast<const char *>(raw.data()), raw.size());
  };
  Result<Manifest> parsed = Manifest::fromJson(text(*manifest), name);
  if (!parsed)
    return parsed.error();
  if (Status status = checkManifest(*parsed, *header, name); !status)
    return status.error();
  contents.manifest = std::move(*parsed);
  contents.weights = *weights;
  contents.tokenizer = text(*tokenizer);
  return contents;
}

/// Decode streams the weights: huge pages take the walks of page tables out of that. Of an embedding, and of a screened
/// head's own matrix, it takes a few rows.
void ModelFile::expectReads() {
  file.expect(weightBytes, MappedFile::Access::Streamed);
  for (const ManifestTensor &tensor : modelManifest.tensors) {
    ModelPart part = partOf(modelManifest, tensor);
    bool screened =
        modelHeader.code_columns != 0 && part == ModelPart::Head && tensor.kind == "dense" && tensor.shape.size() == 2;
    if (screened || part == ModelPart::Embedding) {
      scattered.push_back(weightBytes.subspan(tensor.offset, tensor.bytes));
      file.expect(scattered.back(), MappedFile::Access::Scattered);
    }
  }
}

void ModelFile::releaseScattered() const {
  for (std::span<const std::byte> part : scattered)
    file.release(part);
}

Result<MappedFile> openModelObject(const std::string &path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return Error{path + ": is a folder; a checkpoint is compiled with ternc first"};
  return MappedFile::open(path);
}

Result<ModelFile> ModelFile::open(const std::string &path, Verify verify) {
  Result<MappedFile> mapped = openModelObject(path);
  if (!mapped)
    return mapped.error();
  ModelFile model(std::move(*mapped));
  if (Status status = model.check(path, verify); !status)
    return status.error();
  return model;
}

Status ModelFile::check(const std::string &path, Verify verify) {
  Result<ModelContents> contents = parseModelObject(file.bytes(), verify, path);
  if (!contents)
    return contents.error();
  modelHeader = contents->header;
  modelManifest = std::move(contents->manifest);
  weightBytes = contents->weights;
  tokenizerJson = contents->tokenizer;
  Result<ElfView> elf = ElfView::parse(file.bytes(), path);
  if (!elf)
    return elf.error();
  if (elf->machine() != elfMachineOfProcess())
    return Error{path + ": was compiled for " + elfMachineName(elf->machine()) + ", but this machine is " +
                 elfMachineName(elfMachineOfProcess())};
  if (Status status = checkLoadable(file.bytes(), path); !status)
    return status;
  std::vector<std::string> missing = missingFeatures(modelHeader.features);
  if (!missing.empty())
    return Error{path + ": was compiled for " + modelManifest.targetCpu + " and needs " + join(missing, ", ") +
                 ", which this CPU does not have; compile it here, or with --target-cpu for this CPU"};
  expectReads();
  return {};
}

} // namespace tern
