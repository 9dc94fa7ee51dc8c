//===- cache_test.cpp - Long texts over every kind of cache -------------------===//
//
// Made-up models whose texts fill more than two pages of the cache, against a plain forward pass that rounds keys and
// values alike.
//
//===----------------------------------------------------------------------===//
#include "test/conformance/compiled_model.h"
#include "test/conformance/random_model.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tern::test {
namespace {

using nlohmann::json;

constexpr int64_t kContext = 600, kTokens = 530, kBlock = 48; // pages have 256 positions
constexpr int64_t kVocabulary = 37;

struct CacheCase {
  const char *name;
  CacheElement element;
  RandomModel::Cache rounding;
  int64_t heads, cacheHeads;
};

void PrintTo(const CacheCase &test, std::ostream *out) { *out << test.name; }

ModelRecipe recipeOf(const CacheCase &test) {
  return {test.name,
          {{"model_type", "bitnet"},
           {"hidden_size", 48},
           {"intermediate_size", 60},
           {"num_hidden_layers", 2},
           {"num_attention_heads", test.heads},
           {"num_key_value_heads", test.cacheHeads},
           {"vocab_size", kVocabulary},
           {"max_position_embeddings", kContext},
           {"rms_norm_eps", 1e-5},
           {"rope_theta", 500.0},
           {"tie_word_embeddings", true},
           {"eos_token_id", 4},
           {"quantization_config",
            {{"quant_method", "bitnet"}, {"linear_class", "autobitlinear"}, {"quantization_mode", "offline"}}}}};
}

class CacheTest : public testing::TestWithParam<CacheCase> {
protected:
  std::shared_ptr<Model> compiled(const RandomModel &reference) {
    reference.write(folder.path);
    CompileOptions options;
    options.checkpoint = folder.path;
    options.prefillBlock = kBlock;
    options.cache = GetParam().element;
    Result<std::shared_ptr<Model>> model = compileAndLoad(options, folder);
    EXPECT_TRUE(model) << model.error().message;
    return model ? *model : nullptr;
  }

  std::vector<float> logitsOf(const std::shared_ptr<Model> &model, std::span<const int32_t> ids, uint64_t threads,
                              uint64_t block) {
    Result<std::unique_ptr<Session>> session = Session::create(model, threads, 0);
    EXPECT_TRUE(session);
    EXPECT_TRUE((*session)->append(ids, Session::Logits::All, block));
    return {(*session)->logits().begin(), (*session)->logits().end()};
  }

  TemporaryFolder folder;
};

/// The bytes that the header promises follow from the element type.
void checkBytes(const tern_model_header &header, const CacheCase &test) {
  uint64_t headDim = 48 / uint64_t(test.heads);
  uint64_t element = test.element == CacheElement::F32 ? 4 : test.element == CacheElement::F16 ? 2 : 1;
  uint64_t scale = test.element == CacheElement::Int8 ? 4 : 0;
  EXPECT_EQ(header.cache_bytes_per_token, 2 * 2 * uint64_t(test.cacheHeads) * (headDim * element + scale));
  EXPECT_EQ(header.cache_page, 256u);
}

TEST_P(CacheTest, LongTextsAreThoseOfAPlainForwardPass) {
  RandomModel reference(recipeOf(GetParam()));
  std::shared_ptr<Model> model = compiled(reference);
  ASSERT_TRUE(model);
  checkBytes(model->header(), GetParam());
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < kTokens; ++i)
    ids.push_back(int32_t((i * i * 5 + 3 * i + 1) % kVocabulary));
  std::vector<std::vector<double>> expected = reference.logits(ids, GetParam().rounding);

  std::vector<float> blocks = logitsOf(model, ids, 1, 0), single = logitsOf(model, ids, 1, 1);
  for (const std::vector<float> &logits : {blocks, single}) {
    std::vector<double> errors;
    for (size_t i = 0; i < ids.size(); ++i)
      errors.push_back(
          relativeError(std::span(logits).subspan(i * kVocabulary, kVocabulary), std::span<const double>(expected[i])));
    // As in e2e_test.cpp. A key that is rounded to its other neighbour moves every position after it, by more the
    // coarser the steps are.
    std::vector<double> early(errors.begin(), errors.begin() + 15);
    std::ranges::sort(early);
    EXPECT_LT(early[7], 1e-5);
    std::ranges::sort(errors);
    bool coarse = GetParam().element == CacheElement::Int8;
    EXPECT_LT(errors[errors.size() / 2], GetParam().element == CacheElement::F32 ? 1e-5 : coarse ? 1e-2 : 1e-3);
    EXPECT_LT(errors.back(), 0.1);
  }
  // Pages are dealt out differently, and come together in the same order.
  for (uint64_t threads : {2, 3, 5}) {
    EXPECT_EQ(logitsOf(model, ids, threads, 0), blocks) << threads << " threads";
    EXPECT_EQ(logitsOf(model, ids, threads, 1), single) << threads << " threads";
  }
}

/// What a text gets is the same float for float, whatever else is in its steps: eight texts with a token each, a prompt
/// beside them, and pages in any order.
TEST_P(CacheTest, SequencesInOneStepAreThoseAlone) {
  RandomModel reference(recipeOf(GetParam()));
  std::shared_ptr<Model> model = compiled(reference);
  ASSERT_TRUE(model);
  constexpr size_t kTexts = 8, kSteps = 6;
  std::vector<std::vector<int32_t>> texts(kTexts);
  for (size_t n = 0; n < kTexts; ++n) // two of them are longer than a page, one stands before its border
    for (size_t i = 0; i < (n == 0 ? 300 : n == 1 ? 253 : n == 2 ? 520 : 5 + 7 * n) + kSteps; ++i)
      texts[n].push_back(int32_t((i * i * 5 + (n + 3) * i + n) % kVocabulary));
  auto last = [](std::span<const float> logits) {
    std::span<const float> one = logits.last(kVocabulary);
    return std::vector<float>(one.begin(), one.end());
  };
  // Alone, token by token after the prompt.
  std::vector<std::vector<std::vector<float>>> alone(kTexts);
  for (size_t n = 0; n < kTexts; ++n) {
    std::unique_ptr<Session> session = std::move(*Session::create(model, 1, 0));
    std::span<const int32_t> ids = texts[n];
    ASSERT_TRUE(session->append(ids.first(ids.size() - kSteps), Session::Logits::Last));
    alone[n].push_back(last(session->logits()));
    for (size_t i = ids.size() - kSteps; i < ids.size(); ++i) {
      ASSERT_TRUE(session->append(ids.subspan(i, 1), Session::Logits::Last));
      alone[n].push_back(last(session->logits()));
    }
  }
  for (uint64_t threads : {1, 2, 3}) {
    std::unique_ptr<Engine> engine = std::move(*Engine::create(model, threads, kTexts * kContext));
    std::vector<std::unique_ptr<Sequence>> sequences;
    std::vector<Engine::Addition> additions;
    for (size_t n = 0; n < kTexts; ++n) {
      sequences.push_back(std::move(*engine->newSequence(0)));
      std::span<const int32_t> ids = texts[n];
      if (n > 0)
        additions.push_back({*sequences[n], ids.first(ids.size() - kSteps), Engine::Outputs::Last});
    }
    ASSERT_TRUE(engine->append(additions)); // all prompts but the first
    for (size_t n = 1; n < kTexts; ++n)
      EXPECT_EQ(last(engine->logits(*sequences[n])), alone[n][0]) << "prompt " << n << ", " << threads << " threads";
    for (size_t step = 0; step < kSteps; ++step) {
      additions.clear();
      for (size_t n = kTexts; n-- > 0;) {
        std::span<const int32_t> ids = texts[n];
        size_t begin = ids.size() - kSteps + step;
        if (n > 0)
          additions.push_back({*sequences[n], ids.subspan(begin, 1), Engine::Outputs::Last});
        else if (step == 1) // the first prompt comes beside the others' tokens
          additions.push_back({*sequences[n], ids.first(ids.size() - kSteps), Engine::Outputs::Last});
      }
      ASSERT_TRUE(engine->append(additions));
      for (size_t n = 1; n < kTexts; ++n)
        EXPECT_EQ(last(engine->logits(*sequences[n])), alone[n][step + 1]) << "text " << n << ", step " << step;
      if (step == 1)
        EXPECT_EQ(last(engine->logits(*sequences[0])), alone[0][0]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Elements, CacheTest,
                         testing::Values(CacheCase{"f32", CacheElement::F32, RandomModel::Cache::Exact, 6, 2},
                                         CacheCase{"f16", CacheElement::F16, RandomModel::Cache::Float16, 4, 4},
                                         CacheCase{"int8", CacheElement::Int8, RandomModel::Cache::Codes, 4, 1}),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace tern::test
