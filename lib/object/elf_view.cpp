//===- elf_view.cpp - The sections of an ELF file in memory --------------===//
#include "lib/object/elf_view.h"

#include <cstring>

namespace tern {

static bool inside(uint64_t offset, uint64_t size, uint64_t total) { return offset <= total && size <= total - offset; }

static bool hasBytes(const Elf64_Shdr &section) { return section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL; }

Result<ElfView> ElfView::parse(std::span<const std::byte> bytes, const std::string &name) {
  ElfView view;
  view.bytes = bytes;
  if (bytes.size() < SELFMAG || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0)
    return Error{name + ": is no model object (it does not begin as an ELF file)"};
  if (bytes.size() < sizeof(Elf64_Ehdr))
    return Error{name + ": is truncated: it ends within the ELF header"};
  Elf64_Ehdr &header = view.header;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
    return Error{name + ": is no 64-bit little-endian ELF file"};
  if (header.e_type != ET_DYN)
    return Error{name + ": is no ELF shared object"};
  if (header.e_shnum == 0 || header.e_shentsize != sizeof(Elf64_Shdr))
    return Error{name + ": has no section table of a model object"};
  if (!inside(header.e_shoff, uint64_t(header.e_shnum) * sizeof(Elf64_Shdr), bytes.size()))
    return Error{name + ": is truncated or damaged: its section table lies beyond its end"};
  if (header.e_shstrndx >= header.e_shnum)
    return Error{name + ": is damaged: the index of its section names is out of range"};

  for (size_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::memcpy(&section, bytes.data() + header.e_shoff + i * sizeof section, sizeof section);
    if (hasBytes(section) && !inside(section.sh_offset, section.sh_size, bytes.size()))
      return Error{name + ": is truncated or damaged: section " + std::to_string(i) + " lies beyond its end"};
    view.table.push_back({{}, i, section});
  }
  const Elf64_Shdr &strings = view.table[header.e_shstrndx].header;
  if (strings.sh_type != SHT_STRTAB)
    return Error{name + ": is damaged: its section names are no string table"};
  std::string_view names(reinterpret_cast<const char *>(bytes.data()) + strings.sh_offset, strings.sh_size);
  for (ElfSection &section : view.table) {
    size_t start = section.header.sh_name;
    size_t end = start < names.size() ? names.find('\0', start) : std::string_view::npos;
    if (end == std::string_view::npos)
      return Error{name + ": is damaged: section " + std::to_string(section.index) + " has no name"};
    section.name = names.substr(start, end - start);
  }
  return view;
}

const ElfSection *ElfView::find(std::string_view name) const {
  for (const ElfSection &section : table)
    if (section.name == name && section.index != 0)
      return &section;
  return nullptr;
}

std::span<const std::byte> ElfView::contents(const ElfSection &section) const {
  if (!hasBytes(section.header))
    return {};
  return bytes.subspan(section.header.sh_offset, section.header.sh_size);
}

uint16_t elfMachineOfProcess() {
#if defined(__x86_64__)
  return EM_X86_64;
#elif defined(__aarch64__)
  return EM_AARCH64;
#elif defined(__riscv)
  return EM_RISCV;
#elif defined(__powerpc64__)
  return EM_PPC64;
#else
  return EM_NONE;
#endif
}

std::string elfMachineName(uint16_t machine) {
  switch (machine) {
  case EM_X86_64:
    return "x86-64";
  case EM_AARCH64:
    return "AArch64";
  case EM_RISCV:
    return "RISC-V";
  case EM_PPC64:
    return "PowerPC";
  default:
    return "ELF machine " + std::to_string(machine);
  }
}

} // namespace tern
