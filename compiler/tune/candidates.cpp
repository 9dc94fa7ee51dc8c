//===- candidates.cpp - Kernels that are worth timing -------------------------===//
#include "compiler/tune/candidates.h"

#include "compiler/driver/register.h"
#include "compiler/kernels/support/kernel_set.h"
#include "compiler/select/kernel_choice.h"
#include "compiler/select/tiles.h"

#include "mlir/IR/MLIRContext.h"

#include <algorithm>

using namespace mlir;

namespace tern {
namespace {

/// What costs more than this many times the default is not timed: the cost model errs by less (docs/tuning.md).
constexpr double kWorthTiming = 2;
/// Registers that hold no sums: unpacked weights, masks, a vector of codes.
constexpr int64_t kOtherRegisters = 4;
/// Sums that a dot kernel needs to hide the latency of its dots: 4 cycles, two a cycle.
constexpr int64_t kFewestSums = 8;

/// What the candidates of one target are made and checked with.
class Search {
public:
  explicit Search(const TargetInfo &target) : target(target), registers(vectorUnit(target).registers) {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<ternary::TernaryDialect>();
  }

  KernelChoice standard(const KernelFamily &family) { return toChoice(kernelsOf(family, target, &context, "")); }

  /// Adds a candidate with every text spelled out, once. One that the dialect or the table refuses is no candidate.
  void add(CandidateList &list, const KernelChoice &wanted, bool prefill) {
    Result<WeightKernels> kernels = tryRead(wanted);
    if (!kernels)
      return;
    KernelChoice choice = toChoice(*kernels);
    if (std::ranges::find(list.choices, choice) != list.choices.end())
      return;
    if (!list.choices.empty() && !worthTiming(kernels->layout, prefill ? kernels->block : kernels->one, prefill)) {
      ++list.pruned;
      return;
    }
    list.choices.push_back(std::move(choice));
  }

  Result<WeightKernels> tryRead(const KernelChoice &choice) {
    Result<DictionaryAttr> attribute = toAttribute(&context, choice, "");
    return attribute ? readChoice(*attribute, target) : Result<WeightKernels>(attribute.error());
  }
  /// One that was added.
  WeightKernels read(const KernelChoice &choice) { return *tryRead(choice); }

  KernelSearch around(const WeightKernels &kernels, const TunedProduct &product) {
    // Where the layout decides about vectors no kernel with a width reads it.
    int64_t width = std::max({kernels.one.getWidth(), kernels.block.getWidth(), int64_t(16)});
    return {&context, ternary::toLayout(kernels.layout), product.columns, product.block, width};
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  const TargetInfo &target;

private:
  /// Sums that do not fit into the registers are stored and loaded in every tile; too few wait for each other.
  bool worthTiming(ternary::LayoutAttr layout, ternary::KernelAttr kernel, bool prefill) const {
    int64_t sums = kernel.sumVectors(ternary::toLayout(layout));
    return sums == 0 || (sums <= registers - kOtherRegisters && (!prefill || sums >= kFewestSums));
  }

  const int64_t registers;
};

} // namespace

static TiledProduct tiled(const TunedProduct &product) { return {product.rows, product.columns, product.threads}; }

void useCurrentTexts(const TargetInfo &target, std::vector<TuningMeasurement> &measurements) {
  Search search(target);
  std::vector<TuningMeasurement> current;
  for (TuningMeasurement measurement : measurements) {
    bool one = measurement.tokens == 1;
    KernelChoice choice{measurement.family, measurement.layout, one ? measurement.kernel : "",
                        one ? "" : measurement.kernel};
    if (Result<WeightKernels> kernels = search.tryRead(choice)) {
      choice = toChoice(*kernels);
      measurement.family = choice.family;
      measurement.layout = choice.layout;
      measurement.kernel = one ? choice.decode : choice.prefill;
    }
    std::erase_if(current, [&](const TuningMeasurement &other) { return other.sameKey(measurement); });
    current.push_back(std::move(measurement));
  }
  measurements = std::move(current);
}

KernelChoice defaultChoice(const TargetInfo &target) {
  Search search(target);
  return search.standard(cheapestFamily(search.target));
}

/// The family's layout, or one with fewer rows in a tile where that costs less.
static Layout firstLayout(const KernelFamily &family, const TunedProduct &product) {
  Layout best = family.layout;
  for (int64_t rows = family.layout.tileRows / 2; rows >= 1; rows /= 2) {
    Layout layout = family.layout;
    layout.tileRows = rows;
    if (layout.verify() && modelledCost(family, layout, tiled(product)) < modelledCost(family, best, tiled(product)))
      best = layout;
  }
  return best;
}

CandidateList familyCandidates(const TargetInfo &target, const TunedProduct &product) {
  Search search(target);
  CandidateList list;
  const KernelFamily &cheapest = cheapestFamily(search.target);
  double most = kWorthTiming * modelledCost(cheapest, cheapest.layout, tiled(product));
  search.add(list, search.standard(cheapest), /*prefill=*/false);
  for (const KernelFamily &family : kernelFamilies()) {
    if (!family.exact || !holds(family.layout.encoding, 0) || !isRunnable(family, search.target))
      continue;
    Layout layout = firstLayout(family, product);
    if (modelledCost(family, layout, tiled(product)) > most) {
      ++list.pruned;
      continue;
    }
    KernelChoice choice = search.standard(family);
    size_t before = list.choices.size();
    choice.layout = layoutText(ternary::toAttr(&search.context, layout));
    search.add(list, choice, /*prefill=*/false);
    if (list.choices.size() == before) // its kernels need its own tile
      search.add(list, search.standard(family), /*prefill=*/false);
  }
  return list;
}

CandidateList tileCandidates(const TargetInfo &target, const TunedProduct &product,
                             std::span<const KernelChoice> from) {
  Search search(target);
  CandidateList list;
  const KernelFamily &cheapest = cheapestFamily(search.target);
  double most = kWorthTiming * modelledCost(cheapest, cheapest.layout, tiled(product));
  for (const KernelChoice &choice : from)
    search.add(list, choice, /*prefill=*/false);
  for (KernelChoice choice : from) {
    const KernelFamily &family = *findKernelFamily(choice.family);
    for (const Layout &layout : tilesOf(&search.context, family)) {
      if (modelledCost(family, layout, tiled(product)) > most) {
        ++list.pruned;
        continue;
      }
      choice.layout = layoutText(ternary::toAttr(&search.context, layout));
      search.add(list, choice, /*prefill=*/false);
    }
  }
  return list;
}

CandidateList decodeCandidates(const TargetInfo &target, const TunedProduct &product, const KernelChoice &from) {
  Search search(target);
  CandidateList list;
  search.add(list, from, /*prefill=*/false);
  if (list.choices.empty())
    return list;
  WeightKernels kernels = search.read(from);
  KernelList varied;
  cast<KernelLowering>(kernels.one).vary(search.around(kernels, product), varied);
  for (ternary::KernelAttr kernel : varied) {
    KernelChoice choice = from;
    choice.decode = kernelText(kernel);
    search.add(list, choice, /*prefill=*/false);
  }
  return list;
}

/// Kernels of the family's strategy, as far as its own features have instructions for them.
static bool isOf(const KernelFamily &family, ternary::KernelAttr kernel) {
  return kernel.getStrategy() == family.strategy && llvm::all_of(kernel.getFeatures(), [&](StringRef feature) {
           return llvm::is_contained(family.features, std::string_view(feature));
         });
}

CandidateList prefillCandidates(const TargetInfo &target, const TunedProduct &product, const KernelChoice &from) {
  Search search(target);
  CandidateList list;
  search.add(list, from, /*prefill=*/true);
  if (list.choices.empty())
    return list;
  WeightKernels kernels = search.read(from);
  KernelSearch around = search.around(kernels, product);
  KernelList varied;
  for (const KernelKind &kind : allKernels().kinds)
    if (kind.blocks)
      kind.blocks(around, varied);
    else if (kind.attribute == kernels.block.getTypeID())
      cast<KernelLowering>(kernels.block).vary(around, varied);
  for (ternary::KernelAttr kernel : varied) {
    if (kernel.getTokens() > product.block || !isOf(*kernels.family, kernel))
      continue;
    KernelChoice choice = from;
    choice.prefill = kernelText(kernel);
    search.add(list, choice, /*prefill=*/true);
  }
  return list;
}

} // namespace tern
