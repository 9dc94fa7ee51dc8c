#include "lib/checkpoint/gguf.h"
#include "test/lib/checkpoint/small_gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::test {
namespace {

using testing::HasSubstr;

Result<GgufContents> parse(const std::string &bytes) {
  return parseGguf(std::as_bytes(std::span(bytes)), I2sBlocks::X86, "m.gguf");
}
std::string errorOf(const std::string &bytes) {
  Result<GgufContents> contents = parse(bytes);
  return contents ? "" : contents.error().message;
}
std::string errorOf(const SmallGguf &file) { return errorOf(file.bytes()); }

TEST(Gguf, KeysAndTensors) {
  SmallGguf file;
  file.key("general.architecture", "llama").key("n", 7u).key("x", 0.5f).flag("f", true);
  file.key("i64", 11, rawBytes(int64_t(-3))).key("u64", 10, rawBytes(UINT64_MAX)).key("f64", 12, rawBytes(0.25));
  file.strings("s", {"a", "", "\xff"}).integers("i", {1, -2});
  file.tensor("a", {3, 2}, 0, std::string(24, '\1')).tensor("b", {32}, 8, std::string(34, '\2'));
  for (uint32_t version : {2u, 3u}) {
    file.version = version;
    std::string bytes = file.bytes();
    Result<GgufContents> contents = parse(bytes);
    ASSERT_TRUE(contents) << contents.error().message;
    auto &values = contents->values;
    EXPECT_EQ(values.at("general.architecture").string(), "llama");
    EXPECT_EQ(values.at("n").integer(), 7);
    EXPECT_EQ(values.at("n").string(), std::nullopt);
    EXPECT_EQ(values.at("x").number(), 0.5);
    EXPECT_EQ(values.at("x").integer(), std::nullopt);
    EXPECT_EQ(values.at("f").boolean(), true);
    EXPECT_EQ(values.at("i64").integer(), -3);
    EXPECT_EQ(values.at("u64").integer(), std::nullopt); // no int64
    EXPECT_EQ(values.at("f64").number(), 0.25);
    EXPECT_EQ(values.at("s").string(2), "\xff");
    EXPECT_EQ(values.at("s").text(), "an array of 3 string");
    EXPECT_EQ(values.at("i").integer(1), -2);
    ASSERT_EQ(contents->tensors.size(), 2u);
    const GgufTensor &a = contents->tensors[0], &b = contents->tensors[1];
    EXPECT_EQ(a.name, "a");
    EXPECT_EQ(a.shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(bytes.substr(a.offset, a.bytes), std::string(24, '\1'));
    EXPECT_EQ(b.type->name, "Q8_0");
    EXPECT_EQ(bytes.substr(b.offset, b.bytes), std::string(34, '\2'));
  }
}

TEST(Gguf, TheLastPaddingMayBeMissing) {
  SmallGguf file;
  file.tensor("a", {3}, 0, std::string(12, '\0'));
  std::string bytes = file.bytes();
  EXPECT_EQ(errorOf(bytes.substr(0, bytes.size() - 20)), "");
  EXPECT_THAT(errorOf(bytes.substr(0, bytes.size() - 21)), HasSubstr("m.gguf: tensor a: ends at byte 12 of the data"));
  EXPECT_THAT(errorOf(bytes + std::string(1, '\0')), HasSubstr("m.gguf: has 1 bytes after its last tensor"));
}

TEST(Gguf, Alignment) {
  SmallGguf file;
  file.alignment = 64;
  file.key("general.alignment", 64u).tensor("a", {1}, 0, "1234").tensor("b", {1}, 0, "5678");
  std::string bytes = file.bytes();
  Result<GgufContents> contents = parse(bytes);
  ASSERT_TRUE(contents) << contents.error().message;
  EXPECT_EQ(contents->tensors[1].offset % 64, 0u);
  EXPECT_EQ(bytes.substr(contents->tensors[1].offset, 4), "5678");
  for (uint32_t wrong : {0u, 3u, 48u, 1u << 31})
    EXPECT_THAT(errorOf(SmallGguf().key("general.alignment", wrong)), HasSubstr("but must be a power of two"));
  EXPECT_THAT(errorOf(SmallGguf().key("general.alignment", "32")), HasSubstr("but must be a power of two"));
}

TEST(Gguf, EveryTruncationIsAnError) {
  SmallGguf file;
  file.key("general.architecture", "llama")
      .strings("s", {"a", "bc"})
      .integers("i", {1, 2})
      .tensor("a", {8}, 0, std::string(32, 'x'));
  std::string bytes = file.bytes();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(errorOf(bytes.substr(0, size)), "") << size;
}

TEST(Gguf, WrongHeads) {
  EXPECT_THAT(errorOf("GGML" + std::string(20, '\0')), HasSubstr("m.gguf: is no GGUF file"));
  SmallGguf file;
  file.version = 1;
  EXPECT_THAT(errorOf(file), HasSubstr("has GGUF version 1; 2 and 3 are supported"));
  file.version = 3u << 24;
  EXPECT_THAT(errorOf(file), HasSubstr("is big-endian"));
  file.version = 3;
  file.moreKeys = INT64_MAX;
  EXPECT_THAT(errorOf(file), HasSubstr("has 9223372036854775807 keys, more than it can hold"));
  file.moreKeys = 0;
  file.moreTensors = -1;
  EXPECT_THAT(errorOf(file), HasSubstr("has 18446744073709551615 tensors, more than it can hold"));
}

TEST(Gguf, WrongKeys) {
  EXPECT_THAT(errorOf(SmallGguf().key("a", 1u).key("a", 2u)), HasSubstr("the key \"a\" is there twice"));
  EXPECT_THAT(errorOf(SmallGguf().key("", 1u)), HasSubstr("a key is empty"));
  EXPECT_THAT(errorOf(SmallGguf().key("a", 13, "1234567890")), HasSubstr("the key \"a\" has the unknown type 13"));
  EXPECT_THAT(errorOf(SmallGguf().key("a", 7, "\2" + std::string(8, '\0'))), HasSubstr("neither 0 nor 1"));
  EXPECT_THAT(errorOf(SmallGguf().key("a", 8, rawBytes(uint64_t(1) << 63))),
              HasSubstr("the key \"a\" at byte 45 takes 9223372036854775808 bytes, but 19 are left"));
  std::string nested = rawBytes(9u) + rawBytes(uint64_t(1)) + std::string(32, '\0');
  EXPECT_THAT(errorOf(SmallGguf().key("a", 9, nested)), HasSubstr("is an array of arrays"));
  std::string many = rawBytes(12u) + rawBytes(uint64_t(1) << 61) + std::string(32, '\0');
  EXPECT_THAT(errorOf(SmallGguf().key("a", 9, many)), HasSubstr("elements, more than the file can hold"));
  many = rawBytes(8u) + rawBytes(UINT64_MAX) + std::string(32, '\0');
  EXPECT_THAT(errorOf(SmallGguf().key("a", 9, many)), HasSubstr("strings, more than the file can hold"));
}

TEST(Gguf, WrongTensors) {
  std::string four(16, '\0');
  auto error = [](const std::vector<int64_t> &ne, uint32_t type, const std::string &content, int64_t offset = -1) {
    return errorOf(SmallGguf().tensor("a", {4}, 0, std::string(16, '\0')).tensor("b", ne, type, content, offset));
  };
  EXPECT_THAT(errorOf(SmallGguf().tensor("a", {4}, 0, four).tensor("a", {4}, 0, four)),
              HasSubstr("m.gguf: tensor a: is there twice"));
  EXPECT_THAT(errorOf(SmallGguf().tensor("", {4}, 0, four)), HasSubstr("has a name of 0 bytes"));
  EXPECT_THAT(errorOf(SmallGguf().tensor(std::string(64, 'n'), {4}, 0, four)), HasSubstr("has a name of 64 bytes"));
  EXPECT_THAT(error({}, 0, four), HasSubstr("tensor b: has 0 dimensions"));
  EXPECT_THAT(error({1, 1, 1, 1, 4}, 0, four), HasSubstr("tensor b: has 5 dimensions"));
  EXPECT_THAT(error({-4}, 0, four), HasSubstr("tensor b: has a dimension that is not positive"));
  EXPECT_THAT(error({0, 4}, 0, four), HasSubstr("tensor b: has a dimension that is not positive"));
  EXPECT_THAT(error({int64_t(1) << 32, int64_t(1) << 32}, 0, four), HasSubstr("or a size that is too large"));
  EXPECT_THAT(error({4}, 99, four), HasSubstr("tensor b: has the unknown type 99"));
  EXPECT_THAT(error({4}, 40, four), HasSubstr("tensor b: has type NVFP4 (40), which is not read; these are: F32"));
  EXPECT_THAT(error({48}, 8, four), HasSubstr("tensor b: has rows of 48 numbers, but its type Q8_0 has blocks of 32"));
  EXPECT_THAT(error({4}, 0, four, 16), HasSubstr("tensor b: has offset 16, which is no multiple of the alignment 32"));
  EXPECT_THAT(error({4}, 0, four, 0), HasSubstr("tensor b: has offset 0, but the tensors before it end at 32"));
  EXPECT_THAT(error({4}, 0, four, 64), HasSubstr("tensor b: has offset 64, but the tensors before it end at 32"));
  EXPECT_THAT(error({1024}, 0, four), HasSubstr("tensor b: ends at byte 4128 of the data"));
}

/// What type 42 is shows in the sizes; a file that fits two of its meanings, or none, is refused.
TEST(Gguf, TypeFortyTwo) {
  auto file = [](size_t bytes, int64_t columns) {
    return SmallGguf()
        .tensor("a", {columns, 16}, 42, std::string(bytes, '\0'))
        .tensor("n", {4}, 0, std::string(16, '\0'));
  };
  auto typeOf = [&](size_t bytes) {
    std::string whole = file(bytes, 1024).bytes();
    Result<GgufContents> contents = parse(whole);
    return contents ? std::string(contents->tensors[0].type->name) : contents.error().message;
  };
  EXPECT_EQ(typeOf(16384 / 64 * 18), "Q2_0");
  EXPECT_EQ(typeOf(16384 / 128 * 34), "Q2_0 of 128 (PrismML)");
  EXPECT_EQ(typeOf(16384 / 256 * 42), "STQ1_0 (AngelSlim)");
  EXPECT_THAT(typeOf(16384), HasSubstr("the sizes of the file are those of none that is known"));
  std::string small =
      SmallGguf().tensor("a", {128}, 42, std::string(36, '\0')).bytes(); // 34 and 36 bytes are padded to 64
  EXPECT_THAT(errorOf(small), HasSubstr("the sizes of the file do not tell which"));
}

} // namespace
} // namespace tern::test
