//===- head_test.cpp - Compiled head functions against plain arithmetic -------===//
//
// What the proof of docs/screened-head.md takes for granted: the integer products of the codes are exact, and a row
// computed alone is the same float as in the whole head, for every instruction set that this machine runs.
//
//===----------------------------------------------------------------------===//
#include "lib/base/text.h"
#include "lib/cpu/features.h"
#include "lib/object/decoder_exports.h"
#include "test/conformance/compiled_model.h"
#include "test/conformance/random_model.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <random>

namespace tern::test {
namespace {

using nlohmann::json;

ModelRecipe recipe(int64_t hidden, int64_t vocabulary) {
  return {"head",
          {{"model_type", "bitnet"},
           {"hidden_size", hidden},
           {"intermediate_size", 36},
           {"num_hidden_layers", 1},
           {"num_attention_heads", 2},
           {"num_key_value_heads", 1},
           {"vocab_size", vocabulary},
           {"max_position_embeddings", 64},
           {"rms_norm_eps", 1e-5},
           {"rope_theta", 500.0},
           {"tie_word_embeddings", true},
           {"eos_token_id", 4},
           {"quantization_config",
            {{"quant_method", "bitnet"}, {"linear_class", "autobitlinear"}, {"quantization_mode", "offline"}}}}};
}

/// Runs one of a model's functions on threads one after the other: head functions have no barriers.
void run(const Step &work, const Model &model, uint64_t threads) {
  std::vector<uint8_t> memory(model.header().shared_bytes + model.header().scratch_bytes * threads + 64);
  uint8_t *aligned = memory.data() + (64 - uintptr_t(memory.data()) % 64) % 64;
  tern_step step{};
  step.weights = model.weights();
  step.ports = work.ports.data();
  step.n_rows = work.rows;
  step.n_listed = work.listed;
  step.scratch = aligned;
  step.shared = aligned + model.header().scratch_bytes * threads;
  step.barrier = [](void *, uint64_t) { ADD_FAILURE() << "a barrier in a head function"; };
  for (uint64_t thread = 0; thread < threads; ++thread)
    work.exported.code->run(&step, thread, threads);
}

/// The tests of this suite run in one process and share its models.
class Head : public testing::TestWithParam<std::tuple<std::string, int64_t>> {
protected:
  static void TearDownTestSuite() { models.clear(); }

  void SetUp() override {
    auto [cpu, hidden] = GetParam();
    random.seed(uint64_t(hidden));
    state.resize(size_t(hidden));
    for (float &value : state)
      value = float(int64_t(random() % 2001) - 1000) / 300;
    auto [known, isNew] = models.try_emplace(GetParam());
    if (isNew)
      compileModel(known->second);
    model = known->second;
    if (!model && !HasFailure())
      GTEST_SKIP() << "this CPU lacks instructions of another whose head was to be run";
    ASSERT_TRUE(model);
  }

  /// Leaves null what this machine cannot run.
  static void compileModel(std::shared_ptr<Model> &model) {
    auto [cpu, hidden] = GetParam();
    Result<TargetInfo> target = resolveTarget(cpu);
    ASSERT_TRUE(target) << target.error().message;
    if (!missingFeatures(join(requiredFeatures(*target), ",")).empty())
      return;
    TemporaryFolder folder;
    RandomModel(recipe(hidden, kRows)).write(folder.path);
    CompileOptions options;
    options.checkpoint = folder.path;
    options.cpu = cpu;
    options.lmHead = "screened";
    Result<std::shared_ptr<Model>> compiled = compileAndLoad(options, folder);
    ASSERT_TRUE(compiled) << compiled.error().message;
    model = *compiled;
  }

  static constexpr int64_t kRows = 301;
  static inline std::map<ParamType, std::shared_ptr<Model>> models;
  std::shared_ptr<Model> model;
  std::mt19937_64 random;
  std::vector<float> state;
};

TEST_P(Head, ARowAloneIsTheSameFloat) {
  std::vector<float> whole(kRows), some(kRows);
  Step all(*model->find(kLogitsExport)), listed(*model->find(kLogitsRowsExport));
  all.port(kHiddenPort, state.data()).port(kLogitsPort, whole.data());
  run(all, *model, 1);
  auto embedding = std::ranges::find(model->manifest().tensors, "token_embd", &ManifestTensor::name);
  ASSERT_NE(embedding, model->manifest().tensors.end());
  listed.port(kHiddenPort, state.data()).port(kMatrixPort, model->weights() + embedding->offset);
  for (uint64_t threads : {1, 2, 5}) {
    for (int64_t count : {1, 2, 7, 301}) {
      std::vector<int32_t> rows;
      for (int64_t i = 0; i < count; ++i)
        rows.push_back(int32_t(random() % kRows));
      listed.listed = rows.size();
      listed.port(kRowsPort, rows.data()).port(kLogitsPort, some.data());
      run(listed, *model, threads);
      for (size_t i = 0; i < rows.size(); ++i)
        EXPECT_EQ(std::bit_cast<uint32_t>(some[i]), std::bit_cast<uint32_t>(whole[size_t(rows[i])]))
            << "row " << rows[i];
    }
    std::vector<float> shared(kRows);
    all.port(kLogitsPort, shared.data());
    run(all, *model, threads);
    EXPECT_EQ(shared, whole) << threads << " threads";
  }
}

TEST_P(Head, ProductsOfCodesAreExact) {
  HiddenCodes hidden;
  encodeHidden(state, hidden);
  const ManifestTensor *codes = nullptr;
  for (const ManifestTensor &tensor : model->manifest().tensors)
    if (tensor.kind == "row_codes")
      codes = &tensor;
  ASSERT_TRUE(codes);
  int64_t columns = int64_t(state.size());
  EXPECT_EQ(codes->shape, (std::vector<int64_t>{kRows, columns}));
  size_t coarse = kRows * size_t(codeRowBytes(columns, 0)), padded = size_t(codeColumns(columns));
  EXPECT_EQ(codes->bytes, coarse + kRows * size_t(codeRowBytes(columns, 1)));
  for (uint64_t plane : {0, 1})
    for (uint64_t threads : {1, 3}) {
      std::vector<int32_t> rows, sums;
      for (int i = 0; i < 200; ++i)
        rows.push_back(int32_t(random() % kRows));
      sums.resize(2 * rows.size());
      Step step(*model->find(kScreenExports[plane]));
      step.listed = rows.size();
      step.port(kHiddenCodesPort, hidden.bytes.data()).port(kRowsPort, rows.data()).port(kSumsPort, sums.data());
      run(step, *model, threads);
      for (size_t i = 0; i < rows.size(); ++i) {
        size_t bytes = size_t(codeRowBytes(columns, int64_t(plane)));
        std::span<const uint8_t> row(model->weights() + codes->offset + plane * coarse + size_t(rows[i]) * bytes,
                                     bytes);
        int32_t expected[2] = {};
        for (size_t column = 0; column < state.size(); ++column)
          for (size_t byte = 0; byte < 2; ++byte)
            expected[byte] += codeAt(row, int64_t(plane), int64_t(column)) * hidden.bytes[byte * padded + column];
        EXPECT_EQ(sums[2 * i], expected[0]) << "row " << rows[i];
        EXPECT_EQ(sums[2 * i + 1], expected[1]) << "row " << rows[i];
      }
    }
}

TEST_P(Head, TokensAreThoseOfAllLogits) {
  for (uint64_t threads : {1, 2})
    for (SamplingOptions options :
         {SamplingOptions{.greedy = true}, SamplingOptions{.topK = 10, .topP = 0.8f, .seed = 3},
          SamplingOptions{.temperature = 0.5f, .minP = 0.1f, .repetitionPenalty = 1.3f, .seed = 4},
          SamplingOptions{.topP = 0.7f, .seed = 5}}) {
      auto texts = [&](bool full) {
        Result<std::unique_ptr<Session>> session = Session::create(model, threads, 0);
        EXPECT_TRUE(session);
        (*session)->head().setFull(full);
        Sampler sampler = *Sampler::create(options);
        std::vector<int32_t> text = {1, 5, 9};
        EXPECT_TRUE((*session)->append(text, Session::Logits::Last));
        for (int i = 0; i < 40; ++i) {
          Result<int32_t> id = (*session)->sample(sampler, text);
          EXPECT_TRUE(id);
          text.push_back(id ? *id : 0);
          EXPECT_TRUE((*session)->append(std::span(text).last(1), Session::Logits::Last));
        }
        EXPECT_EQ((*session)->head().statistics().tokens, 40u);
        // The other way round from here on; what went before still counts.
        uint64_t fullTokens = (*session)->head().statistics().fullTokens;
        (*session)->head().setFull(!full);
        EXPECT_TRUE((*session)->sample(sampler, text));
        EXPECT_EQ((*session)->head().statistics().tokens, 41u);
        EXPECT_GE((*session)->head().statistics().fullTokens, fullTokens);
        return text;
      };
      EXPECT_EQ(texts(false), texts(true));
    }
}

// Columns that fill whole blocks of codes or not, and vectors of floats or not.
INSTANTIATE_TEST_SUITE_P(Targets, Head,
                         testing::Values(std::tuple("host", 64), std::tuple("host", 200), std::tuple("haswell", 72),
                                         std::tuple("x86-64", 72)),
                         [](const auto &info) {
                           std::string cpu = std::get<0>(info.param);
                           std::replace(cpu.begin(), cpu.end(), '-', '_');
                           return cpu + "_" + std::to_string(std::get<1>(info.param));
                         });

} // namespace
} // namespace tern::test
