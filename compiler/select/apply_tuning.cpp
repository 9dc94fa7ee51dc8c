//===- apply_tuning.cpp - Choices of a file onto the weights ---------------===//
#include "compiler/select/kernel_choice.h"
#include "compiler/select/passes.h"
#include "compiler/select/product_traits.h"
#include "compiler/target/target.h"
#include "lib/base/text.h"
#include "lib/base/version.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYAPPLYTUNING
#include "compiler/select/Passes.h.inc"

namespace {

struct ApplyTuning : impl::TernaryApplyTuningBase<ApplyTuning> {
  using Base::Base;

  void runOnOperation() override {
    Result<TargetInfo> target = getTarget(getOperation());
    if (!target)
      return fail("the module has no llvm.target attribute, so the choices for its CPU are not known");
    Result<TuningFile> tuning = TuningFile::read(file);
    if (!tuning)
      return fail(tuning.error().message);
    Result<const TuningDevice *> device = schedule ? onlyDevice(*tuning) : measuredDevice(*tuning, *target);
    if (!device)
      return fail(file + ": " + device.error().message);
    llvm::DenseSet<const TuningChoice *> used;
    bool matched = false;
    llvm::DenseMap<Operation *, ProductTraits> allTraits = productTraits(getOperation());
    for (auto weight : getOperation().getOps<ternary::WeightOp>()) {
      const TuningChoice *choice =
          (*device)->find(weight.getSymName().str(), int64_t(weight.getRows()), int64_t(weight.getColumns()));
      matched |= choice != nullptr;
      ProductTraits traits = allTraits.lookup(weight);
      if (!choice || (!schedule && choice->weight.empty() && !isTunedByShape(traits)))
        continue;
      Result<DictionaryAttr> attribute =
          toAttribute(&getContext(), choice->kernel, file, choice->decode, choice->prefill);
      // The selection would find the rest; here the file and the weight can be named.
      Result<WeightKernels> kernels =
          attribute ? readChoice(*attribute, *target, traits) : Result<WeightKernels>(attribute.error());
      if (!kernels)
        return fail(file + ": choice for " + weight.getSymName().str() + ": " + kernels.error().message);
      weight->setAttr(kChoiceAttr, *attribute);
      used.insert(choice);
      ++chosen;
    }
    // A file of a search that was cut short may have no choice yet.
    if (!schedule && !matched && !(*device)->choices.empty())
      return fail(file + ": has no choice for any weight of this model; it was made for other shapes");
    if (schedule)
      for (const TuningChoice &choice : (*device)->choices)
        if (!used.contains(&choice))
          return fail(file + ": there is no ternary weight " +
                      (choice.weight.empty()
                           ? "of " + std::to_string(choice.rows) + " x " + std::to_string(choice.columns)
                           : quote(choice.weight)) +
                      " left for a choice of it");
  }

  void fail(const std::string &message) {
    getOperation().emitError() << message;
    signalPassFailure();
  }

  static Result<const TuningDevice *> onlyDevice(const TuningFile &tuning) {
    if (tuning.devices.size() != 1)
      return Error{"a schedule has one device, this file has " + std::to_string(tuning.devices.size())};
    return &tuning.devices.front();
  }

  static Result<const TuningDevice *> measuredDevice(const TuningFile &tuning, const TargetInfo &target) {
    std::vector<std::string> features = requiredFeatures(target), others;
    for (const TuningDevice &device : tuning.devices) {
      if (device.cpu == target.cpu && device.features == features && device.compiler == TERN_VERSION)
        return &device;
      others.push_back(printable(device.cpu) + " (" + std::to_string(device.features.size()) + " features, compiler " +
                       printable(device.compiler) + ")");
    }
    return Error{"was not measured on " + target.cpu + " with these " + std::to_string(features.size()) +
                 " features by compiler " TERN_VERSION "; it has: " +
                 (others.empty() ? "nothing" : join(others, ", ")) + "; run tern-tune on the device"};
  }
};

} // namespace
} // namespace tern
