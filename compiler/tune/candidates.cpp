//===- candidates.cpp - Kernels that are worth timing -------------------------===//
#include "compiler/tune/candidates.h"

#include "compiler/driver/register.h"
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
/// Rows whose sums are in registers, for panels.
constexpr int64_t kPanelRows[] = {16, 32, 64, 128};
/// Tokens and rows whose sums are in tile registers; too many together are no candidate.
constexpr int64_t kTileSides[] = {16, 32, 48};
constexpr int64_t kUnrolls[] = {1, 2, 4};
constexpr int64_t kPrefetches[] = {0, 512, 1024, 2048, 4096, 8192};
constexpr int64_t kTokens[] = {1, 2, 4, 6, 8};
/// Columns whose tables are made at a time; 0: of all. A lut3 table of 504 columns takes 11 KB, of 4,032 86 KB: in the
/// first-level cache and in the second.
constexpr int64_t kStretches[] = {504, 1008, 2016, 4032, 0};

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
    Result<DictionaryAttr> attribute = toAttribute(&context, wanted, "");
    Result<WeightKernels> kernels =
        attribute ? readChoice(*attribute, target) : Result<WeightKernels>(attribute.error());
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

  MLIRContext context{MLIRContext::Threading::DISABLED};
  const TargetInfo &target;

private:
  /// Vectors of sums of a dot kernel; 0 for other strategies.
  static int64_t vectorsOfSums(ternary::LayoutAttr layout, ternary::KernelAttr kernel) {
    std::optional<ternary::DotForm> form = ternary::dotForm(layout, kernel);
    int64_t classes = kernel.getUnpack() == ternary::UnpackMode::Mask ? 4 : 1;
    int64_t lanes = kernel.getWidth() / 4;
    if (form == ternary::DotForm::ColumnsInLanes)
      return layout.getTileRows() * kernel.getTokens() * classes;
    if (form == ternary::DotForm::RowsInLanes)
      return layout.getTileRows() / lanes * kernel.getTokens() * classes;
    if (form == ternary::DotForm::Panels)
      return kernel.getRows() / lanes * kernel.getTokens();
    return 0;
  }

  /// Sums that do not fit into the registers are stored and loaded in every tile; too few wait for each other.
  bool worthTiming(ternary::LayoutAttr layout, ternary::KernelAttr kernel, bool prefill) const {
    int64_t sums = vectorsOfSums(layout, kernel);
    return sums == 0 || (sums <= registers - kOtherRegisters && (!prefill || sums >= kFewestSums));
  }

  const int64_t registers;
};

} // namespace

static TiledProduct tiled(const TunedProduct &product) { return {product.rows, product.columns, product.threads}; }

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
    choice.layout = attributeText(ternary::toAttr(&search.context, layout));
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
      choice.layout = attributeText(ternary::toAttr(&search.context, layout));
      search.add(list, choice, /*prefill=*/false);
    }
  }
  return list;
}

/// The values of `stretch` that differ for the product: from all columns on they are one. Others have no tables.
static std::vector<int64_t> stretches(const KernelFamily &family, const TunedProduct &product) {
  std::vector<int64_t> values;
  for (int64_t stretch : kStretches)
    if (family.one.strategy == ternary::Strategy::Lut && stretch < product.columns)
      values.push_back(stretch);
  return values;
}

CandidateList decodeCandidates(const TargetInfo &target, const TunedProduct &product, const KernelChoice &from) {
  Search search(target);
  CandidateList list;
  search.add(list, from, /*prefill=*/false);
  const KernelFamily &family = *findKernelFamily(from.family);
  auto vary = [&](int64_t unroll, int64_t prefetch, std::optional<int64_t> stretch) {
    KernelChoice choice = from;
    choice.decode = withParameter(choice.decode, "unroll", Twine(unroll));
    choice.decode = withParameter(choice.decode, "prefetch", Twine(prefetch));
    if (stretch)
      choice.decode = withParameter(choice.decode, "stretch", Twine(*stretch));
    search.add(list, choice, /*prefill=*/false);
  };
  switch (family.one.strategy) {
  case ternary::Strategy::Dot:
    for (int64_t unroll : kUnrolls)
      for (int64_t prefetch : kPrefetches)
        vary(unroll, prefetch, {});
    break;
  case ternary::Strategy::Lut: // prefetching gains little here (kernel_table.cpp): one distance is enough
    for (int64_t unroll : {1, 2})
      for (int64_t prefetch : {0, 2048})
        for (int64_t stretch : stretches(family, product))
          vary(unroll, prefetch, stretch);
    break;
  case ternary::Strategy::BitSerial:
    for (int64_t prefetch : kPrefetches)
      vary(1, prefetch, {});
    break;
  }
  return list;
}

CandidateList prefillCandidates(const TargetInfo &target, const TunedProduct &product, const KernelChoice &from) {
  Search search(target);
  CandidateList list;
  search.add(list, from, /*prefill=*/true);
  const KernelFamily &family = *findKernelFamily(from.family);
  using Parameters = std::initializer_list<std::pair<const char *, std::string>>;
  auto vary = [&](Parameters parameters) {
    KernelChoice choice = from;
    for (const auto &[name, value] : parameters)
      choice.prefill = withParameter(choice.prefill, name, value);
    search.add(list, choice, /*prefill=*/true);
  };
  auto text = [](int64_t number) { return std::to_string(number); };
  for (int64_t tokens : kTokens) {
    if (tokens > product.block)
      continue;
    if (family.one.strategy == ternary::Strategy::Lut)
      for (int64_t stretch : stretches(family, product))
        vary({{"tokens", text(tokens)}, {"stretch", text(stretch)}});
    if (family.one.strategy != ternary::Strategy::Dot)
      continue;
    for (const char *unpack : {"shift", "mask"})
      for (int64_t prefetch : {0, 1024})
        vary({{"tokens", text(tokens)}, {"unpack", unpack}, {"unroll", "1"}, {"prefetch", text(prefetch)}});
    for (int64_t rows : kPanelRows)
      for (int64_t unroll : {int64_t(1), int64_t(2), family.block.unroll})
        vary({{"tokens", text(tokens)},
              {"unpack", "panel"},
              {"rows", text(rows)},
              {"unroll", text(unroll)},
              {"prefetch", "0"}});
  }
  if (family.block.unpack == ternary::UnpackMode::Tiles)
    for (int64_t tokens : kTileSides)
      for (int64_t rows : kTileSides)
        if (tokens <= product.block)
          vary({{"tokens", text(tokens)},
                {"unpack", "tiles"},
                {"rows", text(rows)},
                {"unroll", "1"},
                {"prefetch", "0"}});
  if (family.one.strategy == ternary::Strategy::BitSerial)
    for (int64_t prefetch : kPrefetches)
      vary({{"prefetch", text(prefetch)}});
  return list;
}

} // namespace tern
