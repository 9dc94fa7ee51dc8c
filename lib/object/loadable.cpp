//===- loadable.cpp - What loading an object would do besides mapping it -===//
#include "lib/object/loadable.h"

#include "lib/base/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <optional>
#include <vector>

namespace tern {
namespace {

constexpr uint64_t kVariantPcs = 0x70000005; ///< DT_AARCH64_VARIANT_PCS: functions with vector arguments
constexpr uint64_t kNoteOfProperties = 0x6474e553;

/// The name of a tag that makes the loader run code; null for others.
const char *tagName(int64_t tag) {
  switch (tag) {
  case DT_INIT:
    return "DT_INIT";
  case DT_FINI:
    return "DT_FINI";
  case DT_INIT_ARRAY:
    return "DT_INIT_ARRAY";
  case DT_FINI_ARRAY:
    return "DT_FINI_ARRAY";
  case DT_PREINIT_ARRAY:
    return "DT_PREINIT_ARRAY";
  default:
    return nullptr;
  }
}

bool isKnownTag(int64_t tag) {
  static constexpr int64_t known[] = {DT_SONAME, DT_HASH,   DT_GNU_HASH, DT_STRTAB,    DT_SYMTAB, DT_STRSZ,
                                      DT_SYMENT, DT_RELA,   DT_RELASZ,   DT_RELAENT,   DT_JMPREL, DT_PLTRELSZ,
                                      DT_PLTREL, DT_PLTGOT, DT_FLAGS,    DT_RELACOUNT, DT_FLAGS_1};
  return std::ranges::find(known, tag) != std::end(known) || uint64_t(tag) == kVariantPcs;
}

/// Writes an address of the object itself, or of a symbol; no resolver is called.
bool isPlainRelocation(uint16_t machine, uint32_t type) {
  switch (machine) {
  case EM_X86_64:
    return type == R_X86_64_RELATIVE || type == R_X86_64_GLOB_DAT || type == R_X86_64_JUMP_SLOT || type == R_X86_64_64;
  case EM_AARCH64:
    return type == R_AARCH64_RELATIVE || type == R_AARCH64_GLOB_DAT || type == R_AARCH64_JUMP_SLOT ||
           type == R_AARCH64_ABS64;
  default:
    return false;
  }
}

/// The sanitizer whose runtime has this symbol; null: none.
const char *sanitizerOf(std::string_view symbol) {
  return symbol.starts_with("__asan_") ? "address" : symbol.starts_with("__tsan_") ? "thread" : nullptr;
}

class LoadCheck {
public:
  LoadCheck(std::span<const std::byte> bytes, const std::string &name) : bytes(bytes), name(name) {
    std::memcpy(&header, bytes.data(), sizeof header);
  }

  Status run() {
    if (Status status = readSegments(); !status)
      return status;
    if (!dynamic)
      return {}; // nothing to load: the loader refuses it
    if (Status status = readDynamic(); !status)
      return status;
    // Before the tags: an instrumented object has constructors.
    if (Status status = checkRelocations(); !status || sanitized)
      return status;
    return checkTags();
  }

private:
  Error refuse(const std::string &what) const {
    return {name + ": " + what + ", which no object of ternc does; it is not loaded"};
  }
  Error damaged(const char *what) const { return {name + ": is damaged: " + what}; }

  template <typename T> std::optional<T> at(uint64_t offset) const {
    T value;
    if (offset > bytes.size() || bytes.size() - offset < sizeof value)
      return std::nullopt;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
  }

  /// The place in the file of `size` bytes that are mapped to this address.
  std::optional<uint64_t> fileOffset(uint64_t address, uint64_t size) const {
    for (const Elf64_Phdr &load : loads)
      if (address >= load.p_vaddr && address - load.p_vaddr <= load.p_filesz &&
          size <= load.p_filesz - (address - load.p_vaddr))
        return load.p_offset + (address - load.p_vaddr);
    return std::nullopt;
  }

  Status readSegments() {
    if (header.e_phnum != 0 && header.e_phentsize != sizeof(Elf64_Phdr))
      return damaged("its program headers have a wrong size");
    bool plainStack = header.e_phnum == 0;
    for (uint64_t i = 0; i < header.e_phnum; ++i) {
      std::optional<Elf64_Phdr> segment = at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
      if (!segment || segment->p_offset > bytes.size() || segment->p_filesz > bytes.size() - segment->p_offset)
        return damaged("a segment lies beyond its end");
      switch (segment->p_type) {
      case PT_LOAD:
        if (segment->p_flags & PF_W && segment->p_flags & PF_X)
          return refuse("has a segment that is writable and executable");
        loads.push_back(*segment);
        break;
      case PT_DYNAMIC:
        dynamic = *segment;
        break;
      case PT_GNU_STACK:
        plainStack = !(segment->p_flags & PF_X);
        break;
      case PT_NULL:
      case PT_NOTE:
      case PT_PHDR:
      case PT_GNU_EH_FRAME:
      case PT_GNU_RELRO:
      case kNoteOfProperties:
        break;
      default:
        return refuse("has a segment of type " + std::to_string(segment->p_type));
      }
    }
    return plainStack ? Status() : Status(refuse("asks for an executable stack"));
  }

  Status readDynamic() {
    // The loader reads it from memory, not from where the file says that it is.
    if (fileOffset(dynamic->p_vaddr, dynamic->p_filesz) != dynamic->p_offset)
      return damaged("its dynamic section is not where it is mapped");
    for (uint64_t done = 0; done < dynamic->p_filesz; done += sizeof(Elf64_Dyn)) {
      std::optional<Elf64_Dyn> entry = at<Elf64_Dyn>(dynamic->p_offset + done);
      if (!entry)
        return damaged("its dynamic section lies beyond its end");
      if (entry->d_tag == DT_NULL)
        return {};
      if (std::ranges::find(entries, entry->d_tag, &Elf64_Dyn::d_tag) != entries.end() && entry->d_tag != DT_NEEDED)
        return damaged("its dynamic section has an entry twice");
      entries.push_back(*entry);
    }
    return {};
  }

  uint64_t valueOf(int64_t tag) const {
    auto entry = std::ranges::find(entries, tag, &Elf64_Dyn::d_tag);
    return entry == entries.end() ? 0 : entry->d_un.d_val;
  }

  std::string text(uint64_t offset) const {
    std::optional<uint64_t> begin = fileOffset(valueOf(DT_STRTAB), valueOf(DT_STRSZ));
    if (!begin || offset >= valueOf(DT_STRSZ))
      return "?";
    std::string_view all(reinterpret_cast<const char *>(bytes.data()) + *begin, valueOf(DT_STRSZ));
    return std::string(all.substr(offset, all.find('\0', offset) - offset));
  }

  Status checkTags() {
    for (const Elf64_Dyn &entry : entries) {
      uint64_t value = entry.d_un.d_val;
      if (entry.d_tag == DT_NEEDED)
        return refuse("needs another library (" + printable(text(value)) + ")");
      if (isKnownTag(entry.d_tag)) {
        bool plain = (entry.d_tag != DT_FLAGS || (value & ~uint64_t(DF_BIND_NOW | DF_SYMBOLIC)) == 0) &&
                     (entry.d_tag != DT_FLAGS_1 || (value & ~uint64_t(DF_1_NOW)) == 0);
        if (!plain)
          return refuse("asks the loader for special treatment (flags " + std::to_string(value) + ")");
        continue;
      }
      if (const char *known = tagName(entry.d_tag))
        return refuse("has code that runs when it is loaded or unloaded (" + std::string(known) + ")");
      return refuse("has a dynamic entry of tag " + std::to_string(entry.d_tag));
    }
    return {};
  }

  Status checkRelocations() {
    uint64_t symbols = valueOf(DT_SYMTAB);
    for (auto [table, size] : {std::pair(DT_RELA, DT_RELASZ), std::pair(DT_JMPREL, DT_PLTRELSZ)}) {
      uint64_t bytesOfTable = valueOf(size);
      if (bytesOfTable == 0)
        continue;
      std::optional<uint64_t> begin = fileOffset(valueOf(table), bytesOfTable);
      if (!begin || bytesOfTable % sizeof(Elf64_Rela) != 0)
        return damaged("its relocations lie beyond its end");
      for (uint64_t i = 0; i < bytesOfTable / sizeof(Elf64_Rela); ++i) {
        std::optional<Elf64_Rela> entry = at<Elf64_Rela>(*begin + i * sizeof(Elf64_Rela));
        if (!entry)
          return damaged("its relocations lie beyond its end");
        if (Status status = checkRelocation(*entry, symbols); !status || sanitized)
          return status;
      }
    }
    return {};
  }

  Status checkRelocation(const Elf64_Rela &entry, uint64_t symbols) {
    if (uint64_t index = ELF64_R_SYM(entry.r_info); index != 0) {
      std::optional<uint64_t> place = fileOffset(symbols + index * sizeof(Elf64_Sym), sizeof(Elf64_Sym));
      std::optional<Elf64_Sym> symbol = place ? at<Elf64_Sym>(*place) : std::nullopt;
      if (!symbol)
        return damaged("a relocation names no symbol");
      std::string symbolName = text(symbol->st_name);
      if (symbol->st_shndx == SHN_UNDEF) {
        if (const char *sanitizer = sanitizerOf(symbolName))
          return checkSanitizer(sanitizer, symbolName);
        return refuse("needs a symbol that it does not define (" + printable(symbolName) + ")");
      }
      if (ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC)
        return refuse("has a function that is chosen when it is loaded (" + printable(symbolName) + ")");
    }
    if (!isPlainRelocation(header.e_machine, uint32_t(ELF64_R_TYPE(entry.r_info))))
      return refuse("has a relocation of type " + std::to_string(ELF64_R_TYPE(entry.r_info)));
    auto isData = [&](const Elf64_Phdr &load) {
      return load.p_flags & PF_W && entry.r_offset >= load.p_vaddr &&
             entry.r_offset - load.p_vaddr <= load.p_memsz - std::min<uint64_t>(load.p_memsz, sizeof(uint64_t));
    };
    return std::ranges::any_of(loads, isData) ? Status() : Status(refuse("has a relocation outside its data"));
  }

  /// What instrumented code needs, this process gives it or not.
  Status checkSanitizer(const char *sanitizer, const std::string &symbol) {
    sanitized = ::dlsym(RTLD_DEFAULT, symbol.c_str()) != nullptr;
    if (sanitized)
      return {};
    return Error{name + ": was compiled with --sanitize=" + sanitizer + ", which a program of the preset " +
                 (sanitizer == std::string_view("address") ? "asan" : "tsan") +
                 " can load; compile it without, or build that one"};
  }

  std::span<const std::byte> bytes;
  const std::string &name;
  Elf64_Ehdr header;
  std::vector<Elf64_Phdr> loads;
  std::optional<Elf64_Phdr> dynamic;
  std::vector<Elf64_Dyn> entries;
  bool sanitized = false; ///< by a sanitizer that this process has
};

} // namespace

Status checkLoadable(std::span<const std::byte> bytes, const std::string &name) { return LoadCheck(bytes, name).run(); }

} // namespace tern
