//===- model_object.cpp - Phase model: code, weights, tokenizer, manifest ----===//
#include "compiler/driver/model_object.h"

#include "compiler/emit/link.h"
#include "compiler/tile/describe_operators.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"
#include "lib/base/text.h"
#include "lib/base/version.h"
#include "lib/object/manifest.h"
#include "lib/object/model_abi.h"
#include "lib/object/model_writer.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Support/DebugStringHelper.h"
#include "llvm/Config/llvm-config.h"

using namespace mlir;

namespace tern {
namespace {

ManifestTensor describe(const WeightEntry &entry) {
  static constexpr const char *kinds[] = {"ternary", "scale", "dense", "rope", "row_codes", "row_figures"};
  ManifestTensor tensor;
  tensor.name = entry.name;
  tensor.kind = kinds[int(entry.kind)];
  tensor.dtype = entry.dtype;
  tensor.shape = entry.shape;
  tensor.offset = uint64_t(entry.offset);
  tensor.bytes = uint64_t(entry.bytes);
  if (auto weight = dyn_cast<ternary::WeightOp>(entry.declaration)) {
    bool isScale = entry.kind == WeightKind::TernaryScale;
    tensor.source = isScale ? weight.getScales().value_or("").str() : weight.getSource().str();
    if (!isScale) {
      tensor.layout = layoutName(ternary::toLayout(weight.getLayoutAttr()));
      tensor.storage = weight.getStorage().str();
      tensor.format = formatText(weight.getFormat().getFormat());
    }
  } else if (auto dense = dyn_cast<decoder::TensorOp>(entry.declaration)) {
    tensor.source = dense.getSource().str();
    tensor.factor = dense.getFactor().value_or("").str();
  } else if (auto codes = dyn_cast<decoder::RowCodesOp>(entry.declaration)) {
    tensor.source =
        SymbolTable::lookupNearestSymbolFrom<decoder::TensorOp>(codes, codes.getMatrixAttr()).getSource().str();
  }
  return tensor;
}

/// The kernel functions of products, which the tile phase marked with their layout and kernel.
void addKernels(ModuleOp module, const KernelSources &sources, Manifest &manifest) {
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    auto mark = function->getAttrOfType<ArrayAttr>("ternary.kernel");
    if (!mark)
      continue;
    auto layout = cast<ternary::LayoutAttr>(mark[0]);
    auto kernel = cast<ternary::KernelAttr>(mark[1]);
    ManifestKernel entry;
    entry.name = function.getSymName().str();
    entry.variant = debugString(kernel);
    entry.layout = layoutName(ternary::toLayout(layout));
    entry.tokens = kernel.getTokens();
    entry.byteTables = !kernel.isExact();
    if (auto shape = function->getAttrOfType<DenseI64ArrayAttr>("ternary.shape")) {
      entry.rows = shape[0];
      entry.columns = shape[1];
      entry.bound = shape[2];
      entry.codesStride = shape[3];
    }
    if (auto source = sources.find(entry.name); source != sources.end()) {
      entry.source = source->second.text;
      entry.sourceLine = source->second.line;
    }
    manifest.kernels.push_back(std::move(entry));
  }
}

Manifest describeModule(ModuleOp module, const TargetInfo &target, const WeightPlan &plan,
                        const KernelSources &sources) {
  auto model = module->getAttrOfType<DictionaryAttr>("decoder.model");
  auto number = [](DictionaryAttr from, StringRef name) { return uint32_t(from.getAs<IntegerAttr>(name).getInt()); };
  Manifest manifest;
  manifest.name = model.getAs<StringAttr>("name").str();
  manifest.architecture = model.getAs<StringAttr>("architecture").str();
  manifest.compilerVersion = TERN_VERSION;
  manifest.llvmVersion = LLVM_VERSION_STRING;
  manifest.targetTriple = target.triple;
  manifest.targetCpu = target.cpu;
  manifest.targetFeatures = join(requiredFeatures(target), ",");
  manifest.vocabSize = number(model, "vocab_size");
  manifest.maxContext = number(model, "max_context");
  manifest.prefillBlock = number(module->getAttrOfType<DictionaryAttr>("step.arenas"), "prefill_block");
  if (model.get("bos"))
    manifest.bos = int32_t(number(model, "bos"));
  for (int64_t id : model.getAs<DenseI64ArrayAttr>("eos").asArrayRef())
    manifest.eos.push_back(int32_t(id));
  for (const WeightEntry &entry : plan.entries)
    manifest.tensors.push_back(describe(entry));
  addKernels(module, sources, manifest);
  if (auto stages = module->getAttrOfType<DictionaryAttr>(step::kStagesAttr))
    for (auto [function, list] :
         {std::pair(TERN_SYMBOL_DECODE, &manifest.decodeStages),
          std::pair(TERN_SYMBOL_PREFILL, &manifest.prefillStages),
          std::pair(TERN_SYMBOL_LOGITS_BLOCK, &manifest.headBlockStages),
          std::pair(TERN_SYMBOL_LOGITS, &manifest.headStages), std::pair(TERN_SYMBOL_SCREEN, &manifest.headStages),
          std::pair(TERN_SYMBOL_LOGITS_ROWS, &manifest.headStages)})
      if (auto names = stages.getAs<ArrayAttr>(function))
        for (Attribute name : names)
          list->push_back(cast<StringAttr>(name).str());
  if (auto parts = module->getAttrOfType<DictionaryAttr>(step::kPartsAttr))
    for (NamedAttribute part : parts)
      manifest.stageParts[part.getName().str()] = cast<StringAttr>(part.getValue()).str();
  if (auto operators = module->getAttrOfType<DictionaryAttr>(step::kOperatorsAttr))
    for (NamedAttribute function : operators)
      manifest.operators[function.getName().str()] = operatorsAsJson(cast<ArrayAttr>(function.getValue()));
  return manifest;
}

} // namespace

Status writeModel(ModuleOp module, const TargetInfo &target, const Checkpoint &checkpoint,
                  const std::string &objectCode, const KernelSources &sources, const CompileOptions &options) {
  Result<std::string> code = linkSharedObject(objectCode, options.sanitizer != Sanitizer::None);
  if (!code)
    return code.error();
  WeightPlan plan = planWeights(module);
  std::string manifest = jsonText(describeModule(module, target, plan, sources).toJson(), 1);
  ModelParts parts;
  parts.code = *code;
  parts.weightsBytes = uint64_t(plan.bytes);
  parts.weights = [&](const ByteSink &sink) { return packWeights(plan, checkpoint, sink, options.progress); };
  if (options.keepTokenizer)
    parts.tokenizer = checkpoint.tokenizer();
  parts.manifest = manifest;
  return writeModelObject(parts, options.output);
}

} // namespace tern
