//===- small_checkpoint.h - A checkpoint of a few tensors -----------------------===//
#pragma once

#include "lib/weights/storage.h"
#include "test/lib/checkpoint/small_safetensors.h"
#include "test/lib/temporary_folder.h"

#include <gtest/gtest.h>

namespace tern::test {

/// Tests of weights: tensor "w", with scales "s".
class SmallCheckpoint : public testing::Test {
protected:
  SmallCheckpoint() {
    folder.write("config.json", R"({"model_type": "llama", "hidden_size": 8,
      "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 10,
      "max_position_embeddings": 16, "quantization_config": {"quant_method": "bitnet"}})");
  }

  /// A checkpoint with `weight` as "w" and `scales` as "s".
  const Checkpoint &write(const SmallTensor &weight, const SmallTensor &scales = {"F32", {1}, bytesOf<float>({0.5f})}) {
    folder.write("model.safetensors", safetensors({{"w", weight}, {"s", scales}}));
    Result<Checkpoint> opened = Checkpoint::open(folder.path);
    EXPECT_TRUE(opened) << opened.error().message;
    checkpoint = std::make_unique<Checkpoint>(std::move(*opened));
    return *checkpoint;
  }

  /// Rows x columns of "w" in that storage and format.
  Result<std::unique_ptr<StoredWeights>> open(const char *storage, const char *format, int64_t rows, int64_t columns) {
    const Storage *known = findStorage(storage);
    bool named = known && known->hasScaleTensor;
    return openWeights(*checkpoint, {storage, *parseWeightFormat(format), "w", named ? "s" : "", rows, columns});
  }
  std::string errorOf(const char *storage, const char *format, int64_t rows, int64_t columns) {
    Result<std::unique_ptr<StoredWeights>> weights = open(storage, format, rows, columns);
    return weights ? "" : weights.error().message;
  }

  TemporaryFolder folder;
  std::unique_ptr<Checkpoint> checkpoint;
};

} // namespace tern::test
