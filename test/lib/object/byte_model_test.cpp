//===- byte_model_test.cpp - What one decoded token costs ---------------------===//
#include "lib/object/byte_model.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

ManifestTensor tensor(const char *name, const char *kind, std::vector<int64_t> shape, uint64_t bytes) {
  ManifestTensor result;
  result.name = name;
  result.kind = kind;
  result.shape = std::move(shape);
  result.bytes = bytes;
  return result;
}

Manifest tied() {
  Manifest manifest;
  manifest.tensors = {tensor("token_embd", "dense", {100, 8}, 1600), tensor("rope", "rope", {50, 2, 2}, 800),
                      tensor("blk.0.attn_norm", "dense", {8}, 32),   tensor("blk.0.attn_q", "ternary", {8, 8}, 64),
                      tensor("blk.0.attn_q.scale", "scale", {1}, 4), tensor("output_norm", "dense", {8}, 32)};
  return manifest;
}

TEST(ByteModel, PartsOfAModelWithTiedEmbeddings) {
  tern_model_header header{};
  header.cache_bytes_per_token = 10;
  TokenCost cost = tokenCost(header, tied(), 4);
  EXPECT_EQ(cost.body, 32 + 64 + 4);
  EXPECT_EQ(cost.head, 1600 + 32);
  EXPECT_EQ(cost.cache, 10 * 5);  // its own position too
  EXPECT_EQ(cost.other, 16 + 16); // one row of the embedding, one position of the rotary table
  EXPECT_EQ(cost.bytes(), 100 + 1632 + 50 + 32);
  EXPECT_EQ(cost.ternaryMacs, 64);
  EXPECT_EQ(cost.denseMacs, 800);
  EXPECT_EQ(cost.toJson()["total"], cost.bytes());
}

TEST(ByteModel, ATensorWithoutAShapeIsOneRow) {
  Manifest manifest;
  manifest.tensors = {tensor("rope", "rope", {}, 800), tensor("token_embd", "dense", {}, 16)};
  EXPECT_EQ(tokenCost(tern_model_header{}, manifest, 0).other, 800);
}

TEST(ByteModel, EmbeddingIsOneRowWhenTheHeadHasItsOwnMatrix) {
  Manifest manifest = tied();
  manifest.tensors.push_back(tensor("output", "dense", {100, 8}, 3200));
  TokenCost cost = tokenCost(tern_model_header{}, manifest, 0);
  EXPECT_EQ(partOf(manifest, manifest.tensors[0]), ModelPart::Embedding);
  EXPECT_EQ(cost.head, 3200 + 32);
  EXPECT_EQ(cost.other, 16 + 16);
}

TEST(ByteModel, AScreenedHeadReadsCodes) {
  Manifest manifest = tied();
  manifest.tensors.push_back(tensor("token_embd.codes", "row_codes", {100, 100}, 9600));
  manifest.tensors.push_back(tensor("token_embd.codes.figures", "row_figures", {5, 100}, 2000));
  TokenCost cost = tokenCost(tern_model_header{}, manifest, 0);
  EXPECT_EQ(cost.head, 6400 + 1200 + 32);
  EXPECT_EQ(cost.denseMacs, 0);
  EXPECT_EQ(cost.other, 16 + 16);
}

TEST(ByteModel, DenseLinearOfALayerIsBodyAndCountsAsFloat) {
  Manifest manifest = tied();
  manifest.tensors.push_back(tensor("blk.0.attn_v", "dense", {4, 8}, 64));
  TokenCost cost = tokenCost(tern_model_header{}, manifest, 0);
  EXPECT_EQ(cost.body, 100 + 64);
  EXPECT_EQ(cost.ternaryMacs, 64);
  EXPECT_EQ(cost.denseMacs, 800 + 32);
}

} // namespace
} // namespace tern
