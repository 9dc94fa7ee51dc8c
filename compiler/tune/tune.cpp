//===- tune.cpp - The best kernels for a model on this machine -----------------===//
#include "compiler/tune/tune.h"

#include "compiler/tune/candidates.h"
#include "compiler/tune/shape_tuner.h"
#include "lib/base/version.h"

#include <algorithm>
#include <cstdio>

namespace tern {
namespace {

using Clock = std::chrono::steady_clock;

/// The budget, cut into a share for each shape: half of it evenly, since compiling takes as long for a small one, half
/// by how many weights it stands for.
class Budget {
public:
  Budget(const TuneOptions &options, const ModelShapes &model)
      : options(options), end(Clock::now() + options.budget),
        openShapes(double(model.shapes.size() * options.threads.size())) {
    for (const ModelShape &shape : model.shapes)
      openWeights += weightsOf(shape) * double(options.threads.size());
  }

  /// Until when a shape may search: its share of what is left.
  void beginShape(const ModelShape &shape) {
    start = Clock::now();
    weights = weightsOf(shape);
    double share = 0.5 / openShapes + 0.5 * weights / openWeights;
    deadline = start + std::chrono::duration_cast<Clock::duration>(std::max(end - start, Clock::duration(0)) * share);
  }
  /// The shape was searched, or known before.
  void endShape(bool searched) {
    openWeights = std::max(openWeights - weights, 1.0);
    openShapes = std::max(openShapes - 1, 1.0);
    if (!searched)
      return;
    spent += Clock::now() - start;
    ++searchedShapes;
  }

  bool over() const { return Clock::now() >= deadline || interrupted(); }
  bool interrupted() const { return options.interrupted && options.interrupted(); }
  /// What the rest will take: as long for each shape as those before took, but not longer than there is.
  std::chrono::seconds left() const {
    auto now = Clock::now();
    auto left = std::max(end - now, Clock::duration(0));
    if (searchedShapes > 0) {
      auto rest = std::chrono::duration_cast<Clock::duration>(spent * openShapes / searchedShapes) - (now - start);
      left = std::clamp(rest, Clock::duration(0), left);
    }
    return std::chrono::ceil<std::chrono::seconds>(left);
  }

private:
  static double weightsOf(const ModelShape &shape) {
    return double(shape.rows) * double(shape.columns) * double(shape.count);
  }

  const TuneOptions &options;
  Clock::time_point end, start, deadline;
  Clock::duration spent{0};
  double openShapes, searchedShapes = 0;
  double openWeights = 0, weights = 0; ///< of the shapes that are not done; of the one at hand
};

/// Null when there is none yet.
const TuningChoice *choiceFor(const TuningDevice &device, const ModelShape &shape, int64_t block, int64_t threads) {
  auto at = std::ranges::find_if(device.choices, [&](const TuningChoice &choice) {
    return choice.weight.empty() && choice.rows == shape.rows && choice.columns == shape.columns &&
           choice.block == block && choice.threads == threads;
  });
  return at == device.choices.end() ? nullptr : &*at;
}

std::string gain(const char *step, const std::optional<MeasuredTime> &time) {
  if (!time || time->chosen <= 0 || time->chosen == time->byDefault)
    return std::string(step) + " as by default";
  char text[64];
  std::snprintf(text, sizeof text, "%s %.2f times as fast as by default", step, time->byDefault / time->chosen);
  return text;
}

} // namespace

TuningDevice &deviceFor(TuningFile &file, const TargetInfo &target) {
  TuningDevice device;
  device.cpu = target.cpu;
  device.features = requiredFeatures(target);
  device.compiler = TERN_VERSION;
  for (TuningDevice &known : file.devices)
    if (known.sameKey(device))
      return known;
  file.devices.push_back(std::move(device));
  return file.devices.back();
}

std::string summary(const ModelShapes &model, const TuneOptions &options, const TuningDevice &device) {
  std::string text;
  for (const ModelShape &shape : model.shapes)
    for (int64_t threads : options.threads) {
      text += std::to_string(shape.rows) + " x " + std::to_string(shape.columns) + ", " + std::to_string(threads) +
              (threads == 1 ? " thread: " : " threads: ");
      const TuningChoice *choice = choiceFor(device, shape, model.prefillBlock, threads);
      text += choice ? choice->kernel.family + ", " + gain("decode", choice->decode) + ", " +
                           gain("prefill", choice->prefill) + "\n"
                     : "no choice yet; run the same command to go on\n";
    }
  return text;
}

Result<TuningFile> tuneModel(const ModelShapes &model, const TargetInfo &target, const TuneOptions &options,
                             const TuningFile &known) {
  TuningFile file = known;
  TuningDevice &device = deviceFor(file, target);
  useCurrentTexts(target, device.measurements);
  if (options.keep)
    if (Status status = options.keep(file); !status)
      return status.error();
  Budget budget(options, model);
  size_t number = 0, count = model.shapes.size() * options.threads.size();
  for (const ModelShape &shape : model.shapes)
    for (int64_t threads : options.threads) {
      size_t index = number++;
      budget.beginShape(shape);
      if (budget.interrupted())
        return file;
      if (choiceFor(device, shape, model.prefillBlock, threads)) {
        budget.endShape(/*searched=*/false);
        continue;
      }
      ShapeTuner tuner(target, {shape.rows, shape.columns, model.prefillBlock, threads}, device.measurements,
                       [&] { return budget.over(); });
      auto tell = [&](const char *search) {
        if (options.progress)
          options.progress({index, count, shape.rows, shape.columns, threads, search,
                            tuner.best().family + " <" + tuner.best().decode + ">", tuner.bestNanoseconds(),
                            budget.left()});
      };
      struct Search {
        const char *name;
        Status (ShapeTuner::*run)();
      };
      for (auto [name, run] :
           {Search{"families", &ShapeTuner::tryFamilies}, Search{"tiles", &ShapeTuner::tryTiles},
            Search{"decode", &ShapeTuner::tryDecodeKernels}, Search{"prefill", &ShapeTuner::tryPrefillKernels}}) {
        if (budget.over())
          break;
        tell(name);
        if (Status status = (tuner.*run)(); !status)
          return status.error();
      }
      if (budget.interrupted())
        return file; // measured but not concluded: the next run goes on here
      tell(tuner.bestNanoseconds() > 0 ? "check" : "no time is left for it");
      Result<std::optional<TuningChoice>> choice = tuner.conclude();
      if (!choice)
        return choice.error();
      if (*choice)
        device.choices.push_back(std::move(**choice));
      if (options.keep)
        if (Status status = options.keep(file); !status)
          return status.error();
      budget.endShape(/*searched=*/true);
    }
  return file;
}

} // namespace tern
