//===- model_file_test.cpp - Objects whose hashes are right and whose sense is not ---===//
//
// Damage that the hashes find is tested on a compiled model (test/conformance/model_file_test.cpp); here every field
// behind them.
//
//===----------------------------------------------------------------------===//
#include "lib/object/elf_view.h"
#include "lib/object/model_file.h"
#include "lib/object/model_hash.h"
#include "test/lib/object/small_object.h"
#include "test/lib/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

using namespace tern;
using testing::HasSubstr;

namespace {

class SmallObject : public testing::Test {
protected:
  SmallObject() {
    Status status = test::writeSmallObject(folder.path + "/m.tern", std::string(256, 'w'), "{}");
    EXPECT_TRUE(status) << status.error().message;
    bytes = folder.read("m.tern");
  }

  /// Makes the trailer's hashes right again.
  void seal(std::string &object) {
    auto all = std::as_bytes(std::span(object));
    Result<ElfView> elf = ElfView::parse(all, "m");
    ASSERT_TRUE(elf) << elf.error().message;
    std::span<const std::byte> weights = elf->contents(*elf->find(TERN_SECTION_WEIGHTS));
    uint64_t at = uint64_t(weights.data() - all.data()), hash = hashRest(all, at, weights.size());
    std::memcpy(object.data() + object.size() - sizeof hash, &hash, sizeof hash);
  }

  static std::string errorOf(const std::string &object) {
    Result<ModelContents> contents = parseModelObject(std::as_bytes(std::span(object)), Verify::Full, "m");
    return contents ? "" : contents.error().message;
  }

  std::string afterHeaderChange(const std::function<void(tern_model_header &)> &change) {
    std::string changed = bytes;
    size_t at = changed.find(TERN_MODEL_MAGIC);
    tern_model_header header;
    std::memcpy(&header, changed.data() + at, sizeof header);
    change(header);
    std::memcpy(changed.data() + at, &header, sizeof header);
    seal(changed);
    return errorOf(changed);
  }

  test::TemporaryFolder folder;
  std::string bytes;
};

TEST_F(SmallObject, WholeOneIsRead) {
  Result<ModelFile> file = ModelFile::open(folder.path + "/m.tern", Verify::Full);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->weights().size(), 256u);
  EXPECT_EQ(char(file->weights()[255]), 'w');
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file->weights().data()) % TERN_WEIGHTS_ALIGN, 0u);
  EXPECT_EQ(file->tokenizer(), "{}");
  EXPECT_EQ(file->manifest().name, "small");
  EXPECT_EQ(file->header().max_context, 16u);
}

TEST_F(SmallObject, EveryFieldOfTheHeaderIsChecked) {
  using Header = tern_model_header;
  EXPECT_EQ(afterHeaderChange([](Header &) {}), "");
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.magic[0] = 'X'; }), HasSubstr("m: is no model object"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.abi_version += 1; }), HasSubstr("m: has model version"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.header_bytes = 8; }), HasSubstr("wrong size"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.weights_bytes = 255; }), HasSubstr("weights have a wrong size"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.shared_bytes = uint64_t(1) << 60; }), HasSubstr("wrong arena size"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.scratch_bytes = 65; }), HasSubstr("wrong arena size"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.vocab_size = UINT32_MAX; }), HasSubstr("wrong vocabulary size"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.vocab_size = 0; }), HasSubstr("manifest contradicts its header"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.hidden_size = 0; }), HasSubstr("wrong hidden size"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.max_context = 0; }), HasSubstr("wrong context"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.prefill_block = 0; }), HasSubstr("wrong prefill block"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.cache_bytes_per_token = UINT64_MAX; }),
              HasSubstr("wrong cache size"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { std::memset(h.features, 'a', sizeof h.features); }),
              HasSubstr("wrong feature list"));
  EXPECT_THAT(afterHeaderChange([](Header &h) { h.vocab_size = 9; }), HasSubstr("manifest contradicts its header"));
}

TEST_F(SmallObject, AFeatureThatNoCpuHas) {
  std::string changed = bytes;
  size_t at = changed.find(TERN_MODEL_MAGIC) + offsetof(tern_model_header, features);
  std::memcpy(changed.data() + at, "avx2048", 8);
  seal(changed);
  Result<ModelFile> file = ModelFile::open(folder.write("f.tern", changed), Verify::Auto);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message,
              HasSubstr("/f.tern: was compiled for any and needs avx2048, which this CPU does not have"));
}

TEST_F(SmallObject, AnotherMachine) {
  std::string changed = bytes;
  uint16_t machine = EM_S390;
  std::memcpy(changed.data() + offsetof(Elf64_Ehdr, e_machine), &machine, sizeof machine);
  seal(changed);
  Result<ModelFile> file = ModelFile::open(folder.write("f.tern", changed), Verify::Auto);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("was compiled for ELF machine 22, but this machine is "));
}

TEST_F(SmallObject, AManifestThatLies) {
  std::string changed = bytes;
  size_t at = changed.rfind("\"bytes\":256");
  ASSERT_NE(at, std::string::npos);
  changed.replace(at, 11, "\"bytes\":257");
  seal(changed);
  EXPECT_THAT(errorOf(changed), HasSubstr("tensor w lies outside the weights"));
  changed.replace(at, 11, "\"bytes\":-56");
  seal(changed);
  EXPECT_THAT(errorOf(changed), HasSubstr("m: manifest: tensors[0]: the field \"bytes\" must be an integer"));
  changed.replace(at, 11, "}}}}}}}}}}}");
  seal(changed);
  EXPECT_THAT(errorOf(changed), HasSubstr("m: manifest: is no valid JSON"));
}

TEST_F(SmallObject, SectionTablesThatLie) {
  uint64_t table;
  std::memcpy(&table, bytes.data() + offsetof(Elf64_Ehdr, e_shoff), sizeof table);
  auto after = [&](size_t section, const std::function<void(Elf64_Shdr &)> &change) {
    std::string changed = bytes;
    Elf64_Shdr entry;
    std::memcpy(&entry, changed.data() + table + section * sizeof entry, sizeof entry);
    change(entry);
    std::memcpy(changed.data() + table + section * sizeof entry, &entry, sizeof entry);
    return errorOf(changed);
  };
  for (size_t section = 1; section < 6; ++section) {
    EXPECT_THAT(after(section, [](Elf64_Shdr &s) { s.sh_offset = UINT64_MAX; }), HasSubstr("lies beyond its end"))
        << section;
    EXPECT_THAT(after(section, [](Elf64_Shdr &s) { s.sh_size = UINT64_MAX; }), HasSubstr("lies beyond its end"))
        << section;
    EXPECT_THAT(after(section, [](Elf64_Shdr &s) { s.sh_name = UINT32_MAX; }), HasSubstr("has no name")) << section;
    EXPECT_FALSE(after(section, [](Elf64_Shdr &s) { s.sh_type = SHT_NOBITS; }).empty()) << section;
  }
  EXPECT_THAT(after(2, [](Elf64_Shdr &s) { s.sh_offset += 64; }), HasSubstr("weights have a wrong size or place"));
}

} // namespace
