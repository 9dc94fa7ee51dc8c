//===- keep_export.cpp - One step function and what it needs --------------===//
#include "compiler/select/passes.h"
#include "dialects/step/Step.h"
#include "lib/base/text.h"

#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_STEPKEEPEXPORT
#include "compiler/select/Passes.h.inc"

namespace {

struct KeepExport : impl::StepKeepExportBase<KeepExport> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    Operation *kept = step::findExport(module, name);
    if (!kept) {
      std::vector<std::string> names;
      for (Operation &op : module.getOps())
        if (auto exported = op.getAttrOfType<StringAttr>(step::kExportAttr))
          names.push_back(exported.str());
      std::vector<std::string> near = nearestNames(name.getValue(), names, 6);
      module.emitError() << "exports no " << quote(name.getValue())
                         << (near.empty() ? "" : "; near names: " + join(near, ", "));
      return signalPassFailure();
    }
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (function != kept && function->hasAttr(step::kExportAttr))
        drop(function);
    // A declaration may be named by another one, which goes first.
    for (bool changed = true; changed;) {
      changed = false;
      for (Operation &op : llvm::make_early_inc_range(module.getOps()))
        if (isa<SymbolOpInterface>(op) && &op != kept && SymbolTable::symbolKnownUseEmpty(&op, module)) {
          drop(&op);
          changed = true;
        }
    }
  }

  void drop(Operation *op) {
    op->erase();
    ++dropped;
  }
};

} // namespace
} // namespace tern
