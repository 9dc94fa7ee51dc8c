//===- kernel_table.cpp - The kernel families that there are ---------------===//
#include "compiler/kernels/support/kernel_set.h"

#include "mlir/IR/MLIRContext.h"

#include <algorithm>
#include <utility>

using namespace llvm;

namespace tern {

KernelSet collectKernels();

const KernelSet &allKernels() {
  static const KernelSet all = [] {
    KernelSet set = collectKernels();
    std::ranges::sort(set.families, {}, [](const KernelFamily &f) { return std::pair(!f.automatic, f.name); });
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    context.loadDialect<ternary::TernaryDialect>();
    for (KernelFamily &family : set.families) {
      ternary::KernelAttr one = family.one(&context, {}), block = family.block(&context, {});
      family.strategy = one.getStrategy(); // a literal
      family.blockTokens = block.getTokens();
      family.exact = one.isExact() && block.isExact();
      family.scalesGroups = one.scalesGroups() && block.scalesGroups();
      family.takesPlanes = bool(one.withTokens(2, family.layout));
    }
    return set;
  }();
  return all;
}

/// What a core reads while its neighbours read too: alone it gets 25 to 31 GB/s at 3.5 to 4 GHz, two together 40 to 45
/// (docs/performance.md).
static constexpr double kBytesPerCycle = 6;

double KernelFamily::cost(const ProductTraits &traits) const {
  bool skips = traits.density * 100 <= double(skipBelow);
  double issue = double(traits.planes) / weightsPerCycle;
  double memory = bitsPerWeight / 8 / kBytesPerCycle * double(takesPlanes ? 1 : traits.planes);
  return 1000 * std::max(issue, memory) * (skips ? traits.density : 1);
}

double KernelFamily::blockCost() const { return 1000 / std::max(blockMacsPerCycle, weightsPerCycle); }

ArrayRef<KernelFamily> kernelFamilies() { return allKernels().families; }

/// Names that families had before, which tuning files, schedules and scripts may hold, and those that they have now.
static constexpr std::pair<StringRef, StringRef> kFormerNames[] = {
    {"dot2-rows-v64", "dot2-column-lanes-v64"},
    {"dot1.6-rows-v64", "dot1.6-column-lanes-v64"},
};

const KernelFamily *findKernelFamily(StringRef name) {
  for (auto [former, now] : kFormerNames)
    if (name == former)
      name = now;
  for (const KernelFamily &family : kernelFamilies())
    if (family.name == name)
      return &family;
  return nullptr;
}

} // namespace tern
