//===- engine_test.cpp - Sequences that share steps and pages ------------------===//
#include "runtime/engine/engine.h"
#include "test/runtime/session/toy_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Outputs = Engine::Outputs;

namespace {

/// The toy model's logit of entry 0 is the sum of the sequence's cache + 1000 * the row of its step; weights are 0.
class ToyEngine : public testing::Test {
protected:
  ToyEngine() {
    Result<std::shared_ptr<Model>> loaded = test::loadToyModel(folder, std::vector<float>(8, 0));
    EXPECT_TRUE(loaded) << loaded.error().message;
    model = *loaded;
  }
  std::unique_ptr<Engine> create(uint64_t positions, uint64_t threads = 2) {
    Result<std::unique_ptr<Engine>> engine = Engine::create(model, threads, positions);
    EXPECT_TRUE(engine) << engine.error().message;
    return std::move(*engine);
  }
  static std::unique_ptr<Sequence> sequence(Engine &engine, uint64_t context = 0) {
    Result<std::unique_ptr<Sequence>> made = engine.newSequence(context);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  /// The logits of entry 0.
  static std::vector<float> first(Engine &engine, Sequence &sequence) {
    std::span<const float> all = engine.logits(sequence);
    std::vector<float> zeros;
    for (size_t i = 0; i < all.size(); i += 8)
      zeros.push_back(all[i]);
    return zeros;
  }
  static std::string errorOf(const Status &status) { return status ? "" : status.error().message; }
  test::TemporaryFolder folder;
  std::shared_ptr<Model> model;
};

TEST_F(ToyEngine, SequencesShareStepsAndSeeTheirOwnPagesOnly) {
  std::unique_ptr<Engine> engine = create(16);
  std::unique_ptr<Sequence> a = sequence(*engine), b = sequence(*engine), c = sequence(*engine);
  const std::vector<int32_t> three = {0, 1, 2}, one = {4}, two = {5, 6};
  // Blocks have 4 rows. The first has a's three and c's one; those with outputs, a's last and c's, come last.
  const Engine::Addition additions[] = {{*a, three, Outputs::Last}, {*c, one, Outputs::All}, {*b, two, Outputs::All}};
  ASSERT_TRUE(engine->append(additions));
  EXPECT_THAT(first(*engine, *a), ElementsAre(1 + 2 + 3 + 2000));
  EXPECT_THAT(first(*engine, *c), ElementsAre(5 + 3000));
  EXPECT_THAT(first(*engine, *b), ElementsAre(6, 6 + 7 + 1000));
  EXPECT_EQ(a->position(), 3u);
  // One token of each.
  const std::vector<int32_t> next = {7};
  const Engine::Addition more[] = {{*b, next, Outputs::Last}, {*a, next, Outputs::Last}, {*c, next, Outputs::None}};
  ASSERT_TRUE(engine->append(more));
  EXPECT_THAT(first(*engine, *b), ElementsAre(6 + 7 + 8 + 1000)); // c has none, so its row is the first
  EXPECT_THAT(first(*engine, *a), ElementsAre(1 + 2 + 3 + 8 + 2000));
  EXPECT_THAT(first(*engine, *c), IsEmpty());
  EXPECT_EQ(c->position(), 2u);
}

TEST_F(ToyEngine, PagesOfADroppedSequenceAreUsedAgain) {
  std::unique_ptr<Engine> engine = create(4); // pages of one position
  std::unique_ptr<Sequence> a = sequence(*engine), b = sequence(*engine);
  const std::vector<int32_t> three = {1, 2, 3}, two = {4, 5};
  ASSERT_TRUE(engine->append({{{*a, three, Outputs::Last}}}));
  EXPECT_THAT(errorOf(engine->append({{{*b, two, Outputs::Last}}})),
              HasSubstr("the cache of all sequences has 1 free pages"));
  EXPECT_EQ(b->position(), 0u);
  a->truncate(2);
  ASSERT_TRUE(engine->append({{{*b, two, Outputs::Last}}}));
  EXPECT_THAT(first(*engine, *b), ElementsAre(5 + 6 + 1000));
  a.reset();
  std::unique_ptr<Sequence> c = sequence(*engine);
  ASSERT_TRUE(engine->append({{{*c, two, Outputs::Last}}}));
  EXPECT_THAT(first(*engine, *c), ElementsAre(5 + 6 + 1000));
  EXPECT_THAT(first(*engine, *b), ElementsAre(5 + 6 + 1000));
}

TEST_F(ToyEngine, NothingIsAppendedWhenOneOfThemCannotBe) {
  std::unique_ptr<Engine> engine = create(6);
  std::unique_ptr<Sequence> a = sequence(*engine), b = sequence(*engine, 2);
  const std::vector<int32_t> three = {1, 2, 3}, four = {1, 2, 3, 4}, bad = {1, 8};
  auto both = [&](const std::vector<int32_t> &ids, const std::vector<int32_t> &others) {
    const Engine::Addition additions[] = {{*a, ids, Outputs::Last}, {*b, others, Outputs::Last}};
    return errorOf(engine->append(additions));
  };
  EXPECT_THAT(both(three, bad), HasSubstr("token id 8 is outside the vocabulary of 8"));
  EXPECT_THAT(both(three, three), HasSubstr("the context of 2 positions is full: 0 are used and 3 more"));
  std::unique_ptr<Sequence> full = sequence(*engine);
  ASSERT_TRUE(engine->append({{{*full, three, Outputs::None}}}));
  EXPECT_THAT(both({1, 2}, {1, 2}), HasSubstr("too few"));
  const Engine::Addition twice[] = {{*a, three, Outputs::Last}, {*a, three, Outputs::Last}};
  EXPECT_THAT(errorOf(engine->append(twice)), HasSubstr("a sequence is named twice"));
  std::unique_ptr<Engine> other = create(6);
  EXPECT_THAT(errorOf(other->append({{{*a, three, Outputs::Last}}})), HasSubstr("of another engine"));
  EXPECT_EQ(a->position() + b->position(), 0u);
  EXPECT_EQ(both({1, 2}, {1}), ""); // the pages that a took before b failed were given back
}

TEST_F(ToyEngine, OutlivedByASequence) {
  std::unique_ptr<Engine> engine = create(4);
  std::unique_ptr<Sequence> a = sequence(*engine);
  const std::vector<int32_t> ids = {1};
  ASSERT_TRUE(engine->append({{{*a, ids, Outputs::None}}}));
  engine.reset();
  a.reset();
}

} // namespace
