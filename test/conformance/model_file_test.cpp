//===- model_file_test.cpp - Damaged model objects are refused, never run ------===//
#include "compiler/driver/compile.h"
#include "lib/object/model_file.h"
#include "runtime/session/session.h"
#include "test/lib/test_files.h"

#include <gtest/gtest.h>

#include <filesystem>

using namespace tern;
namespace fs = std::filesystem;

namespace {

/// The shipped example, compiled once for all tests of this suite, which run in one process.
class ModelObject : public testing::Test {
protected:
  static void SetUpTestSuite() {
    path = (fs::temp_directory_path() / ("tern-model-file-" + std::to_string(::getpid()) + ".tern")).string();
    CompileOptions options;
    options.checkpoint = test::repositoryPath("examples/tiny-shakespeare");
    options.output = path;
    Status status = compile(options);
    ASSERT_TRUE(status) << status.error().message;
    Result<std::string> text = readFile(path, 1 << 28);
    ASSERT_TRUE(text);
    bytes = std::move(*text);
  }
  static void TearDownTestSuite() { fs::remove(path); }
  void SetUp() override { ASSERT_FALSE(bytes.empty()) << "the example was not compiled"; }

  static Result<ModelContents> parse(const std::string &object) {
    return parseModelObject(std::as_bytes(std::span(object)), Verify::Auto, "m.tern");
  }
  static std::string path, bytes;
};
std::string ModelObject::path, ModelObject::bytes;

TEST_F(ModelObject, WholeOneIsAccepted) {
  Result<ModelContents> contents = parse(bytes);
  ASSERT_TRUE(contents) << contents.error().message;
  EXPECT_EQ(contents->header.vocab_size, 2048u);
  EXPECT_EQ(contents->header.weights_bytes, contents->weights.size());
  EXPECT_EQ(contents->manifest.eos, std::vector<int32_t>{4});
}

TEST_F(ModelObject, TruncatedAnywhere) {
  for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 97) {
    Result<ModelContents> contents = parse(bytes.substr(0, size));
    ASSERT_FALSE(contents) << size;
    EXPECT_TRUE(contents.error().message.starts_with("m.tern: ")) << contents.error().message;
  }
}

TEST_F(ModelObject, OneBitFlippedAnywhere) {
  std::string damaged = bytes;
  for (size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 211) {
    damaged[at] = char(damaged[at] ^ (1 << (at % 8)));
    EXPECT_FALSE(parse(damaged)) << "bit " << at % 8 << " of byte " << at;
    damaged[at] = bytes[at];
  }
}

TEST_F(ModelObject, OtherVersionIsSaidAsSuch) {
  std::string other = bytes;
  size_t header = other.find(TERN_MODEL_MAGIC);
  ASSERT_NE(header, std::string::npos);
  other[header + offsetof(tern_model_header, abi_version)] = 9;
  Result<ModelContents> contents = parse(other);
  ASSERT_FALSE(contents);
  EXPECT_NE(contents.error().message.find("version 9"), std::string::npos) << contents.error().message;
}

TEST_F(ModelObject, SessionRefusesWhatItCannotDo) {
  Result<std::shared_ptr<Model>> model = Model::load(path, Verify::Full);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_FALSE(Session::create(*model, 1, 100000));
  Result<std::unique_ptr<Session>> session = Session::create(*model, 2, 16);
  ASSERT_TRUE(session);
  std::vector<int32_t> ids(16, 5);
  EXPECT_FALSE((*session)->append(std::vector<int32_t>{5, 2048}, Session::Logits::Last));
  EXPECT_FALSE((*session)->append(std::vector<int32_t>{-1}, Session::Logits::Last));
  EXPECT_EQ((*session)->position(), 0u);
  ASSERT_TRUE((*session)->append(ids, Session::Logits::All));
  EXPECT_EQ((*session)->logits().size(), 16u * 2048u);
  Status full = (*session)->append(std::vector<int32_t>{5}, Session::Logits::Last);
  ASSERT_FALSE(full);
  EXPECT_NE(full.error().message.find("context of 16 positions is full"), std::string::npos);
}

TEST(ModelFile, MissingFileIsNamed) {
  Result<ModelFile> file = ModelFile::open("/nonexistent/m.tern", Verify::Auto);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("/nonexistent/m.tern"), std::string::npos);
}

} // namespace
