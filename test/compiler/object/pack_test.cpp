//===- pack_test.cpp - Weights into the model object -----------------------------===//
#include "compiler/object/pack.h"

#include "compiler/driver/register.h"
#include "compiler/import/open_model.h"
#include "compiler/select/pipeline.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"
#include "lib/weights/storage.h"
#include "test/lib/temporary_folder.h"
#include "test/lib/test_files.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace tern {
namespace {

/// A checkpoint up to phase ternary, with its weights packed in memory.
class PackTest : public ::testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    Result<OpenedModel> opened =
        openModel(context, test::madeCheckpoint(GetParam()), {.cpu = "x86-64-v3", .triple = "x86_64-linux-gnu"});
    ASSERT_TRUE(opened) << opened.error().message;
    checkpoint = std::make_unique<Checkpoint>(std::move(opened->checkpoint));
    module = std::move(opened->module);
    mlir::PassManager manager(&context);
    buildSelectPipeline(manager, {});
    ASSERT_TRUE(mlir::succeeded(manager.run(*module)));
    plan = planWeights(*module);
  }

  Status pack(const PackProgress &progress = nullptr) {
    auto sink = [&](std::span<const std::byte> part) -> Status {
      bytes.insert(bytes.end(), part.begin(), part.end());
      return {};
    };
    return packWeights(plan, *checkpoint, sink, progress);
  }

  template <typename T> std::vector<T> read(const WeightEntry &entry) {
    std::vector<T> values(size_t(entry.bytes) / sizeof(T));
    std::memcpy(values.data(), bytes.data() + entry.offset, size_t(entry.bytes));
    return values;
  }

  mlir::MLIRContext context;
  std::unique_ptr<Checkpoint> checkpoint;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  WeightPlan plan;
  std::vector<std::byte> bytes;
};

TEST_P(PackTest, TernaryWeightsAreThoseOfTheCheckpoint) {
  ASSERT_TRUE(pack());
  EXPECT_EQ(int64_t(bytes.size()), plan.bytes);
  int compared = 0;
  for (const WeightEntry &entry : plan.entries) {
    auto weight = mlir::dyn_cast<ternary::WeightOp>(entry.declaration);
    if (!weight)
      continue;
    int64_t rows = int64_t(weight.getRows()), columns = int64_t(weight.getColumns());
    Result<std::unique_ptr<StoredWeights>> stored = openWeights(*checkpoint, ternary::declarationOf(weight));
    ASSERT_TRUE(stored) << stored.error().message;
    if (entry.kind == WeightKind::TernaryScale) {
      WeightAlong along = weight.getFormat().getFormat().scale->along;
      EXPECT_EQ(read<float>(entry), along.spread(*(*stored)->scales())) << entry.name;
      EXPECT_EQ(entry.shape[0], along.isOfRows() ? rows : along.isOfColumns() ? columns : 1) << entry.name;
      continue;
    }
    Layout layout = ternary::toLayout(weight.getLayoutAttr());
    std::vector<uint8_t> packed = read<uint8_t>(entry);
    std::vector<int8_t> expected(size_t(rows * columns)), actual(expected.size());
    ASSERT_TRUE((*stored)->readRows(0, rows, expected));
    for (int64_t row = 0; row < rows; row += layout.tileRows) {
      int64_t count = std::min(layout.tileRows, rows - row);
      auto band = std::span<const uint8_t>(packed).subspan(size_t(row / layout.tileRows * layout.bandBytes(columns)));
      unpackBand(layout, band.first(size_t(layout.bandBytes(columns))), count, columns,
                 std::span(actual).subspan(size_t(row * columns), size_t(count * columns)));
    }
    EXPECT_EQ(actual, expected) << entry.name;
    ++compared;
  }
  EXPECT_EQ(compared, 2 * 7);
}

TEST_P(PackTest, DenseWeightsAreThoseOfTheCheckpoint) {
  ASSERT_TRUE(pack());
  const WeightEntry *embedding = plan.find("token_embd"), *norm = plan.find("output_norm");
  ASSERT_TRUE(embedding && norm);
  for (const WeightEntry *entry : {embedding, norm}) {
    auto tensor = mlir::cast<decoder::TensorOp>(entry->declaration);
    Result<TensorView> view = checkpoint->find(tensor.getSource().str());
    ASSERT_TRUE(view);
    std::vector<float> expected(size_t(view->info->elements()));
    ASSERT_TRUE(view->file->readFloats(*view->info, 0, expected));
    std::vector<float> actual;
    if (entry->dtype == "f32")
      actual = read<float>(*entry);
    else
      for (uint16_t half : read<uint16_t>(*entry)) {
        uint32_t bits = uint32_t(half) << 16;
        float value;
        std::memcpy(&value, &bits, sizeof value);
        actual.push_back(value);
      }
    EXPECT_EQ(actual, expected) << entry->name;
  }
}

TEST_P(PackTest, RopeTableHoldsCosineAndSine) {
  ASSERT_TRUE(pack());
  const WeightEntry *entry = plan.find("rope");
  ASSERT_NE(entry, nullptr);
  auto table = mlir::cast<decoder::RopeTableOp>(entry->declaration);
  int64_t half = int64_t(table.getHeadDim()) / 2;
  double theta = table.getTheta().convertToDouble();
  std::vector<float> values = read<float>(*entry);
  for (int64_t position : {int64_t(0), int64_t(1), int64_t(77), int64_t(table.getPositions()) - 1})
    for (int64_t i = 0; i < half; ++i) {
      double angle = double(position) * std::pow(theta, -double(i) / double(half));
      // The angle is a float32 product of a float32 frequency.
      double tolerance = 2e-7 * std::max(1.0, angle);
      EXPECT_NEAR(values[size_t(position * 2 * half + i)], std::cos(angle), tolerance);
      EXPECT_NEAR(values[size_t(position * 2 * half + half + i)], std::sin(angle), tolerance);
    }
}

TEST_P(PackTest, ProgressNamesEveryEntryOnce) {
  std::vector<std::string> names, expected;
  ASSERT_TRUE(pack([&](const WeightEntry &entry, size_t index, size_t count) {
    EXPECT_EQ(index, names.size());
    EXPECT_EQ(count, plan.entries.size());
    names.push_back(entry.name);
  }));
  for (const WeightEntry &entry : plan.entries)
    expected.push_back(entry.name);
  EXPECT_EQ(names, expected);
}

TEST_P(PackTest, StopsWhenTheSinkFails) {
  int calls = 0;
  Status status = packWeights(
      plan, *checkpoint,
      [&](std::span<const std::byte>) -> Status { return ++calls < 3 ? Status() : Status(Error{"disk full"}); },
      nullptr);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "disk full");
  EXPECT_EQ(calls, 3);
}

TEST_P(PackTest, WeightsThatALayoutDoesNotHoldAreAnError) {
  auto weight = *module->getOps<ternary::WeightOp>().begin();
  weight.setLayoutAttr(ternary::toAttr(&context, {Encoding::Planes1, 16, 24}));
  plan = planWeights(*module);
  Status status = pack();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              testing::MatchesRegex("tensor " + weight.getSource().str() +
                                    ": weight 0 in row [0-9]+ does not fit layout planes1:16x24, whose "
                                    "weights are -1 and 1; take another kernel family"));
}

TEST_P(PackTest, GivenFrequenciesOverrideTheFormula) {
  auto table = mlir::cast<decoder::RopeTableOp>(plan.find("rope")->declaration);
  std::vector<float> frequencies(size_t(table.getHeadDim() / 2), 0.25f);
  table.setFrequenciesAttr(mlir::DenseF32ArrayAttr::get(&context, frequencies));
  ASSERT_TRUE(pack());
  std::vector<float> values = read<float>(*plan.find("rope"));
  EXPECT_EQ(values[size_t(3 * table.getHeadDim())], std::cos(0.75f));
}

TEST(Pack, NumbersThatAreNoneAreAnError) {
  test::TemporaryFolder folder;
  std::error_code problem;
  std::filesystem::copy(test::madeCheckpoint("llama-packed"), folder.path, problem);
  ASSERT_FALSE(problem) << problem.message();
  {
    Result<Checkpoint> whole = Checkpoint::open(folder.path);
    ASSERT_TRUE(whole) << whole.error().message;
    Result<TensorView> embedding = whole->find("model.embed_tokens.weight");
    ASSERT_TRUE(embedding) << embedding.error().message;
    std::fstream file(folder.path + "/model.safetensors", std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(std::streamoff(embedding->info->offset));
    file.write("\xc0\x7f", 2); // bf16 NaN
  }
  Result<Checkpoint> checkpoint = Checkpoint::open(folder.path);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  mlir::MLIRContext context;
  mlir::DialectRegistry registry;
  registerDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      R"(decoder.tensor @token_embd : tensor<512x128xbf16> from "model.embed_tokens.weight")", &context);
  ASSERT_TRUE(module);
  Status status =
      packWeights(planWeights(*module), *checkpoint, [](std::span<const std::byte>) { return Status(); }, nullptr);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, ::testing::HasSubstr("tensor model.embed_tokens.weight: holds a NaN"));
}

INSTANTIATE_TEST_SUITE_P(Forms, PackTest,
                         ::testing::Values("bitnet-packed", "bitnet-master", "llama-packed", "llama-scaled"),
                         [](const auto &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

} // namespace
} // namespace tern
