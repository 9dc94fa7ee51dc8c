//===- checkpoint_test.cpp - Folders in the hub's format -----------------------===//
#include "lib/checkpoint/checkpoint.h"
#include "test/lib/checkpoint/small_safetensors.h"
#include "test/lib/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using test::safetensors;
using testing::HasSubstr;

namespace {

constexpr const char *kConfig = R"({"model_type": "llama", "hidden_size": 8, "intermediate_size": 8,
  "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 10, "max_position_embeddings": 16,
  "quantization_config": {"quant_method": "bitnet"}})";

class Folder : public testing::Test {
protected:
  Folder() { folder.write("config.json", kConfig); }
  std::string errorOf() {
    Result<Checkpoint> checkpoint = Checkpoint::open(folder.path);
    return checkpoint ? "" : checkpoint.error().message;
  }
  static std::string oneTensor(const std::string &name) { return safetensors({{name, {"U8", {4}, "1234"}}}); }
  void writeIndex(const Json &map) { folder.write("model.safetensors.index.json", Json{{"weight_map", map}}.dump()); }
  test::TemporaryFolder folder;
};

TEST_F(Folder, OneFile) {
  folder.write("model.safetensors", safetensors({{"a", {"U8", {4}, "1234"}}, {"b", {"U8", {2}, "56"}}}));
  folder.write("tokenizer.json", "{\"model\": {}}");
  Result<Checkpoint> checkpoint = Checkpoint::open(folder.path);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->largestTensor(), 4u);
  EXPECT_EQ(checkpoint->tokenizer(), "{\"model\": {}}");
  EXPECT_EQ(checkpoint->config().config.at("vocab_size"), 10);
  EXPECT_EQ(folder.path, std::filesystem::path(folder.path).parent_path() / checkpoint->name());
  ASSERT_TRUE(checkpoint->find("b"));
  EXPECT_EQ(checkpoint->find("b")->where(), folder.path + "/model.safetensors: tensor b");
  Result<TensorView> none = checkpoint->find("c");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, folder.path + ": has no tensor c");
}

TEST_F(Folder, ShardsByTheIndex) {
  folder.write("1.safetensors", oneTensor("a"));
  folder.write("2.safetensors", safetensors({{"b", {"U8", {1}, "b"}}, {"c", {"U8", {1}, "c"}}}));
  writeIndex({{"a", "1.safetensors"}, {"b", "2.safetensors"}});
  Result<Checkpoint> checkpoint = Checkpoint::open(folder.path);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  ASSERT_TRUE(checkpoint->find("a"));
  ASSERT_TRUE(checkpoint->find("b"));
  EXPECT_EQ(checkpoint->find("b")->file->path(), folder.path + "/2.safetensors");
  EXPECT_FALSE(checkpoint->find("c")); // in a shard, but the index does not have it
  std::byte value;
  TensorView b = *checkpoint->find("b");
  ASSERT_TRUE(b.file->read(*b.info, 0, std::span(&value, 1)));
  EXPECT_EQ(char(value), 'b');
}

TEST_F(Folder, TheSingleFileWins) {
  folder.write("model.safetensors", oneTensor("a"));
  writeIndex({{"a", "missing.safetensors"}});
  EXPECT_EQ(errorOf(), "");
}

TEST_F(Folder, IndexesThatLie) {
  folder.write("1.safetensors", oneTensor("a"));
  writeIndex({{"a", "1.safetensors"}, {"b", "1.safetensors"}});
  EXPECT_THAT(errorOf(), HasSubstr("index.json: places tensor b in 1.safetensors, which does not"));
  writeIndex({{"a", "2.safetensors"}});
  EXPECT_THAT(errorOf(), HasSubstr("2.safetensors: cannot open: No such file"));
  writeIndex({{"a", "../1.safetensors"}});
  EXPECT_THAT(errorOf(), HasSubstr("gives tensor a no file name in this folder"));
  writeIndex({{"a", 1}});
  EXPECT_THAT(errorOf(), HasSubstr("gives tensor a no file name in this folder"));
  writeIndex(Json::object());
  EXPECT_THAT(errorOf(), HasSubstr("index.json: has no weight_map"));
}

TEST_F(Folder, WhatIsMissingOrBroken) {
  EXPECT_EQ(errorOf(), folder.path + "/model.safetensors: cannot open: No such file or directory");
  folder.write("model.safetensors", oneTensor("a"));
  folder.write("tokenizer.json", "{");
  EXPECT_THAT(errorOf(), HasSubstr("/tokenizer.json: is no valid JSON"));
  folder.write("generation_config.json", "[]");
  EXPECT_EQ(errorOf(), folder.path + "/generation_config.json: is no JSON object");
  folder.write("config.json", "");
  EXPECT_THAT(errorOf(), HasSubstr("/config.json: is no valid JSON"));
  std::filesystem::remove(folder.path + "/config.json");
  EXPECT_THAT(errorOf(), HasSubstr("/config.json: cannot open"));
  Result<Checkpoint> nowhere = Checkpoint::open(folder.path + "/none");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("/none: is no folder; a checkpoint is a folder"));
}

} // namespace
