//===- model_object.cpp - Phase model: code, weights, tokenizer, manifest ----===//
#include "compiler/driver/model_object.h"

#include "compiler/emit/link.h"
#include "compiler/emit/model_frame.h"
#include "compiler/tile/describe_operators.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"
#include "lib/base/text.h"
#include "lib/base/version.h"
#include "lib/object/manifest.h"
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
      entry.group = shape[4];
    }
    if (auto source = sources.find(entry.name); source != sources.end()) {
      entry.source = source->second.text;
      entry.sourceLine = source->second.line;
    }
    manifest.kernels.push_back(std::move(entry));
  }
}

/// The step functions, in the order of struct tern_library.
void addExports(ModuleOp module, Manifest &manifest) {
  static constexpr const char *types[] = {"f32", "bf16", "i32", "i8"}; // TERN_TYPE_*
  static constexpr const char *extents[] = {"rows", "outputs", "listed", "fixed"};
  auto stages = module->getAttrOfType<DictionaryAttr>(step::kStagesAttr);
  auto operators = module->getAttrOfType<DictionaryAttr>(step::kOperatorsAttr);
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    auto name = function->getAttrOfType<StringAttr>(step::kExportAttr);
    if (!name)
      continue;
    ManifestExport exported;
    exported.name = name.str();
    SmallVector<step::Port> ports = step::portsOf(function);
    exported.mostRows = mostRowsOf(ports);
    for (const step::Port &port : ports) {
      ArrayRef<int64_t> shape = port.type.getShape();
      exported.ports.push_back({port.port.getName().str(), types[portType(port)], extents[portExtent(port)],
                                std::vector<int64_t>(shape.begin(), shape.end()), port.output});
    }
    if (auto names = stages ? stages.getAs<ArrayAttr>(function.getSymName()) : ArrayAttr())
      for (Attribute stage : names)
        exported.stages.push_back(cast<StringAttr>(stage).str());
    if (auto list = operators ? operators.getAs<ArrayAttr>(function.getSymName()) : ArrayAttr())
      exported.operators = operatorsAsJson(list);
    manifest.exports.push_back(std::move(exported));
  }
}

Manifest describeModule(ModuleOp module, const TargetInfo &target, const tern_model_header &header,
                        const WeightPlan &plan, const KernelSources &sources) {
  auto model = module->getAttrOfType<DictionaryAttr>("decoder.model");
  Manifest manifest;
  manifest.name = model.getAs<StringAttr>("name").str();
  manifest.architecture = model.getAs<StringAttr>("architecture").str();
  manifest.compilerVersion = TERN_VERSION;
  manifest.llvmVersion = LLVM_VERSION_STRING;
  manifest.targetTriple = target.triple;
  manifest.targetCpu = target.cpu;
  manifest.targetFeatures = join(requiredFeatures(target), ",");
  manifest.vocabSize = header.vocab_size;
  manifest.maxContext = header.max_context;
  manifest.prefillBlock = header.prefill_block;
  if (auto bos = model.getAs<IntegerAttr>("bos"))
    manifest.bos = int32_t(bos.getInt());
  if (auto eos = model.getAs<DenseI64ArrayAttr>("eos"))
    manifest.eos.assign(eos.asArrayRef().begin(), eos.asArrayRef().end());
  for (const WeightEntry &entry : plan.entries)
    manifest.tensors.push_back(describe(entry));
  addKernels(module, sources, manifest);
  addExports(module, manifest);
  if (auto parts = module->getAttrOfType<DictionaryAttr>(step::kPartsAttr))
    for (NamedAttribute part : parts)
      manifest.stageParts[part.getName().str()] = cast<StringAttr>(part.getValue()).str();
  return manifest;
}

} // namespace

Status writeModel(ModuleOp module, const TargetInfo &target, const Checkpoint &checkpoint,
                  const std::string &objectCode, const KernelSources &sources, const CompileOptions &options) {
  Result<std::string> code = linkSharedObject(objectCode, options.sanitizer != Sanitizer::None);
  if (!code)
    return code.error();
  WeightPlan plan = planWeights(module);
  Result<tern_model_header> header = describeModel(module, target);
  if (!header)
    return header.error();
  std::string manifest = jsonText(describeModule(module, target, *header, plan, sources).toJson(), 1);
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
