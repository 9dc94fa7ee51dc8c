//===- small_object.cpp - A model object around no code ------------------------===//
#include "test/lib/object/small_object.h"

#include "lib/object/elf_view.h"
#include "lib/object/manifest.h"
#include "lib/object/model_writer.h"

#include <cstring>
#include <elf.h>
#include <vector>

namespace tern::test {

tern_model_header smallHeader(uint64_t weightsBytes) {
  tern_model_header header = {};
  std::memcpy(header.magic, TERN_MODEL_MAGIC, sizeof header.magic);
  header.abi_version = TERN_ABI_VERSION;
  header.header_bytes = sizeof header;
  header.weights_bytes = weightsBytes;
  header.shared_bytes = 64;
  header.scratch_bytes = 64;
  header.cache_bytes_per_token = 4;
  header.vocab_size = 8;
  header.max_context = 16;
  header.prefill_block = 4;
  header.cache_page = 1;
  header.hidden_size = 2;
  return header;
}

template <typename T> static void append(std::string &bytes, const T &value) {
  bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
}

std::string smallCode(const tern_model_header &header) {
  const std::vector<std::string> names = {
      "", TERN_SECTION_HEADER, TERN_SECTION_WEIGHTS, TERN_SECTION_TOKENIZER, TERN_SECTION_MANIFEST, ".shstrtab"};
  std::string strings;
  std::vector<Elf64_Shdr> sections(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    sections[i].sh_name = Elf64_Word(strings.size());
    sections[i].sh_type = i == 0 ? SHT_NULL : SHT_PROGBITS;
    strings += names[i] + '\0';
  }
  uint64_t headerAt = sizeof(Elf64_Ehdr), stringsAt = headerAt + sizeof header;
  sections[1].sh_flags = SHF_ALLOC;
  sections[1].sh_offset = headerAt;
  sections[1].sh_size = sizeof header;
  sections.back().sh_type = SHT_STRTAB;
  sections.back().sh_offset = stringsAt;
  sections.back().sh_size = strings.size();
  strings.resize((strings.size() + 7) / 8 * 8);

  Elf64_Ehdr elf = {};
  std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
  elf.e_ident[EI_CLASS] = ELFCLASS64;
  elf.e_ident[EI_DATA] = ELFDATA2LSB;
  elf.e_ident[EI_VERSION] = EV_CURRENT;
  elf.e_type = ET_DYN;
  elf.e_machine = elfMachineOfProcess();
  elf.e_version = EV_CURRENT;
  elf.e_ehsize = sizeof elf;
  elf.e_shoff = stringsAt + strings.size();
  elf.e_shentsize = sizeof(Elf64_Shdr);
  elf.e_shnum = Elf64_Half(sections.size());
  elf.e_shstrndx = Elf64_Half(sections.size() - 1);
  std::string code;
  append(code, elf);
  append(code, header);
  code += strings;
  for (const Elf64_Shdr &section : sections)
    append(code, section);
  return code;
}

std::string smallManifest(uint64_t weightsBytes, const std::vector<ManifestExport> &exports) {
  Manifest manifest;
  manifest.exports = exports;
  manifest.name = "small";
  manifest.architecture = "llama";
  manifest.compilerVersion = manifest.llvmVersion = "0";
  manifest.targetTriple = manifest.targetCpu = "any";
  manifest.vocabSize = 8;
  manifest.maxContext = 16;
  manifest.prefillBlock = 4;
  manifest.eos = {2};
  manifest.tensors.push_back({.name = "w",
                              .source = "model.w",
                              .factor = "",
                              .kind = "dense",
                              .dtype = "f32",
                              .shape = {int64_t(weightsBytes) / 4},
                              .storage = "",
                              .format = "",
                              .layout = "",
                              .bytes = weightsBytes});
  return manifest.toJson().dump();
}

Status writeSmallObject(const std::string &path, const std::string &weights, const std::string &tokenizer) {
  std::string code = smallCode(smallHeader(weights.size())), manifest = smallManifest(weights.size());
  ModelParts parts;
  parts.code = code;
  parts.weightsBytes = weights.size();
  parts.weights = [&](const auto &sink) { return sink(std::as_bytes(std::span(weights))); };
  parts.tokenizer = tokenizer;
  parts.manifest = manifest;
  return writeModelObject(parts, path);
}

} // namespace tern::test
