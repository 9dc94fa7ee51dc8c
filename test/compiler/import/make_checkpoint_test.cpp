//===- make_checkpoint_test.cpp - Checkpoints of any family, made up ------------===//
#include "compiler/import/make_checkpoint.h"

#include "compiler/import/import.h"
#include "lib/base/bfloat16.h"
#include "lib/base/file.h"
#include "lib/weights/storage.h"
#include "test/lib/temporary_folder.h"
#include "test/lib/test_files.h"

#include "mlir/IR/MLIRContext.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

using namespace tern;
using testing::HasSubstr;

namespace {

constexpr const char *kBitnetConfig = R"({"model_type": "bitnet", "hidden_size": 16,
  "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
  "num_key_value_heads": 2, "vocab_size": 20, "max_position_embeddings": 16,
  "tie_word_embeddings": true, "quantization_config": {"quant_method": "bitnet",
  "linear_class": "autobitlinear", "quantization_mode": "offline"}})";

/// splitmix64 as its author wrote it (https://prng.di.unimi.it/splitmix64.c), one output after the other.
struct SplitMix {
  uint64_t x;
  uint32_t next24() {
    uint64_t z = (x += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return uint32_t((z ^ (z >> 31)) >> 40);
  }
};

SplitMix numbersOf(const std::string &name, uint64_t seed) {
  uint64_t hash = 14695981039346656037u; // FNV-1a 64
  for (unsigned char c : name)
    hash = (hash ^ c) * 1099511628211u;
  return {hash ^ (seed * 0x9e3779b97f4a7c15)};
}

class Generated : public testing::Test {
protected:
  Status make(const std::string &config = kBitnetConfig, uint64_t seed = 42) {
    return makeCheckpoint(folder.write("given.json", config), seed, folder.path + "/made");
  }
  std::string errorOf(const std::string &config) {
    Status status = make(config);
    return status ? "" : status.error().message;
  }
  test::TemporaryFolder folder;
};

TEST_F(Generated, FollowsTheRecipe) {
  ASSERT_TRUE(make());
  EXPECT_EQ(folder.read("made/config.json"), kBitnetConfig);
  Result<Checkpoint> checkpoint = Checkpoint::open(folder.path + "/made");
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_FALSE(checkpoint->find("lm_head.weight")); // tied

  std::string down = "model.layers.1.mlp.down_proj.";
  Result<std::unique_ptr<StoredWeights>> source =
      openWeights(*checkpoint, {"packed_rows", *parseWeightFormat("trits, scale <tensor, stored, multiply>"),
                                down + "weight", down + "weight_scale", 16, 32});
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ((*source)->scales()->front(), bfloat16ToFloat(floatToBfloat16(std::sqrt(1.5f / 32))));
  std::vector<int8_t> trits(size_t(16) * 32);
  ASSERT_TRUE((*source)->readRows(0, 16, trits));
  SplitMix numbers = numbersOf(down + "weight", 42);
  for (int8_t trit : trits)
    EXPECT_EQ(trit, int(3 * uint64_t(numbers.next24()) >> 24) - 1);

  auto expectFloats = [&](const std::string &name, float factor, float offset) {
    Result<TensorView> view = checkpoint->find(name);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->info->dtype, DType::BF16);
    std::vector<float> values(size_t(view->info->elements()));
    ASSERT_TRUE(view->file->readFloats(*view->info, 0, values));
    SplitMix floats = numbersOf(name, 42);
    for (float value : values) {
      float u = float(2 * floats.next24()) / 16777216.0f - 1.0f;
      EXPECT_EQ(value, bfloat16ToFloat(floatToBfloat16(factor * u + offset)));
    }
  };
  expectFloats("model.embed_tokens.weight", 0.05f, 0);
  expectFloats("model.layers.0.self_attn.attn_sub_norm.weight", 0.1f, 1);
  expectFloats("model.norm.weight", 0.1f, 1);
}

TEST_F(Generated, SeedsDifferAndRepeat) {
  ASSERT_TRUE(make());
  std::string first = folder.read("made/model.safetensors");
  ASSERT_TRUE(make());
  EXPECT_EQ(folder.read("made/model.safetensors"), first);
  ASSERT_TRUE(make(kBitnetConfig, 43));
  EXPECT_NE(folder.read("made/model.safetensors"), first);
}

TEST_F(Generated, ACheckpointOfOtherOriginIsLeftAlone) {
  for (const char *name : {"model.safetensors", "config.json", "tokenizer.json", "model-00001-of-00002.safetensors",
                           "model.safetensors.index.json"}) {
    std::filesystem::remove_all(folder.path + "/made");
    std::filesystem::create_directory(folder.path + "/made");
    folder.write(std::string("made/") + name, "trained");
    EXPECT_THAT(errorOf(kBitnetConfig), HasSubstr(std::string("made: holds ") + name +
                                                  " of a checkpoint that tern-gen "
                                                  "did not make"))
        << name;
    EXPECT_EQ(folder.read(std::string("made/") + name), "trained");
  }
  EXPECT_TRUE(makeCheckpoint(folder.path + "/given.json", 1, folder.path + "/made", /*force=*/true));
  // What it made itself it makes again, also beside a tokenizer that somebody added.
  folder.write("made/tokenizer.json", "{}");
  std::filesystem::remove(folder.path + "/made/model.safetensors.index.json");
  EXPECT_EQ(errorOf(kBitnetConfig), "");
  std::filesystem::remove_all(folder.path + "/made");
}

TEST_F(Generated, AfterAnErrorTheFolderIsAsItWas) {
  ASSERT_TRUE(make());
  std::string before = folder.read("made/model.safetensors");
  std::filesystem::remove(folder.path + "/made/config.json");
  std::filesystem::create_directory(folder.path + "/made/config.json");
  Status status = make(kBitnetConfig, 43);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("config.json: cannot create: Is a directory"));
  EXPECT_EQ(folder.read("made/model.safetensors"), before);
}

TEST_F(Generated, WhatDoesNotFitOnTheDiskIsNotBegun) {
  std::string huge = kBitnetConfig;
  huge.replace(huge.find("\"hidden_size\": 16"), 17, "\"hidden_size\": 1048576");
  huge.replace(huge.find("\"intermediate_size\": 32"), 23, "\"intermediate_size\": 1048576");
  EXPECT_THAT(errorOf(huge), testing::ContainsRegex("made: the checkpoint takes .* TB, but only .* are free there"));
  EXPECT_FALSE(std::filesystem::exists(folder.path + "/made"));
}

TEST_F(Generated, MasterWeightsWhereTheyAreMadeTernaryOnline) {
  std::string online = kBitnetConfig;
  online.replace(online.find("offline"), 7, "online");
  ASSERT_TRUE(make(online));
  Result<Checkpoint> checkpoint = Checkpoint::open(folder.path + "/made");
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  std::string down = "model.layers.1.mlp.down_proj.";
  EXPECT_FALSE(checkpoint->find(down + "weight_scale"));
  Result<std::unique_ptr<StoredWeights>> source = openWeights(
      *checkpoint, {"master", *parseWeightFormat("trits, scale <tensor, absmean>"), down + "weight", "", 16, 32});
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_NEAR((*source)->scales()->front(), std::sqrt(3.0f / 32) / 2, 0.02);
}

TEST_F(Generated, ScaledWeightsWhereNothingIsSaidOfQuantisation) {
  ASSERT_TRUE(make(R"({"model_type": "llama", "hidden_size": 16, "intermediate_size": 30, "num_hidden_layers": 1,
    "num_attention_heads": 4, "vocab_size": 20, "max_position_embeddings": 16, "tie_word_embeddings": true})"));
  Result<Checkpoint> checkpoint = Checkpoint::open(folder.path + "/made");
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  std::string up = "model.layers.0.mlp.up_proj";
  Result<WeightDeclaration> found = findStorage("scaled")->declare(*checkpoint, {}, up, up + ".weight", 30, 16);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(formatText(found->format), "trits, scale <rows [15, 15], stored, multiply>");
}

TEST_F(Generated, TensorsAreThoseOfTheFamily) {
  Json config = Json::parse(kBitnetConfig);
  config["attention_bias"] = true;
  config["tie_word_embeddings"] = false;
  config["quantization_config"] = {{"quant_method", "bitnet"}, {"modules_to_not_convert", {"lm_head", "o_proj"}}};
  ASSERT_EQ(errorOf(config.dump()), "");
  Result<Checkpoint> checkpoint = Checkpoint::open(folder.path + "/made");
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  std::string attention = "model.layers.1.self_attn.";
  ASSERT_TRUE(checkpoint->find(attention + "q_proj.bias"));
  EXPECT_EQ(checkpoint->find(attention + "q_proj.bias")->info->shape, std::vector<int64_t>{16});
  EXPECT_EQ(checkpoint->find(attention + "o_proj.weight")->info->dtype, DType::BF16);
  EXPECT_FALSE(checkpoint->find(attention + "o_proj.weight_scale"));
  EXPECT_TRUE(checkpoint->find("lm_head.weight"));
  // BitLinear divides by the scale.
  EXPECT_EQ(*readScale(*checkpoint, attention + "q_proj.weight_scale"),
            bfloat16ToFloat(floatToBfloat16(1 / std::sqrt(1.5f / 16))));
}

TEST_F(Generated, EveryFamilyReadsWhatItsConfigMakes) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  for (const char *name : {"bitnet-packed", "bitnet-v2", "qsparse", "qsparse-block", "reloaded", "bitnet-era",
                           "bitnet-master", "llama-scaled"}) {
    Result<std::string> config = readFile(test::madeCheckpoint(name) + "/config.json", 1 << 20);
    ASSERT_TRUE(config) << config.error().message;
    ASSERT_EQ(errorOf(*config), "") << name;
    Result<Checkpoint> checkpoint = Checkpoint::open(folder.path + "/made");
    ASSERT_TRUE(checkpoint) << checkpoint.error().message;
    Result<mlir::OwningOpRef<mlir::ModuleOp>> module = importCheckpoint(context, *checkpoint, {});
    EXPECT_TRUE(module) << name << ": " << module.error().message;
  }
}

TEST_F(Generated, WhatCannotBeMade) {
  std::string odd = kBitnetConfig;
  odd.replace(odd.find("\"intermediate_size\": 32"), 23, "\"intermediate_size\": 30");
  EXPECT_THAT(errorOf(odd), HasSubstr("given.json: model.layers.0.mlp.gate_proj has 30 rows, but weights stored as "
                                      "packed_rows need a multiple of 4"));
  EXPECT_THAT(errorOf("{}"), HasSubstr("given.json: "));
  EXPECT_FALSE(std::filesystem::exists(folder.path + "/made"));
}

} // namespace
