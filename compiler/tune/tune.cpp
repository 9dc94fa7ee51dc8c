//===- tune.cpp - The best kernels for a model on this machine -----------------===//
#include "compiler/tune/tune.h"

#include "compiler/tune/shape_tuner.h"
#include "lib/base/version.h"

#include <algorithm>

namespace tern {
namespace {

using Clock = std::chrono::steady_clock;

/// The budget, cut into a share for each shape by how many weights it stands for.
class Budget {
public:
  Budget(const TuneOptions &options, const ModelShapes &model) : options(options), end(Clock::now() + options.budget) {
    for (const ModelShape &shape : model.shapes)
      open += double(shape.rows) * double(shape.columns) * double(shape.count) * double(options.threads.size());
  }

  /// Until when a shape may search: its share of what is left.
  void beginShape(const ModelShape &shape) {
    weights = double(shape.rows) * double(shape.columns) * double(shape.count);
    auto left = std::max(end - Clock::now(), Clock::duration(0));
    deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(left * (weights / open));
  }
  void endShape() { open = std::max(open - weights, 1.0); }

  bool over() const { return Clock::now() >= deadline || interrupted(); }
  bool interrupted() const { return options.interrupted && options.interrupted(); }
  std::chrono::seconds left() const {
    auto left = std::max(end - Clock::now(), Clock::duration(0));
    return std::chrono::duration_cast<std::chrono::seconds>(left);
  }

private:
  const TuneOptions &options;
  Clock::time_point end, deadline;
  double open = 0, weights = 0; ///< weights of the shapes that are not done; of the one at hand
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
        budget.endShape();
        continue;
      }
      ShapeTuner tuner(target, shape.rows, shape.columns, model.prefillBlock, threads, device.measurements,
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
      for (auto [name, run] : {Step{"layouts", &ShapeTuner::tryLayouts}, Step{"decode", &ShapeTuner::tryDecodeKernels},
                               Step{"prefill", &ShapeTuner::tryPrefillKernels}}) {
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
      budget.endShape();
    }
  return file;
}

} // namespace tern
