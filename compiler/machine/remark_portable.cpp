//===- remark_portable.cpp - Remarks on operations without an instruction --===//
#include "compiler/machine/lower_for_target.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

using namespace mlir;

namespace tern {
namespace {

using Arg = remark::detail::Remark::Arg;

struct Place {
  Location loc;
  StringRef function;
  WithoutInstruction what;
  int64_t count = 0;
};

} // namespace

static void report(const Place &place, StringRef operation, StringRef category, const TargetInfo &target) {
  auto remark = remark::missed(place.loc, remark::RemarkOpts::name("portable").category(category));
  if (!remark)
    return;
  Builder b(place.loc.getContext());
  std::string bring;
  SmallVector<Attribute> sets;
  for (const FeatureSet &features : place.what.features) {
    std::optional<std::vector<std::string>> lacking = lackingFeatures(target, features);
    if (!lacking)
      continue;
    SmallVector<StringRef> names(lacking->begin(), lacking->end());
    bring += (bring.empty() ? "" : ", or ") + llvm::join(names, " and ");
    sets.push_back(b.getStrArrayAttr(names));
  }
  remark << (place.function + ": " + Twine(place.count) + " " + operation + " of " + place.what.size +
             " become plain arithmetic: " + target.cpu + " has no instruction for them" +
             (bring.empty() ? "" : "; one comes with " + bring))
                .str();
  remark << Arg("function", place.function) << Arg("operation", operation) << Arg("size", place.what.size)
         << Arg("count", Attribute(b.getI64IntegerAttr(place.count))) << Arg("cpu", target.cpu)
         << Arg("missing", Attribute(b.getArrayAttr(sets)));
}

void remarkPortable(ModuleOp module, StringRef operation, StringRef category,
                    function_ref<std::optional<WithoutInstruction>(Operation *, const TargetInfo &)> lacks) {
  if (!module.getContext()->getRemarkEngine())
    return; // a walk for nothing
  Result<TargetInfo> target = getTarget(module);
  if (!target)
    return;                  // lowerForTarget says so
  std::vector<Place> places; // in their order, so that remarks are in it
  std::map<std::pair<Operation *, std::string>, size_t> known;
  module.walk([&](Operation *op) {
    if (op->getName().getStringRef() != operation)
      return;
    std::optional<WithoutInstruction> what = lacks(op, *target);
    if (!what)
      return;
    auto function = op->getParentOfType<FunctionOpInterface>();
    StringRef name = function ? SymbolTable::getSymbolName(function).getValue() : StringRef("the module");
    auto [place, isNew] = known.insert({{function, what->size}, places.size()});
    if (isNew)
      places.push_back({op->getLoc(), name, std::move(*what)});
    ++places[place->second].count;
  });
  for (const Place &place : places)
    report(place, operation, category, *target);
}

} // namespace tern
