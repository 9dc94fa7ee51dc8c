//===- import_test.cpp - Graphs of real and made-up checkpoints ------------===//
#include "compiler/import/import.h"

#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"
#include "test/compiler/import/tiny_checkpoint.h"
#include "test/lib/test_files.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <ostream>

using namespace mlir;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

namespace tern {
namespace {

std::string formatOf(ternary::WeightOp weight) { return formatText(weight.getFormat().getFormat()); }

using test::inLayer;
using test::madeCheckpoint;
using test::repositoryPath;
using test::TinyCheckpoint;

/// A graph with the context that it lives in.
struct Graph {
  Graph() : context(MLIRContext::Threading::DISABLED) {}

  void build(const Checkpoint &checkpoint, int64_t maxContext = 0) {
    Result<OwningOpRef<ModuleOp>> imported = importCheckpoint(context, checkpoint, {maxContext});
    if (imported)
      module = std::move(*imported);
    else
      error = imported.error().message;
  }
  void build(const TinyCheckpoint &tiny) {
    Result<Checkpoint> checkpoint = tiny.open();
    ASSERT_TRUE(checkpoint) << checkpoint.error().message;
    build(*checkpoint);
  }
  /// Of a folder on disk; ends the test where there is no graph.
  void buildFolder(const std::string &folder) {
    Result<Checkpoint> checkpoint = Checkpoint::open(folder);
    ASSERT_TRUE(checkpoint) << checkpoint.error().message;
    build(*checkpoint);
    ASSERT_TRUE(module) << error;
    EXPECT_TRUE(succeeded(verify(*module)));
  }
  template <typename Op> int64_t count() {
    int64_t found = 0;
    module->walk([&](Op) { ++found; });
    return found;
  }
  template <typename Op> Op symbol(StringRef name) { return module->lookupSymbol<Op>(name); }
  DictionaryAttr model() { return (*module)->getAttrOfType<DictionaryAttr>("decoder.model"); }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::string error;
};

int64_t number(DictionaryAttr dictionary, StringRef key) { return cast<IntegerAttr>(dictionary.get(key)).getInt(); }

TEST(ImportFolder, BitnetPacked) {
  Graph g;
  ASSERT_NO_FATAL_FAILURE(g.buildFolder(repositoryPath("examples/tiny-shakespeare")));
  EXPECT_EQ(g.count<ternary::WeightOp>(), 6 * 7);
  EXPECT_EQ(g.count<ternary::LinearOp>(), 6 * 7);
  EXPECT_EQ(g.count<decoder::RmsNormOp>(), 6 * 4 + 1);
  EXPECT_EQ(g.count<decoder::RopeOp>(), 6 * 2);
  EXPECT_EQ(g.count<decoder::CacheOp>(), 6 * 2);
  EXPECT_EQ(g.count<decoder::LinearOp>(), 1);
  EXPECT_EQ(number(g.model(), "vocab_size"), 2048);
  EXPECT_EQ(number(g.model(), "max_context"), 512);
  EXPECT_EQ(number(g.model(), "bos"), 0);
  EXPECT_EQ(cast<DenseI64ArrayAttr>(g.model().get("eos")).asArrayRef(), ArrayRef<int64_t>({4}));
  EXPECT_EQ(cast<StringAttr>(g.model().get("architecture")).getValue(), "bitnet");
  auto key = g.symbol<ternary::WeightOp>("blk.5.attn_k");
  ASSERT_TRUE(key);
  EXPECT_EQ(key.getRows(), 128);
  EXPECT_EQ(key.getColumns(), 256);
  EXPECT_EQ(key.getStorage(), "packed_rows");
  EXPECT_EQ(formatOf(key), "trits, scale <tensor, stored, multiply>");
  EXPECT_EQ(key.getSource(), "model.layers.5.self_attn.k_proj.weight");
  EXPECT_EQ(*key.getScales(), "model.layers.5.self_attn.k_proj.weight_scale");
  EXPECT_EQ(cast<NameLoc>(key.getLoc()).getName().getValue(), "model.layers.5.self_attn.k_proj");
  EXPECT_EQ(g.symbol<decoder::RopeTableOp>("rope").getTheta().convertToDouble(), 5e5);
}

TEST(ImportFolder, BitnetMasterWeights) {
  Graph g;
  ASSERT_NO_FATAL_FAILURE(g.buildFolder(madeCheckpoint("bitnet-master")));
  EXPECT_EQ(g.count<ternary::WeightOp>(), 2 * 7);
  EXPECT_EQ(g.count<decoder::RmsNormOp>(), 2 * 4 + 1);
  auto down = g.symbol<ternary::WeightOp>("blk.1.ffn_down");
  ASSERT_TRUE(down);
  EXPECT_EQ(down.getRows(), 96);
  EXPECT_EQ(down.getColumns(), 160);
  EXPECT_EQ(down.getStorage(), "master");
  EXPECT_EQ(formatOf(down), "trits, scale <tensor, absmean>");
  EXPECT_FALSE(down.getScales());
}

TEST(ImportFolder, PartsOfScaledWeightsAreFound) {
  Graph g;
  ASSERT_NO_FATAL_FAILURE(g.buildFolder(madeCheckpoint("llama-scaled")));
  auto gate = g.symbol<ternary::WeightOp>("blk.1.ffn_gate"), down = g.symbol<ternary::WeightOp>("blk.1.ffn_down");
  EXPECT_EQ(gate.getStorage(), "scaled");
  EXPECT_FALSE(gate.getScales());
  EXPECT_EQ(formatOf(gate), "trits, scale <rows [80, 80], stored, multiply>");
  EXPECT_EQ(formatOf(down), "trits, scale <columns [80, 80], stored, multiply>");
}

TEST(ImportFolder, LlamaDividesAndHasNoSubNorms) {
  Graph g;
  ASSERT_NO_FATAL_FAILURE(g.buildFolder(madeCheckpoint("llama-packed")));
  EXPECT_EQ(g.count<ternary::WeightOp>(), 2 * 7);
  EXPECT_EQ(g.count<decoder::RmsNormOp>(), 2 * 2 + 1);
  g.module->walk(
      [](ternary::WeightOp weight) { EXPECT_EQ(formatOf(weight), "trits, scale <tensor, stored, divide>"); });
  g.module->walk([](decoder::GateOp gate) { EXPECT_EQ(gate.getActivation(), decoder::Activation::Silu); });
}

TEST(Import, DeclaresInTheOrderOfDecode) {
  Graph g;
  g.build(TinyCheckpoint());
  ASSERT_TRUE(g.module) << g.error;
  std::vector<std::string> names;
  for (Operation &op : *g.module->getBody())
    if (isa<decoder::TensorOp, ternary::WeightOp>(op))
      names.push_back(SymbolTable::getSymbolName(&op).str());
  EXPECT_THAT(names,
              testing::ElementsAre("token_embd", "blk.0.attn_norm", "blk.0.attn_q", "blk.0.attn_k", "blk.0.attn_v",
                                   "blk.0.attn_sub_norm", "blk.0.attn_output", "blk.0.ffn_norm", "blk.0.ffn_gate",
                                   "blk.0.ffn_up", "blk.0.ffn_sub_norm", "blk.0.ffn_down", "output_norm"));
}

TEST(Import, ContextCanBeShortened) {
  TinyCheckpoint tiny;
  Result<Checkpoint> checkpoint = tiny.open();
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  Graph shorter, longer;
  shorter.build(*checkpoint, 16);
  ASSERT_TRUE(shorter.module) << shorter.error;
  EXPECT_EQ(number(shorter.model(), "max_context"), 16);
  EXPECT_EQ(shorter.symbol<decoder::RopeTableOp>("rope").getPositions(), 16);
  longer.build(*checkpoint, 65);
  EXPECT_THAT(longer.error, HasSubstr("64 positions, fewer than the context of 65"));
}

TEST(Import, SeparateHead) {
  TinyCheckpoint tiny;
  tiny.config["tie_word_embeddings"] = false;
  tiny.tensors["lm_head.weight"] = {"BF16", {20, 32}};
  Graph g;
  g.build(tiny);
  ASSERT_TRUE(g.module) << g.error;
  EXPECT_EQ(g.symbol<decoder::TensorOp>("output").getSource(), "lm_head.weight");
  g.module->walk([](decoder::LinearOp head) { EXPECT_EQ(head.getWeight(), "output"); });
}

TEST(Import, TiedHeadThatTheCheckpointHasToo) {
  TinyCheckpoint tiny; // all its tensors are zeros
  tiny.tensors["lm_head.weight"] = {"BF16", {20, 32}};
  Graph equal, other;
  equal.build(tiny);
  ASSERT_TRUE(equal.module) << equal.error;
  equal.module->walk([](decoder::LinearOp head) { EXPECT_EQ(head.getWeight(), "token_embd"); });

  Result<Checkpoint> checkpoint = tiny.open();
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  Result<TensorView> head = checkpoint->find("lm_head.weight");
  ASSERT_TRUE(head);
  std::fstream(head->file->path(), std::ios::in | std::ios::out | std::ios::binary)
      .seekp(std::streamoff(head->info->offset + head->info->bytes - 1))
      .put(1);
  other.build(*checkpoint);
  ASSERT_TRUE(other.module) << other.error;
  other.module->walk([](decoder::LinearOp head) { EXPECT_EQ(head.getWeight(), "output"); });
}

TEST(Import, TiedEmbeddingThatTheCheckpointHasAsHeadOnly) {
  TinyCheckpoint tiny;
  tiny.tensors["lm_head.weight"] = tiny.tensors.extract("model.embed_tokens.weight").mapped();
  Graph tied, untied;
  tied.build(tiny);
  ASSERT_TRUE(tied.module) << tied.error;
  EXPECT_EQ(tied.symbol<decoder::TensorOp>("token_embd").getSource(), "lm_head.weight");
  tied.module->walk([](decoder::LinearOp head) { EXPECT_EQ(head.getWeight(), "token_embd"); });
  tiny.config["tie_word_embeddings"] = false;
  untied.build(tiny);
  EXPECT_THAT(untied.error, EndsWith("has no tensor model.embed_tokens.weight"));
}

TEST(Import, TernaryHead) {
  TinyCheckpoint tiny;
  tiny.config["tie_word_embeddings"] = false;
  tiny.config["quantization_config"]["modules_to_not_convert"] = nlohmann::json::array();
  tiny.tensors["lm_head.weight"] = {"U8", {5, 32}};
  tiny.tensors["lm_head.weight_scale"] = {"BF16", {1}};
  Graph packed, floats, old, none, tied;
  packed.build(tiny);
  ASSERT_TRUE(packed.module) << packed.error;
  EXPECT_EQ(packed.symbol<ternary::WeightOp>("output").getRows(), 20);

  // Floats: trits, if transformers 5 can have written them, which has a scale in an AutoBitLinear and cannot load
  // floats into a BitLinear; transformers 4 never converts the head.
  tiny.tensors["lm_head.weight"] = {"BF16", {20, 32}};
  floats.build(tiny);
  ASSERT_TRUE(floats.module) << floats.error;
  EXPECT_EQ(floats.symbol<ternary::WeightOp>("output").getStorage(), "trits");
  EXPECT_EQ(*floats.symbol<ternary::WeightOp>("output").getScales(), "lm_head.weight_scale");
  tiny.config["quantization_config"]["linear_class"] = "bitlinear";
  tiny.tensors.erase("lm_head.weight_scale"); // which nothing would use
  old.build(tiny);
  ASSERT_TRUE(old.module) << old.error;
  old.module->walk([](decoder::LinearOp head) { EXPECT_EQ(head.getWeight(), "output"); });
  tiny.config["quantization_config"]["linear_class"] = "autobitlinear";
  none.build(tiny);
  ASSERT_TRUE(none.module) << none.error;
  none.module->walk([](decoder::LinearOp head) { EXPECT_EQ(head.getWeight(), "output"); });

  tiny.config["tie_word_embeddings"] = true;
  tiny.tensors.erase("lm_head.weight");
  tiny.useMasterWeights();
  tied.build(tiny);
  ASSERT_TRUE(tied.module) << tied.error;
  auto head = tied.symbol<ternary::WeightOp>("output");
  ASSERT_TRUE(head);
  EXPECT_EQ(head.getSource(), "model.embed_tokens.weight");
  EXPECT_EQ(head.getStorage(), "master");
}

TEST(Import, MasterWeightsThatTheReleasesOfTransformersReadDifferently) {
  TinyCheckpoint tiny;
  tiny.useMasterWeights();
  tiny.config["quantization_config"]["modules_to_not_convert"] = {"lm_head", "mlp"};
  Graph g;
  g.build(tiny);
  EXPECT_THAT(g.error, HasSubstr("config.json: quantization_config: modules_to_not_convert names "
                                 "model.layers.0.mlp.gate_proj in transformers 4, but not in transformers 5"));
}

TEST(Import, HeadDimensionOfItsOwn) {
  TinyCheckpoint tiny; // 4 heads of 16 on a hidden size of 32
  tiny.config["model_type"] = "llama";
  tiny.config["head_dim"] = 16;
  tiny.config["hidden_act"] = "silu";
  tiny.tensors.erase(inLayer("self_attn.attn_sub_norm.weight"));
  tiny.tensors.erase(inLayer("mlp.ffn_sub_norm.weight"));
  tiny.tensors[inLayer("self_attn.q_proj.weight")].shape = {16, 32};
  tiny.tensors[inLayer("self_attn.k_proj.weight")].shape = {8, 32};
  tiny.tensors[inLayer("self_attn.v_proj.weight")].shape = {8, 32};
  tiny.tensors[inLayer("self_attn.o_proj.weight")].shape = {8, 64};
  Graph g;
  g.build(tiny);
  ASSERT_TRUE(g.module) << g.error;
  EXPECT_EQ(g.symbol<ternary::WeightOp>("blk.0.attn_output").getColumns(), 64);
  EXPECT_EQ(cast<decoder::CacheType>(g.symbol<decoder::CacheOp>("blk.0.k").getType()).getHeadDim(), 16);
  g.module->walk([](decoder::AttentionOp attention) { EXPECT_EQ(attention.getScale().convertToFloat(), 0.25f); });
}

TEST(Import, UnconvertedLinearsAreDense) {
  TinyCheckpoint tiny;
  tiny.config["quantization_config"]["modules_to_not_convert"] = {"lm_head", "o_proj"};
  tiny.tensors[inLayer("self_attn.o_proj.weight")] = {"BF16", {32, 32}};
  tiny.tensors.erase(inLayer("self_attn.o_proj.weight_scale"));
  Graph g;
  g.build(tiny);
  ASSERT_TRUE(g.module) << g.error;
  EXPECT_EQ(g.count<ternary::LinearOp>(), 6);
  EXPECT_EQ(g.count<decoder::LinearOp>(), 2);
  auto output = g.symbol<decoder::TensorOp>("blk.0.attn_output");
  ASSERT_TRUE(output);
  EXPECT_TRUE(cast<ShapedType>(output.getType()).getElementType().isBF16());
}

TEST(Import, PackedWeightsStayTernaryWhateverTheListOfDenseModulesSays) {
  TinyCheckpoint tiny;
  tiny.config["quantization_config"]["modules_to_not_convert"] = {
      "lm_head", "self_attn"}; // the second is no name to transformers 5, which wants whole ends
  Graph g;
  g.build(tiny);
  ASSERT_TRUE(g.module) << g.error;
  EXPECT_EQ(g.count<ternary::LinearOp>(), 7);
}

TEST(Import, NormsBeforeLinears) {
  TinyCheckpoint tiny;
  tiny.useMasterWeights();
  tiny.config["quantization_config"]["use_rms_norm"] = true;
  tiny.config["quantization_config"]["rms_norm_eps"] = 0.25;
  for (const char *name :
       {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj"})
    tiny.tensors[inLayer(std::string(name) + ".rms_norm.weight")] = {"F32", {32}};
  tiny.tensors[inLayer("mlp.down_proj.rms_norm.weight")] = {"F32", {48}};
  Graph g;
  g.build(tiny);
  ASSERT_TRUE(g.module) << g.error;
  EXPECT_EQ(g.count<decoder::RmsNormOp>(), 5 + 7);
  g.module->walk([](ternary::LinearOp linear) {
    auto norm = linear.getInput().getDefiningOp<decoder::RmsNormOp>();
    ASSERT_TRUE(norm);
    EXPECT_EQ(norm.getEps().convertToFloat(), 0.25f);
  });
}

TEST(Import, Biases) {
  TinyCheckpoint tiny;
  tiny.useMasterWeights();
  tiny.config["attention_bias"] = true;
  tiny.config["mlp_bias"] = true; // transformers' BitNetMLP does not look at it
  for (auto [name, rows] : {std::pair("q", 32), {"k", 16}, {"v", 16}, {"o", 32}})
    tiny.tensors[inLayer(std::string("self_attn.") + name + "_proj.bias")] = {"BF16", {rows}};
  Graph g;
  g.build(tiny);
  ASSERT_TRUE(g.module) << g.error;
  EXPECT_EQ(g.count<decoder::AddBiasOp>(), 4);
  EXPECT_EQ(g.symbol<decoder::TensorOp>("blk.0.attn_k.bias").getSource(), inLayer("self_attn.k_proj.bias"));
}

/// transformers' AutoBitLinear multiplies them by the scale of its weights, BitLinear adds them after its division.
TEST(Import, BiasesOfPackedWeights) {
  TinyCheckpoint tiny;
  tiny.config["attention_bias"] = true;
  for (auto [name, rows] : {std::pair("q", 32), {"k", 16}, {"v", 16}, {"o", 32}})
    tiny.tensors[inLayer(std::string("self_attn.") + name + "_proj.bias")] = {"BF16", {rows}};
  Graph multiplied, added, missing;
  multiplied.build(tiny);
  ASSERT_TRUE(multiplied.module) << multiplied.error;
  EXPECT_EQ(multiplied.symbol<decoder::TensorOp>("blk.0.attn_k.bias").getFactor(),
            inLayer("self_attn.k_proj.weight_scale"));
  tiny.config["quantization_config"]["linear_class"] = "bitlinear";
  added.build(tiny);
  ASSERT_TRUE(added.module) << added.error;
  EXPECT_EQ(added.symbol<decoder::TensorOp>("blk.0.attn_k.bias").getFactor(), std::nullopt);
  tiny.tensors.erase(inLayer("self_attn.v_proj.bias"));
  missing.build(tiny);
  EXPECT_THAT(missing.error, EndsWith("has no tensor model.layers.0.self_attn.v_proj.bias"));
}

TEST(Import, FloatsWhereWeightsArePacked) {
  TinyCheckpoint tiny;
  tiny.tensors[inLayer("mlp.up_proj.weight")] = {"F16", {48, 32}};
  Graph trits, floats;
  trits.build(tiny);
  ASSERT_TRUE(trits.module) << trits.error;
  auto up = trits.symbol<ternary::WeightOp>("blk.0.ffn_up");
  EXPECT_EQ(up.getStorage(), "trits");
  EXPECT_EQ(formatOf(up), "trits, scale <tensor, stored, multiply>");
  tiny.tensors.erase(inLayer("mlp.up_proj.weight_scale"));
  floats.build(tiny);
  EXPECT_THAT(floats.error, HasSubstr("tensor model.layers.0.mlp.up_proj.weight: has dtype F16, but config.json says "
                                      "that weights are packed (U8); layers that were not quantised belong in"));
}

/// Frequencies by the formulas of transformers' modeling_rope_utils, for head_dim 8.
TEST(Import, ScaledRope) {
  TinyCheckpoint tiny;
  tiny.config["rope_theta"] = 10000.0;
  Graph plain, linear, llama3;
  plain.build(tiny);
  ASSERT_TRUE(plain.module) << plain.error;
  EXPECT_FALSE(plain.symbol<decoder::RopeTableOp>("rope").getFrequencies());

  tiny.config["rope_scaling"] = {{"rope_type", "linear"}, {"factor", 4.0}};
  linear.build(tiny);
  ASSERT_TRUE(linear.module) << linear.error;
  ArrayRef<float> frequencies = *linear.symbol<decoder::RopeTableOp>("rope").getFrequencies();
  ASSERT_EQ(frequencies.size(), 4u);
  for (int i = 0; i < 4; ++i)
    EXPECT_FLOAT_EQ(frequencies[i], float(std::pow(10000.0, -i / 4.0) / 4));

  // Wavelengths are 6.28, 62.8, 628 and 6283: the first is kept, the second is between 32 and 128, the others are
  // divided.
  tiny.config["rope_scaling"] = {{"rope_type", "llama3"},
                                 {"factor", 8.0},
                                 {"low_freq_factor", 1.0},
                                 {"high_freq_factor", 4.0},
                                 {"original_max_position_embeddings", 128}};
  llama3.build(tiny);
  ASSERT_TRUE(llama3.module) << llama3.error;
  frequencies = *llama3.symbol<decoder::RopeTableOp>("rope").getFrequencies();
  ASSERT_EQ(frequencies.size(), 4u);
  double smooth = (128 / (2 * M_PI / 0.1) - 1) / 3;
  EXPECT_FLOAT_EQ(frequencies[0], 1.0f);
  EXPECT_FLOAT_EQ(frequencies[1], float((1 - smooth) * 0.1 / 8 + smooth * 0.1));
  EXPECT_FLOAT_EQ(frequencies[2], 0.01f / 8);
  EXPECT_FLOAT_EQ(frequencies[3], 0.001f / 8);
}

TEST(Import, UnusedTensorsAreIgnored) {
  TinyCheckpoint tiny;
  tiny.tensors["model.rotary_emb.inv_freq"] = {"F32", {4}};
  Graph g;
  g.build(tiny);
  EXPECT_TRUE(g.module) << g.error;
}

//===-- Bad checkpoints -----------------------------------------------------===//

struct BadTensor {
  const char *name;                            ///< of the test
  std::string tensor;                          ///< to change
  std::optional<TinyCheckpoint::Tensor> value; ///< none: remove it
  std::string message;                         ///< a part of the error that is expected
};

void PrintTo(const BadTensor &bad, std::ostream *out) { *out << bad.tensor << ' ' << bad.message; }

class ImportBad : public testing::TestWithParam<BadTensor> {};

TEST_P(ImportBad, NamesTensorAndReason) {
  TinyCheckpoint tiny;
  tiny.tensors.erase(GetParam().tensor);
  if (GetParam().value)
    tiny.tensors[GetParam().tensor] = *GetParam().value;
  Graph g;
  g.build(tiny);
  ASSERT_FALSE(g.module);
  EXPECT_THAT(g.error, StartsWith(tiny.folder()));
  EXPECT_THAT(g.error, HasSubstr(GetParam().tensor));
  EXPECT_THAT(g.error, HasSubstr(GetParam().message));
  EXPECT_EQ(g.error.find('\n'), std::string::npos);
}

const BadTensor kBadTensors[] = {
    {"NoEmbedding", "model.embed_tokens.weight", std::nullopt, "has no tensor"},
    {"NoWeight", inLayer("mlp.up_proj.weight"), std::nullopt, "has no tensor"},
    {"NoScale", inLayer("mlp.up_proj.weight_scale"), std::nullopt, "has no tensor"},
    {"NoSubNorm", inLayer("mlp.ffn_sub_norm.weight"), std::nullopt, "has no tensor"},
    {"EmbeddingOfBytes", "model.embed_tokens.weight", TinyCheckpoint::Tensor{"U8", {20, 32}},
     "has dtype U8, but a float type is needed"},
    {"FloatPacked", inLayer("self_attn.q_proj.weight"), TinyCheckpoint::Tensor{"BF16", {8, 32}},
     "has shape 8x32, but config.json asks for 32x32"},
    {"BytesOfAnotherKind", inLayer("self_attn.q_proj.weight"), TinyCheckpoint::Tensor{"I16", {8, 32}},
     "has dtype I16, but U8 is needed"},
    {"UnpackedShape", inLayer("self_attn.q_proj.weight"), TinyCheckpoint::Tensor{"U8", {32, 32}},
     "has shape 32x32, but config.json asks for 8x32"},
    {"Transposed", inLayer("mlp.down_proj.weight"), TinyCheckpoint::Tensor{"U8", {12, 32}},
     "has shape 12x32, but config.json asks for 8x48"},
    {"NormTooShort", "model.norm.weight", TinyCheckpoint::Tensor{"F32", {31}},
     "has shape 31, but config.json asks for 32"},
    {"NormOfRankTwo", "model.norm.weight", TinyCheckpoint::Tensor{"F32", {1, 32}},
     "has shape 1x32, but config.json asks for 32"},
    {"ScalePerRow", inLayer("self_attn.v_proj.weight_scale"), TinyCheckpoint::Tensor{"BF16", {16}},
     "has 16 numbers, but one scale"},
    {"ScaleOfBytes", inLayer("self_attn.v_proj.weight_scale"), TinyCheckpoint::Tensor{"U8", {1}},
     "has dtype U8, but a float type is needed"},
};
INSTANTIATE_TEST_SUITE_P(Tensors, ImportBad, testing::ValuesIn(kBadTensors),
                         [](const testing::TestParamInfo<BadTensor> &info) { return info.param.name; });

TEST(Import, MissingHead) {
  TinyCheckpoint tiny;
  tiny.config["tie_word_embeddings"] = false;
  Graph g;
  g.build(tiny);
  EXPECT_THAT(g.error, EndsWith("has no tensor lm_head.weight"));
}

TEST(Import, PackedRowsAreMultiplesOfFour) {
  TinyCheckpoint tiny;
  tiny.config["intermediate_size"] = 46;
  Graph g;
  g.build(tiny);
  EXPECT_THAT(
      g.error,
      HasSubstr("model.layers.0.mlp.gate_proj has 46 rows, but weights stored as packed_rows need a multiple of 4"));
}

TEST(ImportTiny, ATensorThatNothingAsksForIsAnotherModel) {
  for (const char *rest : {"self_attn.q_norm.weight", "self_attn.q_proj.bias", "pre_feedforward_layernorm.weight"}) {
    TinyCheckpoint tiny;
    tiny.tensors[inLayer(rest)] = {"F32", {8}};
    Graph g;
    g.build(tiny);
    EXPECT_THAT(g.error, HasSubstr("has 1 tensor that the graph of its family does not use"));
    EXPECT_THAT(g.error, HasSubstr(rest));
  }
  TinyCheckpoint more;
  for (int i = 0; i < 9; ++i)
    more.tensors["model.layers.1.extra." + std::to_string(i)] = {"F32", {8}};
  Graph g;
  g.build(more);
  EXPECT_THAT(g.error, HasSubstr("has 9 tensors"));
  EXPECT_THAT(g.error, EndsWith("model.layers.1.extra.5 and 3 more"));
  TinyCheckpoint derived;
  derived.tensors[inLayer("self_attn.rotary_emb.inv_freq")] = {"F32", {4}};
  Graph fine;
  fine.build(derived);
  EXPECT_TRUE(fine.module) << fine.error;
}

/// 1bitLLM's form: masters, and norms with names of their own.
TEST(ImportFolder, BitnetEra) {
  Graph g;
  ASSERT_NO_FATAL_FAILURE(g.buildFolder(madeCheckpoint("bitnet-era")));
  EXPECT_EQ(cast<StringAttr>(g.model().get("architecture")).getValue(), "bitnet-era");
  EXPECT_EQ(g.count<decoder::RmsNormOp>(), 2 * 4 + 1);
  EXPECT_EQ(g.symbol<decoder::TensorOp>("blk.0.attn_sub_norm").getSource(),
            "model.layers.0.self_attn.inner_attn_ln.weight");
  EXPECT_EQ(g.symbol<decoder::TensorOp>("blk.1.ffn_sub_norm").getSource(), "model.layers.1.mlp.ffn_layernorm.weight");
  EXPECT_EQ(g.symbol<ternary::WeightOp>("blk.0.attn_q").getStorage(), "master");
}

} // namespace
} // namespace tern
