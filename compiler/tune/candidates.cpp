//===- candidates.cpp - Kernels that are worth timing -------------------------===//
#include "compiler/tune/candidates.h"

#include "compiler/driver/register.h"
#include "compiler/llvm/target_features.h"
#include "compiler/select/kernel_choice.h"

#include "mlir/IR/MLIRContext.h"

#include <algorithm>

using namespace mlir;

namespace tern {
namespace {

/// A family that costs more than this many times the cheapest is not timed: the cost model errs by
/// less (docs/tuning.md).
constexpr double kWorthTiming = 2;
/// Registers that hold no sums: unpacked weights, masks, a vector of codes.
constexpr int64_t kOtherRegisters = 4;
constexpr int64_t kTileRows[] = {2, 4, 8, 32, 64, 128}; // few with columns in lanes, many with rows in lanes
constexpr int64_t kUnrolls[] = {1, 2, 4};
constexpr int64_t kPrefetches[] = {0, 512, 1024, 2048, 4096, 8192};
constexpr int64_t kTokenBlocks[] = {2, 4, 6, 8};

/// What the candidates of one target are made and checked with.
class Search {
public:
  explicit Search(const TargetInfo &info) {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<ternary::TernaryDialect, LLVM::LLVMDialect>();
    module = ModuleOp::create(UnknownLoc::get(&context));
    setTarget(*module, info);
    target = targetOf(*module);
    registers = info.has("avx512f") || info.triple.starts_with("aarch64") ? 32 : 16;
  }

  KernelChoice standard(const KernelFamily &family) { return toChoice(kernelsOf(family, target, "")); }

  /// Adds a candidate with every text spelled out, once. One that the dialect or the table refuses is no candidate; one
  /// whose sums do not fit into the registers is pruned, since they are stored and loaded in every tile.
  void add(CandidateList &list, const KernelChoice &wanted, bool prefill) {
    Result<DictionaryAttr> attribute = toAttribute(&context, wanted, "");
    Result<WeightKernels> kernels =
        attribute ? readChoice(*attribute, target) : Result<WeightKernels>(attribute.error());
    if (!kernels)
      return;
    KernelChoice choice = toChoice(*kernels);
    if (std::ranges::find(list.choices, choice) != list.choices.end())
      return;
    if (!list.choices.empty() && !fitsRegisters(kernels->layout, prefill ? kernels->block : kernels->one)) {
      ++list.pruned;
      return;
    }
    list.choices.push_back(std::move(choice));
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  LLVM::TargetAttr target;

private:
  bool fitsRegisters(ternary::LayoutAttr layout, ternary::KernelAttr kernel) const {
    std::optional<ternary::DotForm> form = ternary::dotForm(layout, kernel);
    int64_t classes = kernel.getUnpack() == ternary::UnpackMode::Mask ? 4 : 1;
    int64_t lanes = kernel.getWidth() / 4, room = registers - kOtherRegisters;
    if (form == ternary::DotForm::Rows)
      return layout.getTileRows() * kernel.getTokens() * classes <= room;
    if (form == ternary::DotForm::Lanes)
      return layout.getTileRows() / lanes * kernel.getTokens() * classes <= room;
    if (form == ternary::DotForm::Panels)
      return kernel.getRows() / lanes * kernel.getTokens() <= room;
    return true;
  }

  OwningOpRef<ModuleOp> module;
  int64_t registers;
};

} // namespace

/// "dot, tokens = 4" with another value of a parameter.
static std::string withParameter(StringRef kernel, StringRef name, const Twine &value) {
  SmallVector<StringRef> parts;
  kernel.split(parts, ", ");
  std::string text = parts.front().str();
  for (StringRef part : ArrayRef(parts).drop_front())
    if (part.split(" = ").first != name)
      text += ", " + part.str();
  return text + (", " + name + " = " + value).str();
}

KernelChoice defaultChoice(const TargetInfo &target) {
  Search search(target);
  return search.standard(cheapestFamily(search.target));
}

CandidateList layoutCandidates(const TargetInfo &target) {
  Search search(target);
  CandidateList list;
  const KernelFamily &cheapest = cheapestFamily(search.target);
  search.add(list, search.standard(cheapest), /*prefill=*/false);
  for (const KernelFamily &family : kernelFamilies()) {
    if (!family.exact || !holds(family.layout.encoding, 0) || !isRunnable(family, search.target))
      continue;
    if (family.cost() > kWorthTiming * cheapest.cost()) {
      ++list.pruned;
      continue;
    }
    KernelChoice choice = search.standard(family);
    search.add(list, choice, /*prefill=*/false);
    for (int64_t rows : kTileRows) {
      Layout layout = family.layout;
      layout.tileRows = rows;
      if (!layout.verify())
        continue;
      choice.layout = attributeText(ternary::toAttr(&search.context, layout));
      search.add(list, choice, /*prefill=*/false);
    }
  }
  return list;
}

CandidateList decodeCandidates(const TargetInfo &target, const KernelChoice &from) {
  Search search(target);
  CandidateList list;
  search.add(list, from, /*prefill=*/false);
  for (int64_t unroll : kUnrolls)
    for (int64_t prefetch : kPrefetches) {
      KernelChoice choice = from;
      choice.decode = withParameter(choice.decode, "unroll", Twine(unroll));
      choice.decode = withParameter(choice.decode, "prefetch", Twine(prefetch));
      search.add(list, choice, /*prefill=*/false);
    }
  return list;
}

CandidateList prefillCandidates(const TargetInfo &target, const KernelChoice &from, int64_t block) {
  Search search(target);
  CandidateList list;
  search.add(list, from, /*prefill=*/true);
  for (int64_t tokens : kTokenBlocks)
    for (StringRef unpack : {"shift", "mask", "panel"})
      for (int64_t prefetch : {0, 1024}) {
        if (tokens > block)
          continue;
        KernelChoice choice = from;
        choice.prefill = withParameter(choice.prefill, "tokens", Twine(tokens));
        choice.prefill = withParameter(choice.prefill, "unpack", unpack);
        choice.prefill = withParameter(choice.prefill, "prefetch", Twine(prefetch));
        search.add(list, choice, /*prefill=*/true);
      }
  return list;
}

} // namespace tern
