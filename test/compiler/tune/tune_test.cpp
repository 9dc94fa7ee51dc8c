//===- tune_test.cpp - Runs of the tuner, never judged by time --------------------===//
#include "compiler/jit/kernel_library.h"
#include "compiler/tune/candidates.h"
#include "compiler/tune/cold_timer.h"
#include "compiler/tune/tune.h"
#include "lib/base/version.h"
#include "test/lib/test_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern {
namespace {

const ModelShapes kSmall = {{{41, 300, 1}}, 8};

TuneOptions optionsFor(std::chrono::milliseconds budget) {
  TuneOptions options;
  options.budget = budget;
  return options;
}

TEST(ModelShapes, OfACheckpointAreThoseThatAreTunedByShape) {
  Result<ModelShapes> model = readModelShapes(test::repositoryPath("examples/tiny-shakespeare"), 16);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->prefillBlock, 16);
  std::vector<std::pair<int64_t, int64_t>> shapes;
  for (const ModelShape &shape : model->shapes)
    shapes.emplace_back(shape.rows, shape.columns);
  // Gate and up first; the down projection, 256 x 704, skips zeros.
  EXPECT_THAT(shapes, testing::ElementsAre(std::pair(704, 256), std::pair(256, 256), std::pair(128, 256)));
}

TEST(ColdTimer, KnowsWrongSums) {
  std::vector<KernelShape> shapes = {{41, 300, 8}};
  Result<std::vector<ProductKernel>> products = compileProducts(*resolveTarget("host"), "", shapes);
  ASSERT_TRUE(products) << products.error().message;
  ColdTimer timer(41, 300, 2);
  EXPECT_TRUE(timer.isExact((*products)[0], 1));
  EXPECT_TRUE(timer.isExact((*products)[1], 8));
  ProductKernel wrong = (*products)[1];
  wrong.run = [right = wrong.run](const KernelCall &call) {
    right(call);
    if (call.begin == 0)
      ++call.out[3];
  };
  EXPECT_FALSE(timer.isExact(wrong, 8));
}

TEST(ColdTimer, TimesEveryKernelInEveryRoundUntilItIsStopped) {
  std::vector<KernelShape> shapes = {{41, 300, 8}};
  Result<std::vector<ProductKernel>> products = compileProducts(*resolveTarget("host"), "", shapes);
  ASSERT_TRUE(products) << products.error().message;
  ColdTimer timer(41, 300, 1);
  std::vector<const ProductKernel *> both = {&(*products)[0], &(*products)[0]};
  ColdTimer::Times times = timer.time(both, 1, 5, [] { return false; });
  EXPECT_EQ(times.rounds, 5);
  for (const std::vector<double> &values : times.perRound)
    EXPECT_EQ(values.size(), 5u);
  EXPECT_EQ(timer.time(both, 1, 5, [] { return true; }).rounds, 1);
}

TEST(Tune, ChoosesWhatIsMeasuredAndGoesOnWhereItWasInterrupted) {
  TargetInfo target = *resolveTarget("host");
  TuneOptions options = optionsFor(std::chrono::minutes(5));
  bool stop = false;
  options.progress = [&](const TuneProgress &progress) { stop = std::string(progress.search) == "prefill"; };
  options.interrupted = [&] { return stop; };
  Result<TuningFile> begun = tuneModel(kSmall, target, options, {});
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_TRUE(begun->devices.front().choices.empty());
  size_t measured = begun->devices.front().measurements.size();
  EXPECT_GT(measured, 0u);

  options = optionsFor(std::chrono::minutes(5));
  std::vector<size_t> kept; // choices, at the start and after the shape
  options.keep = [&](const TuningFile &file) {
    kept.push_back(file.devices.front().choices.size());
    return Status();
  };
  Result<TuningFile> first = tuneModel(kSmall, target, options, *begun);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_THAT(kept, testing::ElementsAre(0u, 1u));
  EXPECT_THAT(summary(kSmall, options, first->devices.front()), testing::StartsWith("41 x 300, 1 thread: "));
  ASSERT_EQ(first->devices.size(), 1u);
  const TuningDevice &device = first->devices.front();
  EXPECT_EQ(device.cpu, target.cpu);
  EXPECT_EQ(device.compiler, TERN_VERSION);
  ASSERT_EQ(device.choices.size(), 1u);
  const TuningChoice &choice = device.choices.front();
  EXPECT_EQ(std::tuple(choice.rows, choice.columns, choice.block, choice.threads), std::tuple(41, 300, 8, 1));
  ASSERT_TRUE(choice.decode && choice.prefill);
  // A choice that is not the default was faster side by side; the default is as fast as itself.
  if (choice.kernel == defaultChoice(target)) {
    EXPECT_EQ(choice.decode->chosen, choice.decode->byDefault);
    EXPECT_EQ(choice.prefill->chosen, choice.prefill->byDefault);
  }
  EXPECT_GT(device.measurements.size(), measured);
  EXPECT_GE(device.measurements.size(), familyCandidates(target, {41, 300, 8, 1}).choices.size());

  // The same run again finds everything done: the file stays as it is.
  Result<TuningFile> second = tuneModel(kSmall, target, optionsFor(std::chrono::minutes(5)), *first);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->toJson(), first->toJson());
}

TEST(Tune, WhatCannotBeKeptIsNotMeasured) {
  TuneOptions options = optionsFor(std::chrono::minutes(5));
  options.keep = [](const TuningFile &) { return Status(Error{"the disk is full"}); };
  options.progress = [](const TuneProgress &) { FAIL() << "measures"; };
  Result<TuningFile> file = tuneModel(kSmall, *resolveTarget("host"), options, {});
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "the disk is full");
}

TEST(Tune, WithoutTimeThereIsNoChoice) {
  Result<TuningFile> file = tuneModel(kSmall, *resolveTarget("host"), optionsFor(std::chrono::milliseconds(0)), {});
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file->devices.front().choices.empty());
}

} // namespace
} // namespace tern
