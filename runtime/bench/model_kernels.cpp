//===- model_kernels.cpp - The product kernels of a model object ---------------===//
#include "runtime/bench/model_kernels.h"

#include "lib/object/elf_view.h"

#include <cstring>
#include <dlfcn.h>

namespace tern {

/// The value of a function's symbol in the object's full symbol table: kernels are not exported.
static const Elf64_Sym *findFunction(const ElfView &elf, std::string_view name) {
  const ElfSection *table = elf.find(".symtab"), *strings = elf.find(".strtab");
  if (!table || !strings)
    return nullptr;
  std::span<const std::byte> bytes = elf.contents(*table), texts = elf.contents(*strings);
  auto *symbols = reinterpret_cast<const Elf64_Sym *>(bytes.data());
  for (size_t i = 0; i < bytes.size() / sizeof(Elf64_Sym); ++i) {
    const Elf64_Sym &symbol = symbols[i];
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_name >= texts.size())
      continue;
    auto *text = reinterpret_cast<const char *>(texts.data()) + symbol.st_name;
    if (name == std::string_view(text, ::strnlen(text, texts.size() - symbol.st_name)))
      return &symbol;
  }
  return nullptr;
}

Result<std::vector<NamedKernel>> modelKernels(const std::shared_ptr<Model> &model) {
  const std::string &path = model->path();
  Result<ElfView> elf = ElfView::parse(model->bytes(), path);
  if (!elf)
    return elf.error();
  Dl_info place{};
  if (model->exports().empty() ||
      ::dladdr(reinterpret_cast<const void *>(model->exports().front().code->run), &place) == 0)
    return Error{path + ": cannot find where its code was loaded: " + ::dlerror()};
  auto *base = static_cast<uint8_t *>(place.dli_fbase);
  std::vector<NamedKernel> kernels;
  for (const ManifestKernel &kernel : model->manifest().kernels) {
    const Elf64_Sym *symbol = findFunction(*elf, kernel.name);
    Result<Layout> layout = parseLayout(kernel.layout);
    if (!symbol)
      return Error{path + ": lacks the kernel " + kernel.name + " that its manifest lists"};
    if (!layout)
      return Error{path + ": " + kernel.name + ": " + layout.error().message};
    ProductShape shape{kernel.rows,
                       kernel.columns,
                       kernel.bound,
                       (kernel.bound + kernel.tokens - 1) / kernel.tokens * kernel.tokens,
                       layout->paddedRows(kernel.rows),
                       kernel.codesStride,
                       *layout,
                       kernel.byteTables,
                       kernel.group};
    void *address = base + symbol->st_value;
    kernels.push_back({kernel.name, {shape, kernel.variant, [model, address, shape](const KernelCall &call) {
                                       callProduct(address, shape, call);
                                     }}});
  }
  return kernels;
}

} // namespace tern
