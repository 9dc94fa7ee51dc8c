//===- c_api_test.cpp - What the C interface does with what it cannot use -----===//
#include "runtime/tern.h"
#include "test/runtime/session/toy_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using testing::HasSubstr;

namespace {

class CApi : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_TRUE(test::loadToyModel(folder, std::vector<float>(8, 1.0f)));
    model = tern_model_load((folder.path + "/toy.tern").c_str(), 0);
    ASSERT_NE(model, nullptr) << tern_last_error();
    session = tern_session_create(model, 1, 0);
    ASSERT_NE(session, nullptr) << tern_last_error();
  }
  void TearDown() override {
    tern_session_free(session);
    tern_model_free(model);
  }

  test::TemporaryFolder folder;
  tern_model *model = nullptr;
  tern_session *session = nullptr;
  const int32_t ids[3] = {1, 2, 3};
};

TEST_F(CApi, NullIsAnErrorEverywhere) {
  EXPECT_EQ(tern_model_load(nullptr, 0), nullptr);
  EXPECT_STREQ(tern_last_error(), "the path is NULL");
  EXPECT_EQ(tern_session_create(nullptr, 0, 0), nullptr);
  EXPECT_STREQ(tern_last_error(), "the model is NULL");
  EXPECT_EQ(tern_model_vocab_size(nullptr), -1);
  EXPECT_EQ(tern_model_max_context(nullptr), -1);
  EXPECT_EQ(tern_model_prefill_block(nullptr), -1);
  EXPECT_EQ(tern_model_weights_bytes(nullptr), 0u);
  EXPECT_EQ(tern_model_target_cpu(nullptr), nullptr);
  EXPECT_EQ(tern_model_is_eos(nullptr, 0), -1);
  EXPECT_EQ(tern_tokenize(nullptr, "", 0, 0, nullptr, 0), -1);
  EXPECT_EQ(tern_token_bytes(nullptr, 0, nullptr, 0), -1);
  EXPECT_EQ(tern_prefill(nullptr, ids, 3, TERN_LOGITS_LAST, 0), -1);
  EXPECT_STREQ(tern_last_error(), "the session is NULL");
  EXPECT_EQ(tern_decode(nullptr, 1), -1);
  size_t count = 5;
  EXPECT_EQ(tern_session_logits(nullptr, &count), nullptr);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(tern_session_position(nullptr), -1);
  EXPECT_EQ(tern_session_context(nullptr), -1);
  EXPECT_EQ(tern_session_threads(nullptr), -1);
  EXPECT_EQ(tern_session_truncate(nullptr, 0), -1);
  tern_session_profile(nullptr);
  EXPECT_EQ(tern_session_profile_text(nullptr, 0, nullptr, 0), -1);
  EXPECT_EQ(tern_session_profile_trace(nullptr, "x"), -1);
  EXPECT_EQ(tern_session_profile_trace(session, nullptr), -1);
  EXPECT_EQ(tern_sampler_create(nullptr), nullptr);
  EXPECT_EQ(tern_sample(nullptr, nullptr, 0, nullptr, 0), -1);
  tern_session_set_lm_head(nullptr, TERN_LM_HEAD_FULL);
  EXPECT_EQ(tern_session_head_stats(nullptr).tokens, 0u);
  tern_model_free(nullptr);
  tern_session_free(nullptr);
  tern_sampler_free(nullptr);

  tern_sampling sampling = tern_sampling_default();
  tern_sampler *sampler = tern_sampler_create(&sampling);
  ASSERT_NE(sampler, nullptr);
  EXPECT_EQ(tern_session_sample(nullptr, sampler, nullptr, 0), -1);
  EXPECT_EQ(tern_session_sample(session, nullptr, nullptr, 0), -1);
  EXPECT_EQ(tern_session_sample(session, sampler, nullptr, 2), -1);
  EXPECT_STREQ(tern_last_error(), "the history is NULL");
  EXPECT_EQ(tern_sample(sampler, nullptr, 8, nullptr, 0), -1);
  tern_sampler_free(sampler);
}

TEST_F(CApi, NumbersOutOfRangeAppendNothing) {
  EXPECT_EQ(tern_prefill(session, nullptr, 3, TERN_LOGITS_LAST, 0), -1);
  for (int which : {-1, 3, 1000}) {
    EXPECT_EQ(tern_prefill(session, ids, 3, which, 0), -1);
    EXPECT_THAT(tern_last_error(), HasSubstr("there is no tern_logits "));
  }
  EXPECT_EQ(tern_prefill(session, ids, 3, TERN_LOGITS_LAST, -1), -1);
  EXPECT_THAT(tern_last_error(), HasSubstr("a block of -1 tokens cannot be"));
  EXPECT_EQ(tern_session_create(model, -1, 0), nullptr);
  EXPECT_EQ(tern_session_position(session), 0);
  EXPECT_EQ(tern_prefill(session, nullptr, 0, TERN_LOGITS_LAST, 0), 0); // nothing is no misuse
  EXPECT_EQ(tern_prefill(session, ids, 3, TERN_LOGITS_ALL, 2), 0);
  EXPECT_EQ(tern_session_truncate(session, -5), -1);
  EXPECT_EQ(tern_session_position(session), 3);
}

TEST_F(CApi, TruncationForgetsTheLogitsToo) {
  tern_sampling sampling = tern_sampling_default();
  sampling.greedy = 1;
  tern_sampler *sampler = tern_sampler_create(&sampling);
  ASSERT_EQ(tern_prefill(session, ids, 3, TERN_LOGITS_LAST, 0), 0);
  EXPECT_EQ(tern_session_truncate(session, 3), 0); // nothing is forgotten
  EXPECT_GE(tern_session_sample(session, sampler, ids, 3), 0);
  EXPECT_EQ(tern_session_truncate(session, 1), 0);
  EXPECT_EQ(tern_session_sample(session, sampler, ids, 1), -1);
  EXPECT_THAT(tern_last_error(), HasSubstr("there are no logits to sample from"));
  size_t count = 5;
  tern_session_logits(session, &count);
  EXPECT_EQ(count, 0u);
  tern_sampler_free(sampler);
}

TEST(Sampling, TheDefaultsAreThoseOfTernRun) {
  tern_sampling sampling = tern_sampling_default();
  EXPECT_EQ(sampling.greedy, 0);
  EXPECT_FLOAT_EQ(sampling.temperature, 0.8f);
  EXPECT_EQ(sampling.top_k, 40);
  EXPECT_FLOAT_EQ(sampling.top_p, 0.95f);
  EXPECT_EQ(sampling.seed, 0u);
}

} // namespace
