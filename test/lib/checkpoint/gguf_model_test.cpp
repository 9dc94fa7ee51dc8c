#include "lib/base/json.h"
#include "lib/checkpoint/checkpoint.h"
#include "lib/checkpoint/gguf_config.h"
#include "test/lib/checkpoint/small_gguf.h"
#include "test/lib/checkpoint/small_safetensors.h"
#include "test/lib/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace tern::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class GgufModels : public testing::Test {
protected:
  std::string path(const SmallGguf &file) { return folder.write("small.gguf", file.bytes()); }
  Json configOf(const SmallGguf &small) {
    Result<GgufFile> file = GgufFile::open(path(small), I2sBlocks::X86);
    EXPECT_TRUE(file) << file.error().message;
    if (!file)
      return Json::object();
    GgufModel model = describeGgufModel(*file);
    EXPECT_THAT(model.problems, testing::IsEmpty());
    return *parseJson(model.config, "config");
  }
  std::string errorOf(const SmallGguf &file) {
    Result<Checkpoint> checkpoint = Checkpoint::open(path(file));
    return checkpoint ? "" : checkpoint.error().message;
  }
  TemporaryFolder folder;
};

TEST_F(GgufModels, KeysBecomeConfig) {
  SmallGguf file = smallGgufModel();
  file.key("tokenizer.ggml.bos_token_id", 1u).key("tokenizer.ggml.eos_token_id", 0u).key("llama.rope.freq_base", 1e6f);
  Json config = configOf(file);
  EXPECT_EQ(config["model_type"], "llama");
  EXPECT_EQ(config["hidden_act"], "silu");
  EXPECT_EQ(config["hidden_size"], 4);
  EXPECT_EQ(config["num_key_value_heads"], 1);
  EXPECT_EQ(config["head_dim"], 4);
  EXPECT_EQ(config["vocab_size"], 2);
  EXPECT_EQ(config["max_position_embeddings"], 16);
  EXPECT_EQ(config["rms_norm_eps"].get<float>(), 1e-5f);
  EXPECT_EQ(config["rope_theta"], 1e6);
  EXPECT_EQ(config["tie_word_embeddings"], true);
  EXPECT_EQ(config["attention_bias"], false);
  EXPECT_EQ(config["bos_token_id"], 1);
  EXPECT_EQ(config["eos_token_id"], Json::array({0}));
  EXPECT_FALSE(config.contains("quantization_config"));
  EXPECT_FALSE(config.contains("rope_scaling"));

  config = configOf(smallGgufModel("bitnet-b1.58"));
  EXPECT_EQ(config["model_type"], "bitnet");
  EXPECT_EQ(config["hidden_act"], "relu2");
  EXPECT_EQ(config["quantization_config"]["linear_class"], "autobitlinear");
  EXPECT_TRUE(config["eos_token_id"].is_null()); // which is none, and not the class's own

  config = configOf(smallGgufModel("bitnet"));
  EXPECT_EQ(config["model_type"], "llama");
  EXPECT_EQ(config["weight_bits"], 1);

  file = smallGgufModel();
  file.key("llama.rope.scaling.type", "linear").key("llama.rope.scaling.factor", 4.0f);
  EXPECT_EQ(configOf(file)["rope_scaling"], (Json{{"rope_type", "linear"}, {"factor", 4.0}}));
  EXPECT_EQ(configOf(smallGgufModel().key("llama.rope.scale_linear", 2.0f))["rope_scaling"]["factor"], 2.0);
}

/// I2_S says that activations have 8 bits; floats beside it stay dense.
TEST_F(GgufModels, TypesSayHowLinearsAreQuantised) {
  SmallGguf file = smallGgufModel();
  file.tensor("blk.0.attn_v.weight", {128, 1}, 36, std::string(64, '\x55'));
  file.tensor("blk.0.ffn_up.weight", {4, 1}, 1, std::string(8, '\0'));
  Json quantization = configOf(file)["quantization_config"];
  EXPECT_EQ(quantization["quantization_mode"], "offline");
  EXPECT_EQ(quantization["modules_to_not_convert"], (Json{"lm_head", "model.layers.0.mlp.up_proj"}));

  file = smallGgufModel("bitnet-25");
  file.tensor("blk.0.ffn_up.weight", {4, 1}, 1, std::string(8, '\0'));
  EXPECT_THAT(errorOf(file), HasSubstr("tensor blk.0.ffn_up.weight has type F16, but linear layers of architecture "
                                       "bitnet-25 are supported in ternary types only"));
}

TEST_F(GgufModels, EndsOfText) {
  SmallGguf file = smallGgufModel();
  file.strings("tokenizer.ggml.tokens", {"a", "<|eot_id|>"}).key("tokenizer.ggml.eos_token_id", 0u);
  EXPECT_EQ(configOf(file)["eos_token_id"], (Json{0, 1})); // found by its text
  file.key("tokenizer.ggml.eot_token_id", 0u);
  EXPECT_EQ(configOf(file)["eos_token_id"], Json::array({0}));
  EXPECT_THAT(errorOf(smallGgufModel().key("tokenizer.ggml.eos_token_id", 2u)),
              HasSubstr("tokenizer.ggml.eos_token_id is 2, which is no token of a vocabulary of 2"));
  EXPECT_THAT(errorOf(smallGgufModel().strings("tokenizer.ggml.tokens", {"a", "b", "c"})),
              HasSubstr("has 3 tokens, but an embedding of 2 rows"));
}

TEST_F(GgufModels, WhatIsNotSupportedIsNamed) {
  EXPECT_THAT(errorOf(SmallGguf()), HasSubstr("small.gguf: has no general.architecture"));
  EXPECT_THAT(errorOf(smallGgufModel("gpt5")), HasSubstr("general.architecture is \"gpt5\", which is not supported; "
                                                         "these are: llama, qwen3, bitnet, bitnet-25, bitnet-b1.58"));
  EXPECT_THAT(errorOf(SmallGguf().key("general.architecture", "llama")),
              HasSubstr("has no key llama.embedding_length"));
  EXPECT_THAT(errorOf(smallGgufModel("llama", false)), HasSubstr("has no matrix token_embd.weight"));
  EXPECT_THAT(errorOf(smallGgufModel().key("general.type", "adapter")), HasSubstr("only a whole \"model\""));
  EXPECT_THAT(errorOf(smallGgufModel().key("prism.hadamard.version", 1u)),
              HasSubstr("the key \"prism.hadamard.version\" is 1, which is not supported: it may change"));
  EXPECT_THAT(errorOf(smallGgufModel().key("llama.attention.sliding_window", 8u)),
              HasSubstr("the key \"llama.attention.sliding_window\" is 8, which is not supported"));
  EXPECT_THAT(errorOf(smallGgufModel().key("llama.expert_count", 8u)), HasSubstr("\"llama.expert_count\" is 8"));
  EXPECT_THAT(errorOf(smallGgufModel().key("other.expert_count", 0u)), HasSubstr("\"other.expert_count\" is 0"));
  EXPECT_THAT(errorOf(smallGgufModel().integers("llama.attention.head_count_kv", {1, 2})),
              HasSubstr("llama.attention.head_count_kv is an array of 2 i32 that differ"));
  EXPECT_THAT(errorOf(smallGgufModel().key("llama.rope.dimension_count", 2u)),
              HasSubstr("llama.rope.dimension_count is 2, but only this is supported: the whole head turned, 4"));
  EXPECT_THAT(errorOf(smallGgufModel().key("llama.vocab_size", 3u)), HasSubstr("llama.vocab_size is 3"));
  EXPECT_THAT(errorOf(smallGgufModel().key("llama.rope.freq_base", "x")), HasSubstr("must be a finite number"));
  EXPECT_THAT(errorOf(smallGgufModel().key("llama.rope.scaling.type", "yarn").key("llama.rope.scaling.factor", 2.0f)),
              HasSubstr("llama.rope.scaling.type is \"yarn\", but only this is supported: none, linear"));
  for (const char *name : {"rope_freqs.weight", "blk.0.attn_sub_norm.weight", "blk.00.attn_q.weight", "blk.0.attn_q",
                           "blk.0.attn_q.scale", "blk..attn_q.weight", "blk.0.ffn_up.weight.weight"})
    EXPECT_THAT(errorOf(smallGgufModel().tensor(name, {4}, 0, std::string(16, '\0'))),
                HasSubstr("tensor " + std::string(name) + " is none that architecture llama is known to have"));
  EXPECT_THAT(errorOf(smallGgufModel().tensor("blk.0.attn_k.weight", {4, 6}, 0, std::string(96, '\0'))),
              HasSubstr("tensor blk.0.attn_k.weight: has 6 rows, which are no heads of 4"));
  EXPECT_THAT(errorOf(smallGgufModel().tensor("output.weight", {256, 2}, 10, std::string(168, '\0'))),
              HasSubstr("tensor output.weight has type Q2_K, which is not read; these are: F32"));
  // What changes nothing is taken.
  EXPECT_EQ(errorOf(smallGgufModel().key("llama.expert_count", 0u).flag("llama.attention.causal", true)), "");
}

TEST_F(GgufModels, TensorsOfOneTypeAreOneProblem) {
  SmallGguf file = smallGgufModel();
  file.tensor("output.weight", {256, 2}, 10, std::string(168, '\0'));
  file.tensor("blk.0.ffn_up.weight", {256, 2}, 10, std::string(168, '\0'));
  EXPECT_THAT(errorOf(file), HasSubstr("tensor output.weight (and 1 more) has type Q2_K, which is not read"));
}

TEST_F(GgufModels, AllProblemsAreFound) {
  SmallGguf file = smallGgufModel().key("prism.x", 1u).key("llama.expert_count", 8u);
  file.tensor("output.weight", {256, 2}, 10, std::string(168, '\0')).tensor("x", {1}, 0, "1234");
  Result<GgufFile> opened = GgufFile::open(path(file), I2sBlocks::X86);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_THAT(describeGgufModel(*opened).problems,
              testing::UnorderedElementsAre(HasSubstr("prism.x"), HasSubstr("llama.expert_count"),
                                            HasSubstr("tensor output.weight has type Q2_K"),
                                            HasSubstr("tensor x is none")));
}

/// q and k of LLaMA have the halves of each head in turns; others do not.
TEST_F(GgufModels, RowsOfQueriesAndKeysArePutBack) {
  std::vector<float> rows(2 * 8), floats(2 * 8);
  std::iota(rows.begin(), rows.end(), 0.0f); // row r is {2r, 2r + 1}: two heads of four rows
  for (const char *architecture : {"llama", "bitnet-25"}) {
    SmallGguf file = smallGgufModel(architecture);
    std::string type = std::string(architecture) == "llama" ? "blk.0.attn_q.weight" : "output.weight";
    file.tensor(type, {2, 8}, 0, bytesOf(rows));
    Result<Checkpoint> checkpoint = Checkpoint::open(path(file));
    ASSERT_TRUE(checkpoint) << checkpoint.error().message;
    bool isQuery = std::string(architecture) == "llama";
    TensorView view = *checkpoint->find(isQuery ? "model.layers.0.self_attn.q_proj.weight" : "lm_head.weight");
    ASSERT_TRUE(view.file->readFloats(*view.info, 0, floats));
    std::vector<float> expected = rows;
    if (isQuery)
      expected = {0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15};
    EXPECT_EQ(floats, expected);
    // Any part of it, too.
    for (int64_t first = 0; first < 16; ++first)
      for (int64_t count = 0; count <= 16 - first; ++count) {
        std::vector<float> part(static_cast<size_t>(count));
        ASSERT_TRUE(view.file->readFloats(*view.info, first, part));
        EXPECT_EQ(part, std::vector<float>(expected.begin() + first, expected.begin() + first + count));
      }
    EXPECT_FALSE(view.file->read(*view.info, 64, std::span(reinterpret_cast<std::byte *>(floats.data()), 1)));
  }
  SmallGguf file = smallGgufModel();
  file.tensor("blk.0.attn_k.bias", {4}, 0, bytesOf<float>({0, 1, 2, 3}));
  Result<Checkpoint> checkpoint = Checkpoint::open(path(file));
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->config().config["attention_bias"], true);
  TensorView view = *checkpoint->find("model.layers.0.self_attn.k_proj.bias");
  floats.resize(4);
  ASSERT_TRUE(view.file->readFloats(*view.info, 0, floats));
  EXPECT_THAT(floats, ElementsAre(0, 2, 1, 3));
}

TEST_F(GgufModels, SplitFiles) {
  auto numbered = [](SmallGguf file, uint16_t number, uint16_t count) {
    return file.key("split.no", 2, rawBytes(number)).key("split.count", 2, rawBytes(count));
  };
  auto second = [&](const char *tensor, uint16_t number = 1, uint16_t count = 2) {
    SmallGguf file;
    file.tensor(tensor, {4, 2}, 0, bytesOf<float>({1, 2, 3, 4, 5, 6, 7, 8}));
    folder.write("m-00002-of-00002.gguf", numbered(file, number, count).bytes());
  };
  SmallGguf first = numbered(smallGgufModel(), 0, 2).key("split.tensors.count", 5, rawBytes(int32_t(3)));
  std::string path = folder.write("m-00001-of-00002.gguf", first.bytes());
  auto error = [&](const std::string &path) {
    Result<Checkpoint> checkpoint = Checkpoint::open(path);
    return checkpoint ? "" : checkpoint.error().message;
  };
  EXPECT_THAT(error(path), HasSubstr("m-00002-of-00002.gguf: cannot open"));
  second("output.weight");
  Result<Checkpoint> checkpoint = Checkpoint::open(path);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  TensorView view = *checkpoint->find("lm_head.weight");
  std::vector<float> floats(8);
  ASSERT_TRUE(view.file->readFloats(*view.info, 0, floats));
  EXPECT_THAT(floats, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(checkpoint->config().config["tie_word_embeddings"], false);
  EXPECT_EQ(checkpoint->name(), "m-00001-of-00002");

  EXPECT_THAT(error(folder.path + "/m-00002-of-00002.gguf"),
              HasSubstr("is part 2 of 2; open the first, whose name ends in -00001-of-00002.gguf"));
  EXPECT_THAT(error(folder.write("m.gguf", first.bytes())), HasSubstr("its name does not end in -00001-of-00002.gguf"));
  second("output_norm.weight");
  EXPECT_THAT(error(path), HasSubstr("00002-of-00002.gguf: tensor output_norm.weight: is in another part, too"));
  second("output.weight", 1, 3);
  EXPECT_THAT(error(path), HasSubstr("00002-of-00002.gguf: is not part 2 of 2"));
  second("output.weight");
  folder.write("m-00001-of-00002.gguf",
               numbered(smallGgufModel(), 0, 2).key("split.tensors.count", 5, rawBytes(int32_t(4))).bytes());
  EXPECT_THAT(error(path), HasSubstr("its parts have 3 tensors, but split.tensors.count is 4"));
  EXPECT_THAT(error(folder.write("m.gguf", numbered(smallGgufModel(), 3, 2).bytes())),
              HasSubstr("is no part of a split"));
}

TEST_F(GgufModels, BlocksReadAsFloats) {
  std::string block = rawBytes(uint16_t(0x3800)); // 0.5
  for (int i = 0; i < 32; ++i)
    block.push_back(char(i - 16));
  SmallGguf file = smallGgufModel();
  file.tensor("output.weight", {32, 2}, 8, block + block);
  Result<Checkpoint> checkpoint = Checkpoint::open(path(file));
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->name(), "small");
  TensorView view = *checkpoint->find("lm_head.weight");
  EXPECT_EQ(view.info->dtype, DType::F32);
  std::vector<float> floats(64);
  ASSERT_TRUE(view.file->readFloats(*view.info, 0, floats));
  for (size_t i = 0; i < 64; ++i)
    EXPECT_EQ(floats[i], float(int(i % 32) - 16) * 0.5f);
  EXPECT_TRUE(*checkpoint->same(view, view));
}

SmallGguf withTokenizer() {
  SmallGguf file = smallGgufModel("llama", false);
  file.tensor("token_embd.weight", {4, 6}, 0, std::string(96, '\0'));
  file.key("tokenizer.ggml.model", "gpt2").strings("tokenizer.ggml.tokens", {"<s>", "a", "b", "ab", "<x>", "\xc4\xa0"});
  return file.integers("tokenizer.ggml.token_type", {3, 1, 1, 1, 4, 1}).strings("tokenizer.ggml.merges", {"a b"});
}

TEST_F(GgufModels, Tokenizer) {
  SmallGguf file = withTokenizer();
  file.key("tokenizer.ggml.pre", "qwen2")
      .key("tokenizer.ggml.bos_token_id", 0u)
      .key("tokenizer.chat_template", "{{ x }}");
  Result<Checkpoint> checkpoint = Checkpoint::open(path(file));
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  ASSERT_TRUE(checkpoint->tokenizerStatus()) << checkpoint->tokenizerStatus().error().message;
  Json json = *parseJson(checkpoint->tokenizer(), "tokenizer.json");
  EXPECT_EQ(json["model"]["vocab"], (Json{{"a", 1}, {"b", 2}, {"ab", 3}, {"<x>", 4}, {"\xc4\xa0", 5}}));
  EXPECT_EQ(json["model"]["merges"], Json::array({Json::array({"a", "b"})}));
  EXPECT_EQ(json["model"]["ignore_merges"], false);
  EXPECT_EQ(json["added_tokens"][0]["content"], "<s>");
  EXPECT_EQ(json["added_tokens"][0]["special"], true);
  EXPECT_EQ(json["added_tokens"][1]["id"], 4);
  EXPECT_EQ(json["added_tokens"][1]["special"], false);
  EXPECT_TRUE(json["post_processor"].is_null()); // add_bos_token is false where it is absent, but for Llama 3's

  file = withTokenizer();
  file.key("tokenizer.ggml.pre", "llama-bpe").key("tokenizer.ggml.bos_token_id", 0u);
  checkpoint = Checkpoint::open(path(file));
  ASSERT_TRUE(checkpoint && checkpoint->tokenizerStatus());
  json = *parseJson(checkpoint->tokenizer(), "tokenizer.json");
  EXPECT_EQ(json["model"]["ignore_merges"], true);
  EXPECT_EQ(json["post_processor"]["special_tokens"]["<s>"]["ids"], Json::array({0}));
}

TEST_F(GgufModels, TokenizersThatAreNotSupported) {
  auto error = [&](const SmallGguf &file) {
    Result<Checkpoint> checkpoint = Checkpoint::open(path(file)); // which can be compiled without one
    EXPECT_TRUE(checkpoint) << checkpoint.error().message;
    if (!checkpoint || checkpoint->tokenizerStatus())
      return std::string();
    EXPECT_EQ(checkpoint->tokenizer(), "");
    return checkpoint->tokenizerStatus().error().message;
  };
  EXPECT_THAT(error(smallGgufModel().key("tokenizer.ggml.model", "llama")),
              HasSubstr("small.gguf: tokenizer.ggml.model is \"llama\", but only this is supported: byte-level BPE"));
  EXPECT_EQ(error(smallGgufModel().key("tokenizer.ggml.model", "none")), "");
  EXPECT_THAT(error(withTokenizer()), HasSubstr("has no tokenizer.ggml.pre"));
  EXPECT_THAT(error(withTokenizer().key("tokenizer.ggml.pre", "new")), HasSubstr("tokenizer.ggml.pre is \"new\""));
  auto good = [] { return withTokenizer().key("tokenizer.ggml.pre", "qwen2"); };
  EXPECT_EQ(error(good()), "");
  EXPECT_THAT(error(good().flag("tokenizer.ggml.add_space_prefix", true)), HasSubstr("add_space_prefix is true"));
  EXPECT_THAT(error(good().key("tokenizer.ggml.surprise", 1u)), HasSubstr("the key \"tokenizer.ggml.surprise\""));
  EXPECT_THAT(error(good().flag("tokenizer.ggml.add_bos_token", true)),
              HasSubstr("adds a token to each text, but tokenizer.ggml.bos_token_id is absent"));
  auto model = [] { return smallGgufModel().key("tokenizer.ggml.model", "gpt2").key("tokenizer.ggml.pre", "qwen2"); };
  EXPECT_THAT(error(model()), HasSubstr("has no array of strings tokenizer.ggml.tokens"));
  EXPECT_THAT(error(model().strings("tokenizer.ggml.tokens", {"a", "a"})), HasSubstr("tokens 0 and 1 are both \"a\""));
  for (const char *wrong : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"})
    EXPECT_THAT(error(model().strings("tokenizer.ggml.tokens", {"a", wrong})), HasSubstr("token 1 is no UTF-8"));
  EXPECT_THAT(error(model().strings("tokenizer.ggml.tokens", {"a"})), HasSubstr("tokenizer.ggml.merges"));
  EXPECT_THAT(error(model().strings("tokenizer.ggml.tokens", {"a"}).strings("tokenizer.ggml.merges", {" a"})),
              HasSubstr("merge 0 is \" a\", and not two parts"));
  EXPECT_THAT(error(model().strings("tokenizer.ggml.tokens", {"a"}).integers("tokenizer.ggml.token_type", {1, 1})),
              HasSubstr("token_type is an array of 2 i32"));
}

} // namespace
} // namespace tern::test
