//===- model_test.cpp - Loading the code of a model object ---------------------===//
#include "test/runtime/session/toy_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using testing::HasSubstr;

namespace {

const std::vector<float> kEqualWeights(8, 1.0f);

TEST(ToyModel, CodeAndWeightsAreMapped) {
  test::TemporaryFolder folder;
  Result<std::shared_ptr<Model>> model = test::loadToyModel(folder, kEqualWeights);
  ASSERT_TRUE(model) << model.error().message;
  ASSERT_EQ((*model)->exports().size(), 4u);
  const Export *prefill = (*model)->find("prefill");
  ASSERT_TRUE(prefill);
  EXPECT_EQ(prefill->index, 1u);
  EXPECT_EQ(prefill->code->most_rows, 4u);
  EXPECT_EQ((*model)->find("prefil"), nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>((*model)->weights()) % TERN_WEIGHTS_ALIGN, 0u);
  EXPECT_EQ(*reinterpret_cast<const float *>((*model)->weights()), 1.0f);
  EXPECT_TRUE((*model)->endsText(2));
  EXPECT_FALSE((*model)->endsText(3));
}

TEST(ToyModel, LivesOnWhenTheFileIsReplaced) {
  test::TemporaryFolder folder;
  Result<std::shared_ptr<Model>> model = test::loadToyModel(folder, kEqualWeights);
  ASSERT_TRUE(model);
  ASSERT_TRUE(test::loadToyModel(folder, std::vector<float>(8, 2.0f)));
  EXPECT_EQ(*reinterpret_cast<const float *>((*model)->weights()), 1.0f);
}

TEST(ToyModel, TheManifestSaysWhatTheCodeExports) {
  test::TemporaryFolder folder;
  std::vector<std::vector<ManifestExport>> wrong(4, test::toyExports());
  wrong[0].pop_back();
  std::swap(wrong[1][0], wrong[1][1]);
  wrong[2][1].mostRows = 5;
  wrong[3][0].ports[0].name = "ids";
  for (const std::vector<ManifestExport> &exports : wrong) {
    Result<std::shared_ptr<Model>> model = test::loadToyModel(folder, kEqualWeights, "", exports);
    ASSERT_FALSE(model);
    EXPECT_THAT(model.error().message, HasSubstr("/toy.tern: is damaged: its code exports other step functions"));
  }
}

TEST(ToyModel, CodeWithoutEntryPoints) {
  test::TemporaryFolder folder;
  Status status = test::writeSmallObject(folder.path + "/m.tern", std::string(64, 'w'));
  ASSERT_TRUE(status) << status.error().message;
  Result<std::shared_ptr<Model>> model = Model::load(folder.path + "/m.tern", Verify::Auto);
  ASSERT_FALSE(model); // it has no segments to load
  EXPECT_THAT(model.error().message, HasSubstr("/m.tern: cannot be loaded: "));
}

TEST(ToyModel, Tokenizers) {
  test::TemporaryFolder folder;
  Result<std::shared_ptr<Model>> none = test::loadToyModel(folder, kEqualWeights);
  ASSERT_TRUE(none);
  Result<const Tokenizer *> missing = (*none)->tokenizer();
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message,
              HasSubstr("/toy.tern: has no tokenizer (its checkpoint had no tokenizer.json, or it was left out)"));
  Result<std::shared_ptr<Model>> broken = test::loadToyModel(folder, kEqualWeights, "{}");
  ASSERT_TRUE(broken);
  for (int twice = 0; twice < 2; ++twice) {
    Result<const Tokenizer *> tokenizer = (*broken)->tokenizer();
    ASSERT_FALSE(tokenizer);
    EXPECT_THAT(tokenizer.error().message, HasSubstr("/toy.tern: tokenizer.json: has no field \"model\""));
  }
}

} // namespace
