//===- elf_view.h - The sections of an ELF file in memory ----------------===//
//
// As much of ELF as a model object needs: 64 bits, little-endian, a section table. Every offset is
// checked against the bytes before it is used, so that a damaged file gives an error and not a
// fault.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <cstddef>
#include <cstdint>
#include <elf.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// One entry of the section table; fields as in Elf64_Shdr.
struct ElfSection {
  std::string_view name;
  size_t index;
  Elf64_Shdr header;
};

/// Refers to the bytes it was made of.
class ElfView {
public:
  /// `name` (the file) begins every error. A section of bytes outside the file is an error;
  /// "truncated" is what that means.
  static Result<ElfView> parse(std::span<const std::byte> bytes, const std::string &name);

  uint16_t machine() const { return header.e_machine; }
  uint64_t sectionTableOffset() const { return header.e_shoff; }
  std::span<const ElfSection> sections() const { return table; }
  /// The first section of that name, or null.
  const ElfSection *find(std::string_view name) const;
  /// The bytes of a section that is in the file (any but SHT_NOBITS and SHT_NULL).
  std::span<const std::byte> contents(const ElfSection &section) const;

private:
  std::span<const std::byte> bytes;
  Elf64_Ehdr header;
  std::vector<ElfSection> table;
};

/// e_machine of the code that this process runs, and what to call one in a message ("x86-64").
uint16_t elfMachineOfProcess();
std::string elfMachineName(uint16_t machine);

} // namespace tern
