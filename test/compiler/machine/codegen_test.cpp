//===- codegen_test.cpp - Machine code of a small module ------------------------===//
#include "compiler/machine/codegen.h"

#include "compiler/machine/model_frame.h"
#include "compiler/object/link.h"
#include "lib/base/memory_file.h"
#include "lib/object/elf_view.h"
#include "test/compiler/machine/small_module.h"

#include "mlir/IR/Builders.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>

namespace tern {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TargetInfo targetOf(const std::string &cpu, const std::string &triple) { return *resolveTarget(cpu, triple); }

std::string codeOf(const TargetInfo &target, CodeForm form, Sanitizer sanitizer = Sanitizer::None) {
  ParsedModule parsed(target);
  llvm::LLVMContext context;
  Result<std::unique_ptr<llvm::Module>> module = buildLlvmModule(*parsed.module, sanitizer, context);
  EXPECT_TRUE(module) << module.error().message;
  Result<std::string> code = emitCode(**module, target, form);
  EXPECT_TRUE(code) << code.error().message;
  return *code;
}

struct Library {
  std::string bytes;
  std::unique_ptr<ElfView> elf;
};

Library linked(const TargetInfo &target) {
  Result<std::string> code = linkSharedObject(codeOf(target, CodeForm::Object), /*allowUndefined=*/false);
  EXPECT_TRUE(code) << code.error().message;
  Library library{std::move(*code), nullptr};
  Result<ElfView> view = ElfView::parse(std::as_bytes(std::span(library.bytes)), "small.so");
  EXPECT_TRUE(view) << view.error().message;
  library.elf = std::make_unique<ElfView>(std::move(*view));
  return library;
}

TEST(Codegen, HeaderDescribesTheModel) {
  TargetInfo target = targetOf("znver4", "x86_64-linux-gnu");
  Library library = linked(target);
  const ElfSection *section = library.elf->find(TERN_SECTION_HEADER);
  ASSERT_NE(section, nullptr);
  EXPECT_TRUE(section->header.sh_flags & SHF_ALLOC);
  std::span<const std::byte> contents = library.elf->contents(*section);
  ASSERT_EQ(contents.size(), sizeof(tern_model_header));
  tern_model_header header;
  std::memcpy(&header, contents.data(), sizeof header);
  EXPECT_EQ(std::string_view(header.magic, 8), TERN_MODEL_MAGIC);
  EXPECT_EQ(header.abi_version, TERN_ABI_VERSION);
  EXPECT_EQ(header.header_bytes, sizeof header);
  EXPECT_EQ(header.vocab_size, 7u);
  EXPECT_EQ(header.max_context, 16u);
  EXPECT_EQ(header.prefill_block, 4u);
  EXPECT_EQ(header.shared_bytes, 640u);
  EXPECT_EQ(header.scratch_bytes, 128u);
  EXPECT_EQ(header.cache_bytes_per_token, 2u * 2 * 4 * sizeof(float));
  // rope 256, embedding 112 at 256, norm 32 at 384, q two bands of 16 bytes at 448, its scale at
  // 512, m one band at 576, scale at 640.
  EXPECT_EQ(header.weights_bytes, 644u);
  EXPECT_THAT(std::string(header.features), HasSubstr("avx512vnni"));
}

TEST(Codegen, PayloadSectionsTakeNoAddressSpace) {
  for (auto [cpu, triple] :
       {std::pair("x86-64-v3", "x86_64-linux-gnu"), std::pair("neoverse-v1", "aarch64-linux-gnu")}) {
    Library library = linked(targetOf(cpu, triple));
    for (const char *name : {TERN_SECTION_WEIGHTS, TERN_SECTION_TOKENIZER, TERN_SECTION_MANIFEST}) {
      const ElfSection *section = library.elf->find(name);
      ASSERT_NE(section, nullptr) << name << " for " << cpu;
      EXPECT_EQ(section->header.sh_flags & SHF_ALLOC, 0u) << name;
      EXPECT_EQ(section->header.sh_type, uint32_t(SHT_PROGBITS)) << name;
    }
  }
}

TEST(Codegen, ExportsTheHeaderAndTheQueryAndNothingElse) {
  Library library = linked(targetOf("x86-64-v3", "x86_64-linux-gnu"));
  const ElfSection *symbols = library.elf->find(".dynsym"), *names = library.elf->find(".dynstr");
  ASSERT_TRUE(symbols && names);
  std::span<const std::byte> table = library.elf->contents(*symbols), text = library.elf->contents(*names);
  std::vector<std::string> exported;
  for (size_t at = sizeof(Elf64_Sym); at < table.size(); at += sizeof(Elf64_Sym)) {
    Elf64_Sym symbol;
    std::memcpy(&symbol, table.data() + at, sizeof symbol);
    EXPECT_NE(symbol.st_shndx, SHN_UNDEF);
    exported.push_back(reinterpret_cast<const char *>(text.data()) + symbol.st_name);
  }
  EXPECT_THAT(exported, ::testing::UnorderedElementsAre("tern_model_query", "tern_model_header"));
}

TEST(Codegen, TheQueryTellsTheStepFunctionsWithTheirPorts) {
  TargetInfo target = targetOf("x86-64", "x86_64-linux-gnu"); // any machine of this kind runs it
  Library library = linked(target);
  Result<MemoryFile> file = MemoryFile::create("small-module");
  ASSERT_TRUE(file && file->write(library.bytes));
  void *code = dlopen(file->path().c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_TRUE(code) << dlerror();
  auto query = reinterpret_cast<tern_query_fn>(dlsym(code, TERN_SYMBOL_QUERY));
  ASSERT_TRUE(query);
  EXPECT_EQ(query(TERN_ABI_VERSION + 1), nullptr);
  const tern_library *exports = query(TERN_ABI_VERSION);
  ASSERT_TRUE(exports);
  EXPECT_EQ(exports->abi_version, TERN_ABI_VERSION);
  EXPECT_EQ(exports->sanitizer, uint32_t(TERN_SANITIZER_NONE));
  ASSERT_EQ(exports->n_exports, 2u);
  const tern_export &prefill = exports->exports[1];
  EXPECT_STREQ(prefill.name, "prefill");
  EXPECT_EQ(prefill.most_rows, 4u);
  EXPECT_NE(prefill.run, exports->exports[0].run);
  ASSERT_EQ(prefill.n_ports, 2u);
  const tern_port &tokens = prefill.ports[0], &hidden = prefill.ports[1];
  EXPECT_STREQ(tokens.name, "tokens");
  EXPECT_EQ(tokens.type, uint32_t(TERN_TYPE_I32));
  EXPECT_EQ(tokens.extent, uint32_t(TERN_EXTENT_ROWS));
  EXPECT_EQ(tokens.output, 0u);
  EXPECT_EQ(tokens.rank, 1u);
  EXPECT_STREQ(hidden.name, "hidden");
  EXPECT_EQ(hidden.type, uint32_t(TERN_TYPE_F32));
  EXPECT_EQ(hidden.extent, uint32_t(TERN_EXTENT_OUTPUTS));
  EXPECT_EQ(hidden.output, 1u);
  EXPECT_THAT(std::vector<uint64_t>(hidden.shape, hidden.shape + 3), ::testing::ElementsAre(4, 8, 1));
  dlclose(code);
}

TEST(Codegen, SameInputSameBytes) {
  TargetInfo target = targetOf("znver4", "x86_64-linux-gnu");
  EXPECT_EQ(linked(target).bytes, linked(target).bytes);
}

TEST(Codegen, CopiesBecomeLoopsAndVectorsAreAsWideAsTheTarget) {
  std::string wide = codeOf(targetOf("znver4", "x86_64-linux-gnu"), CodeForm::Assembly);
  EXPECT_THAT(wide, Not(HasSubstr("memcpy")));
  EXPECT_THAT(wide, Not(HasSubstr("memset")));
  EXPECT_THAT(wide, HasSubstr("zmm"));
  std::string narrow = codeOf(targetOf("x86-64-v3", "x86_64-linux-gnu"), CodeForm::Assembly);
  EXPECT_THAT(narrow, Not(HasSubstr("zmm")));
  std::string arm = codeOf(targetOf("neoverse-v1", "aarch64-linux-gnu"), CodeForm::Assembly);
  EXPECT_THAT(arm, HasSubstr("tern_decode:"));
}

TEST(Codegen, SanitizersWatchGeneratedCode) {
  TargetInfo target = targetOf("x86-64-v3", "x86_64-linux-gnu");
  EXPECT_THAT(codeOf(target, CodeForm::Assembly, Sanitizer::Address), HasSubstr("__asan_report_"));
  std::string object = codeOf(target, CodeForm::Object, Sanitizer::Thread);
  EXPECT_THAT(object, HasSubstr("__tsan_func_entry"));
  EXPECT_FALSE(linkSharedObject(object, /*allowUndefined=*/false));
  EXPECT_TRUE(linkSharedObject(object, /*allowUndefined=*/true));
}

TEST(Codegen, SaysWhatAModuleLacks) {
  TargetInfo target = targetOf("znver4", "x86_64-linux-gnu");
  llvm::LLVMContext context;
  ParsedModule parsed(target);
  mlir::Builder builder(&parsed.context);
  auto set = [&](llvm::StringRef name, int64_t scratch) {
    return builder.getDictionaryAttr({builder.getNamedAttr("shared", builder.getI64IntegerAttr(64)),
                                      builder.getNamedAttr(name, builder.getI64IntegerAttr(scratch)),
                                      builder.getNamedAttr("prefill_block", builder.getI64IntegerAttr(1))});
  };
  (*parsed.module)->setAttr("step.arenas", set("scratches", 64));
  Result<tern_model_header> header = describeModel(*parsed.module, target);
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().message, "module attribute step.arenas: scratch is missing");
  (*parsed.module)->setAttr("step.arenas", set("scratch", 65));
  header = describeModel(*parsed.module, target);
  ASSERT_FALSE(header);
  EXPECT_THAT(header.error().message, HasSubstr("no multiple of 64"));
  (*parsed.module)->removeAttr("llvm.target");
  EXPECT_FALSE(buildLlvmModule(*parsed.module, Sanitizer::None, context));
}

TEST(Link, NeedsNoPlaceForTemporaryFiles) {
  const char *before = std::getenv("TMPDIR");
  std::string saved = before ? before : "";
  setenv("TMPDIR", "/nonexistent/folder", 1);
  Library library = linked(targetOf("host", ""));
  if (before)
    setenv("TMPDIR", saved.c_str(), 1);
  else
    unsetenv("TMPDIR");
  EXPECT_NE(library.elf->find(".text"), nullptr);
}

} // namespace
} // namespace tern
