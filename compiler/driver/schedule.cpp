//===- schedule.cpp - What the selection chose, as a file ----------------------===//
#include "compiler/driver/schedule.h"

#include "compiler/select/kernel_choice.h"
#include "dialects/ternary/Ternary.h"
#include "lib/base/version.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>

using namespace mlir;

namespace tern {
namespace {

/// The kernel of each weight's product, in steps of one row or in steps of blocks.
llvm::StringMap<ternary::KernelAttr> kernelsIn(ModuleOp module, bool ofOne) {
  llvm::StringMap<ternary::KernelAttr> kernels;
  for (auto graph : module.getOps<func::FuncOp>())
    for (auto matmul : graph.getOps<ternary::MatmulOp>())
      if (matmul.getKernel() && (cast<RankedTensorType>(matmul.getCodes().getType()).getDimSize(0) == 1) == ofOne)
        kernels[matmul.getWeight()] = *matmul.getKernel();
  return kernels;
}

} // namespace

TuningFile scheduleOf(ModuleOp module, const TargetInfo &target) {
  TuningDevice device;
  device.cpu = target.cpu;
  device.features = requiredFeatures(target);
  device.compiler = TERN_VERSION;
  auto decode = kernelsIn(module, true);
  auto prefill = kernelsIn(module, false);

  std::vector<TuningChoice> named;
  for (auto weight : module.getOps<ternary::WeightOp>()) {
    auto family = weight->getAttrOfType<StringAttr>(kFamilyAttr);
    ternary::KernelAttr forOne = decode.lookup(weight.getSymName());
    ternary::KernelAttr forBlock = prefill.lookup(weight.getSymName());
    if (!family || !weight.getLayout() || !forOne || !forBlock)
      continue; // no product uses it
    TuningChoice choice;
    choice.weight = weight.getSymName().str();
    choice.rows = int64_t(weight.getRows());
    choice.columns = int64_t(weight.getColumns());
    choice.kernel = toChoice(family.getValue(), weight.getLayoutAttr(), forOne, forBlock);
    named.push_back(std::move(choice));
  }
  // A shape on which all agree is one choice without a name.
  for (const TuningChoice &choice : named) {
    auto sameShape = [&](const TuningChoice &other) {
      return other.rows == choice.rows && other.columns == choice.columns;
    };
    bool agree = std::ranges::all_of(
        named, [&](const TuningChoice &other) { return !sameShape(other) || other.kernel == choice.kernel; });
    if (agree && std::ranges::any_of(device.choices, sameShape))
      continue;
    device.choices.push_back(choice);
    if (agree)
      device.choices.back().weight.clear();
  }
  return {{std::move(device)}, TuningUse::Schedule};
}

} // namespace tern
