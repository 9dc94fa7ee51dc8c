//===- explain_choice.cpp - Remarks on the kernel of a product ------------===//
#include "compiler/select/explain_choice.h"

#include "compiler/select/tiles.h"
#include "compiler/target/target.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace tern {
namespace {

using Arg = remark::detail::Remark::Arg;

/// The facts of one product, by name.
class Explanation {
public:
  Explanation(ternary::MatmulOp matmul, ternary::WeightOp weight, const WeightKernels &kernels,
              const TargetInfo &target, StringRef category)
      : matmul(matmul), weight(weight), kernels(kernels), family(*kernels.family), target(target), category(category),
        b(matmul.getContext()), tokens(cast<RankedTensorType>(matmul.getResult().getType()).getDimSize(0)) {}

  void kernel() {
    auto remark = open("kernel");
    if (!remark)
      return;
    std::string against;
    SmallVector<Attribute> others;
    for (const KernelFamily &other : kernelFamilies()) {
      if (&other == &family)
        continue;
      std::string why = !isRunnable(other, target)                        ? "not on " + target.cpu
                        : !other.exact                                    ? std::string("not exact")
                        : !holds(other.layout.encoding, 0)                ? std::string("no ternary weights")
                        : !serves(other, {.group = kernels.traits.group}) ? std::string("no scales of groups")
                        : !serves(other, kernels.traits) ? std::string("no rows for an embedding")
                                                         : llvm::formatv("{0:F1}", other.cost(kernels.traits)).str();
      against += " " + other.name.str() + " (" + why + ")";
      NamedAttribute verdict =
          isRunnable(other, target) && other.exact && holds(other.layout.encoding, 0) && serves(other, kernels.traits)
              ? real("cost", other.cost(kernels.traits))
              : b.getNamedAttr("reason", b.getStringAttr(why));
      others.push_back(b.getDictionaryAttr({b.getNamedAttr("family", b.getStringAttr(other.name)), verdict}));
    }
    std::string layout = layoutName(ternary::toLayout(kernels.layout)), measured;
    const std::optional<MeasuredTime> &time = tokens == 1 ? kernels.decodeTime : kernels.prefillTime;
    if (time)
      measured =
          llvm::formatv(", measured {0:F1} us, {1:F1} by default", time->chosen * 1e-3, time->byDefault * 1e-3).str();
    remark << (begin() + Twine(tokens) + " token(s), " + Twine(int(100 * kernels.traits.density)) +
               " % of codes not zero: " + family.name + ", layout " + layout + ", " +
               llvm::formatv("{0:F2} bits a weight, {1:F1} weights a cycle, cost {2:F1}", family.bitsPerWeight,
                             family.weightsPerCycle, family.cost(kernels.traits))
                   .str() +
               (tokens == 1 ? "" : llvm::formatv(", of blocks {0:F1}", family.blockCost()).str()) +
               (family.exact ? "" : ", lossy: sums are not exact") + ", by " + kernels.by + measured + "; against" +
               against)
                  .str();
    facts(remark, layout);
    remark << Arg("kernel", Attribute(*matmul.getKernel()))
           << Arg("bits_per_weight", Attribute(b.getF64FloatAttr(family.bitsPerWeight)))
           << Arg("cost", Attribute(b.getF64FloatAttr(family.cost(kernels.traits))))
           << Arg("block_cost", Attribute(b.getF64FloatAttr(family.blockCost()))) << Arg("by", kernels.by);
    if (time)
      remark << Arg("measured",
                    Attribute(b.getDictionaryAttr({real("default_ns", time->byDefault), real("ns", time->chosen)})));
    remark << Arg("against", Attribute(b.getArrayAttr(others)));
  }

  /// Both steps read the same layout: told once, with decode.
  void tile() {
    if (tokens != 1)
      return;
    auto remark = open("tile");
    if (!remark)
      return;
    Layout chosen = ternary::toLayout(kernels.layout);
    TiledProduct product{int64_t(weight.getRows()), int64_t(weight.getColumns())};
    auto name = [](const Layout &layout) {
      return std::to_string(layout.tileRows) + "x" + std::to_string(layout.tileColumns);
    };
    double cost = modelledCost(family, chosen, product, kernels.traits);
    std::string against;
    SmallVector<Attribute> others;
    for (const Layout &other : tilesOf(b.getContext(), family)) {
      if (other == chosen || kernels.traits.group % other.tileColumns != 0)
        continue;
      double otherCost = modelledCost(family, other, product, kernels.traits);
      against += llvm::formatv(" {0} ({1:F1})", name(other), otherCost).str();
      others.push_back(
          b.getDictionaryAttr({real("cost", otherCost), b.getNamedAttr("tile", b.getStringAttr(name(other)))}));
    }
    bool isFamilys = chosen == family.layout;
    std::string by = isFamilys && kernels.by != kByCostModel ? "kernel table" : kernels.by;
    remark << (begin() + "tile " + name(chosen) + " of " + family.name + ", " +
               (isFamilys ? "its own" : "not its own, " + name(family.layout)) +
               llvm::formatv(", cost {0:F1} with padding, by {1}", cost, by).str() +
               (others.empty() ? "; it has no other" : "; against" + against))
                  .str();
    facts(remark, layoutName(chosen));
    remark << Arg("tile", name(chosen)) << Arg("cost", Attribute(b.getF64FloatAttr(cost))) << Arg("by", by)
           << Arg("against", Attribute(b.getArrayAttr(others)));
  }

  /// The cost model took a family that runs anywhere, since the CPU lacks what every cheaper one of its architecture
  /// needs. Told once, with decode; who names a family knows what it is.
  void portable() {
    if (tokens != 1 || !family.features.empty() || kernels.by != kByCostModel || !b.getContext()->getRemarkEngine())
      return;
    std::string cheaper;
    SmallVector<Attribute> others;
    for (const KernelFamily &other : kernelFamilies()) {
      if (!other.exact || !other.automatic || !serves(other, kernels.traits) ||
          other.cost(kernels.traits) >= family.cost(kernels.traits))
        continue;
      std::optional<std::vector<std::string>> lacking = lackingFeatures(target, other.features);
      if (!lacking)
        continue;
      SmallVector<StringRef> names(lacking->begin(), lacking->end());
      cheaper += " " + other.name.str() + " (" + llvm::join(names, ", ") + ")";
      others.push_back(b.getDictionaryAttr({real("cost", other.cost(kernels.traits)),
                                            b.getNamedAttr("family", b.getStringAttr(other.name)),
                                            b.getNamedAttr("missing", b.getStrArrayAttr(names))}));
    }
    if (others.empty()) // its architecture has nothing better
      return;
    auto remark = remark::missed(matmul.getLoc(), remark::RemarkOpts::name("portable").category(category));
    if (!remark)
      return;
    remark << (begin() + family.name + " is portable code, cost " +
               llvm::formatv("{0:F1}", family.cost(kernels.traits)).str() + "; " + target.cpu +
               " lacks what cheaper families need:" + cheaper)
                  .str();
    facts(remark, layoutName(ternary::toLayout(kernels.layout)));
    remark << Arg("cpu", target.cpu) << Arg("cost", Attribute(b.getF64FloatAttr(family.cost(kernels.traits))))
           << Arg("cheaper", Attribute(b.getArrayAttr(others)));
  }

private:
  remark::detail::InFlightRemark open(StringRef name) {
    return remark::passed(matmul.getLoc(), remark::RemarkOpts::name(name).category(category));
  }
  std::string begin() {
    return (weight.getSymName() + ": " + Twine(weight.getRows()) + " x " + Twine(weight.getColumns()) + ", ").str();
  }
  void facts(remark::detail::InFlightRemark &remark, const std::string &layout) {
    auto number = [&](int64_t value) { return Attribute(b.getI64IntegerAttr(value)); };
    remark << Arg("weight", Attribute(weight.getSymNameAttr())) << Arg("rows", number(weight.getRows()))
           << Arg("columns", number(weight.getColumns())) << Arg("tokens", number(tokens)) << Arg("family", family.name)
           << Arg("layout", layout);
  }
  NamedAttribute real(StringRef name, double value) { return b.getNamedAttr(name, b.getF64FloatAttr(value)); }

  ternary::MatmulOp matmul;
  ternary::WeightOp weight;
  const WeightKernels &kernels;
  const KernelFamily &family;
  const TargetInfo &target;
  StringRef category;
  Builder b;
  int64_t tokens;
};

} // namespace

void explainChoice(ternary::MatmulOp matmul, ternary::WeightOp weight, const WeightKernels &kernels,
                   const TargetInfo &target, StringRef category) {
  Explanation explanation(matmul, weight, kernels, target, category);
  explanation.kernel();
  explanation.tile();
  explanation.portable();
}

} // namespace tern
