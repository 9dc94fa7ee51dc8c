//===- tune.cpp - The best kernels for a model on this machine -----------------===//
#include "compiler/tune/tune.h"

#include "compiler/tune/shape_tuner.h"
#include "lib/base/version.h"

#include <algorithm>

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

bool isDone(const TuningDevice &device, const ModelShape &shape, int64_t block, int64_t threads) {
  return std::ranges::any_of(device.choices, [&](const TuningChoice &choice) {
    return choice.weight.empty() && choice.rows == shape.rows && choice.columns == shape.columns &&
           choice.block == block && choice.threads == threads;
  });
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

Result<TuningFile> tuneModel(const ModelShapes &model, const TargetInfo &target, const TuneOptions &options,
                             const TuningFile &known) {
  TuningFile file = known;
  TuningDevice &device = deviceFor(file, target);
  Budget budget(options, model);
  size_t number = 0, count = model.shapes.size() * options.threads.size();
  for (const ModelShape &shape : model.shapes)
    for (int64_t threads : options.threads) {
      size_t index = number++;
      budget.beginShape(shape);
      if (budget.interrupted())
        return file;
      if (isDone(device, shape, model.prefillBlock, threads)) {
        budget.endShape(/*searched=*/false);
        continue;
      }
      ShapeTuner tuner(target, {shape.rows, shape.columns, model.prefillBlock, threads}, device.measurements,
                       [&] { return budget.over(); });
      auto tell = [&](const char *step) {
        if (options.progress)
          options.progress({index, count, shape.rows, shape.columns, threads, step,
                            tuner.best().family + " <" + tuner.best().decode + ">", tuner.bestNanoseconds(),
                            budget.left()});
      };
      struct Step {
        const char *name;
        Status (ShapeTuner::*run)();
      };
      for (auto [name, run] :
           {Step{"families", &ShapeTuner::tryFamilies}, Step{"tiles", &ShapeTuner::tryTiles},
            Step{"decode", &ShapeTuner::tryDecodeKernels}, Step{"prefill", &ShapeTuner::tryPrefillKernels}}) {
        if (budget.over())
          break;
        tell(name);
        if (Status status = (tuner.*run)(); !status)
          return status.error();
      }
      if (budget.interrupted())
        return file; // measured but not concluded: the next run goes on here
      tell("check");
      Result<std::optional<TuningChoice>> choice = tuner.conclude();
      if (!choice)
        return choice.error();
      if (*choice)
        device.choices.push_back(std::move(**choice));
      budget.endShape(/*searched=*/true);
    }
  return file;
}

} // namespace tern
