//===- resume.cpp - A phase's text, read back ----------------------------------===//
#include "compiler/driver/resume.h"

#include "compiler/driver/diagnostics.h"
#include "compiler/driver/text_bounds.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"
#include "lib/base/file.h"
#include "lib/object/activations.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/DebugStringHelper.h"

#include <limits>

using namespace mlir;

namespace tern {
namespace {

/// The text of a phase names no weight's value: a 2B4T graph has 0.5 MB, its LLVM dialect some 20.
constexpr uint64_t kLargestText = 1u << 30;

/// What the import says of a model and the model object repeats.
Status checkModel(ModuleOp module) {
  auto model = module->getAttrOfType<DictionaryAttr>("decoder.model");
  if (!model)
    return Error{"the module has no attribute decoder.model, which the import sets"};
  auto lacks = [&](const char *field) { return Error{std::string("attribute decoder.model has no ") + field}; };
  for (const char *field : {"name", "architecture"})
    if (!model.getAs<StringAttr>(field))
      return lacks(field);
  if (Attribute activations = model.get("activations")) {
    auto name = dyn_cast<StringAttr>(activations);
    if (!name || !findActivations(name.getValue()))
      return Error{"attribute decoder.model has activations " + debugString(activations) +
                   "; known are \"codes\", \"top-k\", \"floats\" and \"converted\""};
  }
  SmallVector<int64_t> ids;
  if (auto eos = model.getAs<DenseI64ArrayAttr>("eos"))
    ids.append(eos.asArrayRef().begin(), eos.asArrayRef().end());
  else if (model.get("vocab_size")) // a decoder of text
    return lacks("eos");
  if (model.get("vocab_size"))
    for (const char *field : {"vocab_size", "hidden_size", "max_context"})
      if (!model.getAs<IntegerAttr>(field))
        return lacks(field);
  if (Attribute bos = model.get("bos")) {
    auto id = dyn_cast<IntegerAttr>(bos);
    ids.push_back(id ? id.getInt() : -1);
  }
  // 32 bits hold them in the model object.
  if (llvm::any_of(ids, [](int64_t id) { return id < 0 || id > std::numeric_limits<int32_t>::max(); }))
    return Error{"attribute decoder.model has an eos or bos that is no token id"};
  return {};
}

Status checkLayouts(ModuleOp module) {
  for (auto weight : module.getOps<ternary::WeightOp>())
    if (!weight.getLayout())
      return Error{"weight @" + weight.getSymName().str() + " has no layout; run phase ternary first"};
  return {};
}

} // namespace

Result<Phase> phaseOf(ModuleOp module) {
  if (!module.getOps<LLVM::LLVMFuncOp>().empty())
    return Phase::Llvm;
  func::FuncOp step;
  for (auto function : module.getOps<func::FuncOp>())
    if (!step && function->hasAttr(step::kExportAttr))
      step = function;
  if (!step && module.lookupSymbol<func::FuncOp>("forward"))
    return Phase::Graph;
  if (!step)
    return Error{"is the output of no phase: it has neither @forward nor a function with step.export"};
  if (step.getNumArguments() == 0 || !isa<step::StepType>(step.getArgumentTypes().front()))
    return Phase::Ternary;
  bool shares = module.walk([](step::ShareOp) { return WalkResult::interrupt(); }).wasInterrupted();
  return shares ? Phase::Tiled : Phase::Vector;
}

/// The phases behind the last MLIR text say nothing of weights and arenas any more.
static const char *kindOfCode(llvm::StringRef path) {
  return path.ends_with(".ll")  ? "LLVM IR"
         : path.ends_with(".s") ? "assembly"
         : path.ends_with(".o") ? "object code"
                                : nullptr;
}

Result<ResumedModule> readPhase(MLIRContext &context, const std::string &path) {
  if (const char *kind = kindOfCode(path))
    return Error{path + ": is " + kind +
                 ", which does not say what the model's weights and arenas are; go on from "
                 "4-llvm.mlir or an earlier phase"};
  Result<std::string> text = readFile(path, kLargestText);
  if (!text)
    return text.error();
  if (Status status = checkTextBounds(*text, path); !status)
    return status.error();
  ResumedModule resumed;
  {
    DiagnosticKeeper diagnostics(context);
    resumed.module = parseSourceString<ModuleOp>(*text, ParserConfig(&context), path);
    if (!resumed.module)
      return Error{diagnostics.firstError(path + ": does not parse")};
  }
  auto named = [&](const Error &error) { return Error{path + ": " + error.message}; };
  Result<Phase> phase = phaseOf(*resumed.module);
  if (!phase)
    return named(phase.error());
  resumed.phase = *phase;
  if (Status status = checkModel(*resumed.module); !status)
    return named(status.error());
  if (*phase > Phase::Graph)
    if (Status status = checkLayouts(*resumed.module); !status)
      return named(status.error());
  Result<TargetInfo> target = getTarget(*resumed.module);
  if (!target)
    return named(target.error());
  // The attribute may name what LLVM does not know, which LLVM itself would only warn about.
  Result<TargetInfo> known = resolveTarget(target->cpu, target->triple, target->features);
  if (!known)
    return named(known.error());
  resumed.target = *target;
  return resumed;
}

} // namespace tern
