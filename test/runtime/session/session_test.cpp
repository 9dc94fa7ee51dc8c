//===- session_test.cpp - What a session asks of the step functions -----------===//
#include "runtime/session/session.h"
#include "test/runtime/session/toy_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

const std::vector<float> kWeights = {0.5f, 0, 0, 0, 0, 0, 0, 100};

/// A session with what toy_model.c computes beside it.
class ToySession : public testing::Test {
protected:
  ToySession() {
    Result<std::shared_ptr<Model>> loaded = test::loadToyModel(folder, kWeights);
    EXPECT_TRUE(loaded) << loaded.error().message;
    model = *loaded;
  }
  std::unique_ptr<Session> create(uint64_t threads, uint64_t context = 0) {
    Result<std::unique_ptr<Session>> session = Session::create(model, threads, context);
    EXPECT_TRUE(session) << session.error().message;
    return std::move(*session);
  }
  /// The logits after each of `ids` when the cache holds `sum` before them and the first of them is token `number` of
  /// its step.
  static std::vector<float> expected(const std::vector<int32_t> &ids, float sum, const std::vector<int> &numbers) {
    std::vector<float> logits;
    for (size_t i = 0; i < ids.size(); ++i) {
      sum += float(ids[i] + 1);
      for (size_t v = 0; v < kWeights.size(); ++v)
        logits.push_back(float(v) + sum + kWeights[v] + 1000 * float(numbers[i]));
    }
    return logits;
  }
  test::TemporaryFolder folder;
  std::shared_ptr<Model> model;
};

TEST_F(ToySession, BlocksAreCutAtTheModelsSize) {
  for (uint64_t threads : {1, 2, 3, 11}) {
    std::unique_ptr<Session> session = create(threads);
    std::vector<int32_t> ids = {3, 1, 4, 1, 5, 2};
    ASSERT_TRUE(session->append(ids, Session::Logits::All)); // 4 and 2
    EXPECT_THAT(session->logits(), ElementsAreArray(expected(ids, 0, {0, 1, 2, 3, 0, 1})));
    session->truncate(0);
    ASSERT_TRUE(session->append(ids, Session::Logits::All, 100)); // as large as the model can
    EXPECT_THAT(session->logits(), ElementsAreArray(expected(ids, 0, {0, 1, 2, 3, 0, 1})));
    session->truncate(0);
    ASSERT_TRUE(session->append(ids, Session::Logits::All, 1));
    EXPECT_THAT(session->logits(), ElementsAreArray(expected(ids, 0, {0, 0, 0, 0, 0, 0})));
    EXPECT_EQ(session->position(), 6u);
  }
}

TEST_F(ToySession, LogitsOfTheLastTokenOrNone) {
  std::unique_ptr<Session> session = create(2);
  std::vector<int32_t> ids = {3, 1, 4, 1, 5};
  ASSERT_TRUE(session->append(ids, Session::Logits::Last));
  EXPECT_THAT(session->logits(), ElementsAreArray(expected({5}, 4 + 2 + 5 + 2, {0})));
  ASSERT_TRUE(session->append(ids, Session::Logits::None));
  EXPECT_THAT(session->logits(), IsEmpty());
  EXPECT_EQ(session->position(), 10u);
  ASSERT_TRUE(session->append({}, Session::Logits::Last));
  EXPECT_EQ(session->position(), 10u);
}

TEST_F(ToySession, TruncationForgets) {
  std::unique_ptr<Session> session = create(2);
  ASSERT_TRUE(session->append(std::vector<int32_t>{7, 7, 7}, Session::Logits::None));
  session->truncate(1);
  EXPECT_EQ(session->position(), 1u);
  session->truncate(9); // more than there is
  EXPECT_EQ(session->position(), 1u);
  ASSERT_TRUE(session->append(std::vector<int32_t>{0}, Session::Logits::Last));
  EXPECT_THAT(session->logits(), ElementsAreArray(expected({0}, 8, {0})));
}

TEST_F(ToySession, SessionsOfOneModelAreApart) {
  std::unique_ptr<Session> a = create(1), b = create(2);
  ASSERT_TRUE(a->append(std::vector<int32_t>{7}, Session::Logits::None));
  ASSERT_TRUE(b->append(std::vector<int32_t>{0}, Session::Logits::Last));
  EXPECT_THAT(b->logits(), ElementsAreArray(expected({0}, 0, {0})));
}

TEST_F(ToySession, WhatDoesNotFitIsRefusedWhole) {
  std::unique_ptr<Session> session = create(1, 5);
  EXPECT_EQ(session->context(), 5u);
  Status status = session->append(std::vector<int32_t>(6, 1), Session::Logits::Last);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            model->path() + ": the context of 5 positions is full: 0 are used and 6 more were asked for");
  EXPECT_EQ(session->position(), 0u);
  ASSERT_TRUE(session->append(std::vector<int32_t>(5, 1), Session::Logits::Last));
  EXPECT_FALSE(session->append(std::vector<int32_t>{1}, Session::Logits::Last));
  EXPECT_EQ(session->position(), 5u);
}

TEST_F(ToySession, IdsOutsideTheVocabulary) {
  std::unique_ptr<Session> session = create(1);
  for (int32_t id : {8, -1, INT32_MAX, INT32_MIN}) {
    Status status = session->append(std::vector<int32_t>{1, id}, Session::Logits::Last);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message,
              model->path() + ": token id " + std::to_string(id) + " is outside the vocabulary of 8");
  }
  EXPECT_EQ(session->position(), 0u);
}

TEST_F(ToySession, SessionsThatCannotBe) {
  Result<std::unique_ptr<Session>> large = Session::create(model, 1, 17);
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message,
              HasSubstr("/toy.tern: was compiled for a context of at most 16 positions, not 17"));
  Result<std::unique_ptr<Session>> many = Session::create(model, 1025, 0);
  ASSERT_FALSE(many);
  EXPECT_THAT(many.error().message, HasSubstr("cannot run 1025 threads; at most 1024"));
}

} // namespace
