//===- e2e_test.cpp - Made-up models, compiled and run ------------------------===//
//
// Each model goes from a checkpoint on disk through ternc's phases into the runtime, and its logits
// are compared with a plain forward pass over the same numbers. The sizes are no multiple of any
// tile.
//
//===----------------------------------------------------------------------===//
#include "compiler/select/kernel_choice.h"
#include "lib/base/text.h"
#include "lib/cpu/features.h"
#include "runtime/measure/eval/layers.h"
#include "test/conformance/compiled_model.h"
#include "test/conformance/random_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace tern::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr int64_t kContext = 40, kBlock = 7, kTokens = 31; // tokens: more than four blocks
/// Float rounding alone stays below. An activation code that lies next to a rounding boundary and
/// falls on its other side may make a position larger, so most positions are asked for, not all.
constexpr double kTolerance = 1e-5;

json baseConfig(const char *type, const char *linearClass, const char *mode) {
  return {{"model_type", type},
          {"hidden_size", 72},
          {"intermediate_size", 100},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 4},
          {"num_key_value_heads", 2},
          {"vocab_size", 37},
          {"max_position_embeddings", kContext},
          {"rms_norm_eps", 1e-5},
          {"rope_theta", 500.0},
          {"tie_word_embeddings", true},
          {"eos_token_id", 4},
          {"quantization_config",
           {{"quant_method", "bitnet"}, {"linear_class", linearClass}, {"quantization_mode", mode}}}};
}

ModelRecipe bitnetPacked() {
  json config = baseConfig("bitnet", "autobitlinear", "offline");
  config.update({{"num_attention_heads", 12}, {"num_key_value_heads", 4}});
  return {"bitnet_packed_multiply", config};
}

ModelRecipe bitnetMaster() {
  json config = baseConfig("bitnet", "autobitlinear", "online");
  config.update({{"hidden_size", 50},
                 {"intermediate_size", 71},
                 {"num_attention_heads", 5},
                 {"num_key_value_heads", 1},
                 {"vocab_size", 41},
                 {"attention_bias", true},
                 {"rope_scaling", {{"rope_type", "linear"}, {"factor", 2.5}}}});
  return {"bitnet_master_bias_sharded", config, "F16", "F32", 3};
}

ModelRecipe llamaPacked() {
  json config = baseConfig("llama", "bitlinear", "offline");
  config.update({{"tie_word_embeddings", false},
                 {"attention_bias", true},
                 {"mlp_bias", true},
                 {"vocab_size", 67},
                 {"rope_parameters", {{"rope_type", "default"}, {"rope_theta", 300.0}}}});
  config.erase("rope_theta");
  return {"llama_packed_divide_bias_head", config, "BF16", "F16"};
}

ModelRecipe llamaMixed() {
  json config = baseConfig("llama", "bitlinear", "offline");
  config.update({{"num_attention_heads", 6},
                 {"num_key_value_heads", 2},
                 {"head_dim", 6}, // 36 query columns for a hidden size of 72
                 {"tie_word_embeddings", false},
                 {"rope_scaling",
                  {{"rope_type", "llama3"},
                   {"factor", 4.0},
                   {"low_freq_factor", 1.0},
                   {"high_freq_factor", 4.0},
                   {"original_max_position_embeddings", 64}}}});
  config["quantization_config"].update(
      {{"use_rms_norm", true},
       {"rms_norm_eps", 1e-6},
       {"modules_to_not_convert", {"lm_head", "v_proj", "model.layers.1.mlp.gate_proj"}}});
  return {"llama_mixed_norms_llama3", config, "F32", "BF16", 2};
}

/// Five query heads a cache head, head size of no power of two, a vocabulary that no tile divides, scales without a
/// dimension.
ModelRecipe bitnetGroupsOfFive() {
  json config = baseConfig("bitnet", "autobitlinear", "offline");
  config.update({{"hidden_size", 140}, {"intermediate_size", 212}, {"num_attention_heads", 10}, {"vocab_size", 131}});
  return {"bitnet_groups_of_five", config, "F32", "F32", 1, {}};
}

/// As many cache heads as heads (what a null stands for), a head of its own in float16.
ModelRecipe llamaWithoutGroups() {
  json config = baseConfig("llama", "bitlinear", "offline");
  config.update({{"hidden_size", 60},
                 {"intermediate_size", 84},
                 {"num_attention_heads", 3},
                 {"num_key_value_heads", 3},
                 {"vocab_size", 33},
                 {"tie_word_embeddings", false}});
  return {"llama_without_groups", config, "F16", "BF16", 4, {1, 1}};
}

/// Everything odd, one cache head, heads wider together than the hidden state, and a ternary output head.
ModelRecipe llamaMasterOdd() {
  json config = baseConfig("llama", "autobitlinear", "online");
  config.update({{"hidden_size", 45},
                 {"intermediate_size", 37},
                 {"num_attention_heads", 3},
                 {"num_key_value_heads", 1},
                 {"head_dim", 26},
                 {"num_hidden_layers", 1},
                 {"vocab_size", 5},
                 {"tie_word_embeddings", false}});
  config["quantization_config"]["modules_to_not_convert"] = json::array();
  return {"llama_master_odd", config, "BF16", "F32"};
}

/// The scale of packed weights applies to biases too, and the embedding is the head that the file has.
ModelRecipe llamaScaledBiases() {
  json config = baseConfig("llama", "autobitlinear", "offline");
  config.update({{"attention_bias", true}, {"mlp_bias", true}, {"num_hidden_layers", 1}});
  ModelRecipe recipe{"llama_scaled_biases_head_only", config, "BF16", "BF16"};
  recipe.headOnly = true;
  return recipe;
}

/// Trits that were saved unpacked (so that rows need be no multiple of 4), but for a layer that was not quantised.
ModelRecipe bitnetUnpacked() {
  json config = baseConfig("bitnet", "autobitlinear", "offline");
  config.update({{"num_hidden_layers", 1}, {"attention_bias", true}, {"intermediate_size", 71}});
  config["quantization_config"]["modules_to_not_convert"] = {"lm_head", "o_proj"};
  ModelRecipe recipe{"bitnet_unpacked", config, "F16", "F32"};
  recipe.unpacked = true;
  return recipe;
}

std::vector<int32_t> someIds(int64_t vocabulary) {
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < kTokens; ++i)
    ids.push_back(int32_t((i * i * 5 + 3 * i + 1) % vocabulary));
  return ids;
}

/// A made-up model on disk.
class MadeUpModel : public testing::Test {
protected:
  explicit MadeUpModel(const ModelRecipe &recipe) : reference(recipe), ids(someIds(recipe.config.at("vocab_size"))) {
    reference.write(folder.path);
  }

  std::shared_ptr<Model> compiled(const std::string &cpu = "host", const std::string &family = "") {
    CompileOptions options;
    options.checkpoint = folder.path;
    options.cpu = cpu;
    options.kernelFamily = family;
    options.prefillBlock = kBlock;
    Result<std::shared_ptr<Model>> model = compileAndLoad(options, folder);
    EXPECT_TRUE(model) << model.error().message;
    return model ? *model : nullptr;
  }

  std::vector<float> logitsOf(const std::shared_ptr<Model> &model, uint64_t threads, uint64_t block) {
    Result<std::unique_ptr<Session>> session = Session::create(model, threads, 0);
    EXPECT_TRUE(session);
    EXPECT_TRUE((*session)->append(ids, Session::Logits::All, block));
    return {(*session)->logits().begin(), (*session)->logits().end()};
  }

  void expectNearReference(std::span<const float> logits) {
    std::vector<std::vector<double>> expected = reference.logits(ids);
    size_t vocabulary = expected[0].size();
    ASSERT_EQ(logits.size(), ids.size() * vocabulary);
    std::vector<double> errors;
    for (size_t i = 0; i < ids.size(); ++i)
      errors.push_back(relativeError(logits.subspan(i * vocabulary, vocabulary), std::span<const double>(expected[i])));
    std::ranges::sort(errors);
    EXPECT_LT(errors[errors.size() / 2], kTolerance);
    EXPECT_LT(errors.back(), 0.05); // one code more or less, never another model
  }

  TemporaryFolder folder;
  RandomModel reference;
  std::vector<int32_t> ids;
};

class EndToEnd : public MadeUpModel, public testing::WithParamInterface<ModelRecipe> {
protected:
  EndToEnd() : MadeUpModel(GetParam()) {}
};

TEST_P(EndToEnd, LogitsAreThoseOfAPlainForwardPass) {
  std::shared_ptr<Model> model = compiled();
  ASSERT_TRUE(model);
  std::vector<float> blocks = logitsOf(model, 1, 0), single = logitsOf(model, 1, 1);
  expectNearReference(blocks);
  expectNearReference(single);
  for (uint64_t threads : {2, 3}) {
    EXPECT_EQ(logitsOf(model, threads, 0), blocks) << threads << " threads";
    EXPECT_EQ(logitsOf(model, threads, 1), single) << threads << " threads";
  }
  // Other cuts of the text: a block of one token at the end, and of fewer than a kernel takes at a time.
  for (uint64_t block : {2, 5})
    expectNearReference(logitsOf(model, 2, block));
}

/// A model and a CPU.
class EveryEncoding : public MadeUpModel, public testing::WithParamInterface<std::tuple<ModelRecipe, std::string>> {
protected:
  EveryEncoding() : MadeUpModel(std::get<0>(GetParam())) {}

  /// On this machine a family of each encoding that holds ternary weights without waste, empty where the CPU has none;
  /// on a smaller CPU the first family that it has. kernels_test has all.
  static std::map<Encoding, std::string> families(const TargetInfo &target) {
    std::map<Encoding, std::string> families;
    for (const KernelFamily &family : kernelFamilies()) {
      Encoding encoding = family.layout.encoding;
      if (int64_t planes = planeCount(encoding); planes == 1 || planes > 2) // they hold fewer values, or more
        continue;
      bool runs = isRunnable(family, target);
      if (!target.isHost && runs)
        return {{encoding, family.name.str()}};
      std::string &known = families[encoding];
      if (known.empty() && runs)
        known = family.name.str();
    }
    return families;
  }
};

TEST_P(EveryEncoding, AgreesBitForBit) {
  Result<TargetInfo> target = resolveTarget(std::get<1>(GetParam()));
  constexpr const char *kLacks = "this CPU lacks instructions of a kernel family, so no whole model was run with it";
  if (!target || !missingFeatures(join(requiredFeatures(*target), ",")).empty())
    GTEST_SKIP() << kLacks;
  std::vector<float> first;
  bool lacksOne = false;
  for (const auto &[encoding, family] : families(*target)) {
    lacksOne |= family.empty();
    if (family.empty())
      continue;
    SCOPED_TRACE(family);
    std::shared_ptr<Model> model = compiled(std::get<1>(GetParam()), family);
    ASSERT_TRUE(model);
    std::vector<float> logits = logitsOf(model, 2, 0);
    if (first.empty())
      expectNearReference(logits);
    else
      EXPECT_EQ(logits, first);
    first = logits;
  }
  if (lacksOne && !HasFailure())
    GTEST_SKIP() << kLacks;
}

TEST_P(EndToEnd, AFullContextIsAnError) {
  std::shared_ptr<Model> model = compiled();
  ASSERT_TRUE(model);
  Result<std::unique_ptr<Session>> created = Session::create(model, 2, 0);
  ASSERT_TRUE(created);
  Session &session = **created;
  std::vector<int32_t> all(kContext + 1, 3);
  Status tooLong = session.append(all, Session::Logits::Last);
  ASSERT_FALSE(tooLong);
  EXPECT_THAT(tooLong.error().message, HasSubstr("40"));
  EXPECT_EQ(session.position(), 0u); // nothing was appended

  ASSERT_TRUE(session.append(std::span(all).first(kContext - 1), Session::Logits::Last));
  ASSERT_TRUE(session.append(std::span(all).first(1), Session::Logits::Last));
  Status full = session.append(std::span(all).first(1), Session::Logits::Last);
  ASSERT_FALSE(full);
  EXPECT_THAT(full.error().message, HasSubstr("full"));
  EXPECT_EQ(session.position(), uint64_t(kContext));

  session.truncate(0); // the text can begin again, and the old one leaves no trace
  ASSERT_TRUE(session.append(ids, Session::Logits::All));
  EXPECT_EQ(std::vector<float>(session.logits().begin(), session.logits().end()), logitsOf(model, 2, 0));
}

/// Other sizes of the same kinds, compiled for this machine only.
class OtherSizes : public EndToEnd {};

TEST_P(OtherSizes, LogitsAreThoseOfAPlainForwardPass) {
  std::shared_ptr<Model> model = compiled();
  ASSERT_TRUE(model);
  expectNearReference(logitsOf(model, 2, 0));
  expectNearReference(logitsOf(model, 3, 1));

  // One operator at a time, with the weights that the checkpoint has.
  Result<Checkpoint> checkpoint = Checkpoint::open(folder.path);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  Result<Json> report = checkLayers(model, &*checkpoint, {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->at("pass"), true) << jsonText(*report, 1);
}

INSTANTIATE_TEST_SUITE_P(Models, OtherSizes,
                         testing::Values(bitnetGroupsOfFive(), llamaWithoutGroups(), llamaMasterOdd(),
                                         llamaScaledBiases(), bitnetUnpacked()),
                         [](const auto &info) { return info.param.name; });

const auto kModels = testing::Values(bitnetPacked(), bitnetMaster(), llamaPacked(), llamaMixed());

INSTANTIATE_TEST_SUITE_P(Models, EndToEnd, kModels, [](const auto &info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Models, EveryEncoding, testing::Combine(kModels, testing::Values("host", "haswell", "x86-64")),
                         [](const auto &info) {
                           std::string name = std::get<0>(info.param).name + "_" + std::get<1>(info.param);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

} // namespace
} // namespace tern::test
