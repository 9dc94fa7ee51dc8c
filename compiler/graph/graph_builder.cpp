//===- graph_builder.cpp - Builds a graph out of checked tensors ----------===//
#include "compiler/graph/graph_builder.h"

#include "compiler/graph/rope_frequencies.h"
#include "lib/base/text.h"
#include "lib/object/decoder_exports.h"
#include "lib/weights/storage.h"

#include "mlir/IR/SymbolTable.h"

#include <cmath>

using namespace mlir;

namespace tern {

static std::string headTensor() { return std::string(kHeadModule) + ".weight"; }

GraphBuilder::GraphBuilder(MLIRContext &context, const Checkpoint &checkpoint, StringRef family, int64_t maxContext,
                           Type cache, const ActivationCodes &floats)
    : checkpoint(checkpoint), declarations(&context), body(&context), cacheElement(cache), floats(floats) {
  const ModelConfig &config = checkpoint.config();
  module = ModuleOp::create(declarations, at(checkpoint.name()), StringRef(checkpoint.name()));
  auto number = [&](int64_t value) { return body.getI64IntegerAttr(value); };
  SmallVector<NamedAttribute> model = {body.getNamedAttr("name", body.getStringAttr(checkpoint.name())),
                                       body.getNamedAttr("architecture", body.getStringAttr(family)),
                                       body.getNamedAttr("vocab_size", number(config.vocabSize)),
                                       body.getNamedAttr("hidden_size", number(config.hiddenSize)),
                                       body.getNamedAttr("max_context", number(maxContext)),
                                       body.getNamedAttr("eos", body.getDenseI64ArrayAttr(config.eos))};
  if (config.bos)
    model.push_back(body.getNamedAttr("bos", number(*config.bos)));
  (*module)->setAttr("decoder.model", body.getDictionaryAttr(model));

  body.setInsertionPointToEnd(module->getBody());
  auto idsType = RankedTensorType::get({ShapedType::kDynamic}, body.getI32Type());
  auto type = body.getFunctionType({idsType, step::PositionsType::get(&context)}, {rowsOf(config.vocabSize)});
  forward = func::FuncOp::create(body, at("forward"), "forward", type);
  ids = forward.addEntryBlock()->getArgument(0);
  positions = forward.getArgument(1);
  forward.setArgAttr(0, step::kPortAttr, step::PortAttr::get(&context, kTokensPort, step::PortExtent::Rows));
  forward.setResultAttr(0, step::kPortAttr, step::PortAttr::get(&context, kLogitsPort, step::PortExtent::Outputs));
  declarations.setInsertionPoint(forward);
  body.setInsertionPointToStart(&forward.getBody().front());

  llvm::SmallVector<float> frequencies = scaledRopeFrequencies(config.rope, config.headDim);
  decoder::RopeTableOp::create(declarations, at("rope"), "rope", maxContext, config.headDim, APFloat(config.rope.theta),
                               frequencies.empty() ? DenseF32ArrayAttr() : body.getDenseF32ArrayAttr(frequencies));
}

RankedTensorType GraphBuilder::rowsOf(int64_t columns) {
  return RankedTensorType::get({ShapedType::kDynamic, columns}, body.getF32Type());
}
int64_t GraphBuilder::columnsOf(Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); }
Location GraphBuilder::at(const std::string &name) { return NameLoc::get(body.getStringAttr(name)); }

void GraphBuilder::fail(const std::string &message) {
  if (error.empty())
    error = message;
}

static std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t dim : shape)
    text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text.empty() ? "a single number" : text;
}

bool GraphBuilder::checkTensor(const std::string &tensor, ArrayRef<int64_t> shape, bool isFloat) {
  used.insert(tensor);
  Result<TensorView> view = checkpoint.find(tensor);
  if (!view) {
    fail(view.error().message);
    return false;
  }
  bool matches = ArrayRef(view->info->shape) == shape;
  if (!matches)
    fail(view->where() + ": has shape " + shapeText(view->info->shape) + ", but config.json asks for " +
         shapeText(shape));
  DType dtype = view->info->dtype;
  if (isFloat ? !tern::isFloat(dtype) : dtype != DType::U8) {
    fail(view->where() + ": has dtype " + std::string(dtypeName(dtype)) + ", but " + (isFloat ? "a float type" : "U8") +
         " is needed");
    return false;
  }
  return matches;
}

void GraphBuilder::declareTensor(const std::string &name, const std::string &tensor, ArrayRef<int64_t> shape,
                                 Type element, const std::string &factor) {
  if (SymbolTable::lookupSymbolIn(*module, name))
    return;
  if (checkTensor(tensor, shape, true) && (factor.empty() || checkScale(factor)))
    decoder::TensorOp::create(declarations, at(tensor), name, RankedTensorType::get(shape, element), tensor,
                              factor.empty() ? StringAttr() : body.getStringAttr(factor));
}

bool GraphBuilder::checkScale(const std::string &tensor) {
  Result<TensorView> view = checkpoint.find(tensor);
  if (!view) {
    fail(view.error().message);
    return false;
  }
  if (view->info->elements() != 1) {
    fail(view->where() + ": has shape " + shapeText(view->info->shape) + ", but one scale for the matrix is supported");
    return false;
  }
  return checkTensor(tensor, view->info->shape, true);
}

void GraphBuilder::declareTernary(const std::string &name, const std::string &moduleName, const std::string &tensor,
                                  int64_t rows, int64_t columns) {
  Result<TensorView> view = checkpoint.find(tensor);
  if (!view)
    return fail(view.error().message);
  auto known = llvm::find_if(
      storages(), [&](const Storage *storage) { return storage->recognises(checkpoint.config(), *view->info); });
  if (known == storages().end())
    return fail(view->where() + ": has dtype " + std::string(dtypeName(view->info->dtype)) +
                ", but config.json asks for weights that are ternary floats");
  const Storage &storage = **known;
  if (rows % storage.rowsInOne != 0)
    return fail(checkpoint.folder() + "/config.json: " + moduleName + " has " + std::to_string(rows) +
                " rows, but weights stored as " + std::string(storage.name) + " need a multiple of " +
                std::to_string(storage.rowsInOne));
  if (!checkTensor(tensor, {rows / storage.rowsInOne, columns}, storage.isFloat))
    return;
  Result<WeightDeclaration> weight = storage.declare(checkpoint, moduleName, tensor, rows, columns);
  if (!weight)
    return fail(weight.error().message);
  used.insert(weight->scales);
  ternary::WeightOp::create(declarations, at(moduleName), name, rows, columns, tensor, weight->storage,
                            ternary::FormatAttr::get(body.getContext(), weight->format),
                            weight->scales.empty() ? StringAttr() : body.getStringAttr(weight->scales),
                            ternary::LayoutAttr());
}

/// Matrices keep the checkpoint's values exactly: bf16 as it is, other float types as f32.
Type GraphBuilder::matrixElement(const std::string &tensor) {
  Result<TensorView> view = checkpoint.find(tensor);
  return view && view->info->dtype == DType::BF16 ? Type(body.getBF16Type()) : Type(body.getF32Type());
}

/// As transformers 5 reads modules_to_not_convert. Where transformers 4 read it otherwise, the weights tell which of
/// them wrote the checkpoint: transformers 5 has no use for floats in a BitLinear, nor in an offline AutoBitLinear
/// unless they are trits with a scale (without one it multiplies by memory that nothing was written to).
bool GraphBuilder::isConverted(const std::string &moduleName, const std::string &tensor) {
  if (config().mode == QuantizationMode::None)
    return !config().staysDense(moduleName);
  bool dense = config().staysDense(moduleName), differ = dense != config().staysDenseInTransformers4(moduleName);
  if (config().mode == QuantizationMode::Online) {
    if (differ && moduleName != kHeadModule)
      fail(checkpoint.folder() + "/config.json: quantization_config: modules_to_not_convert names " + moduleName +
           " in transformers 4, but not in transformers 5, where a name must begin or end the path of the module");
    return !dense;
  }
  Result<TensorView> view = checkpoint.find(tensor);
  if (view && (view->info->dtype == DType::U8 || (!dense && isTernaryStorage(*view->info))))
    return true;
  if (dense || !view) // what is missing is an error later
    return !dense;
  if (config().linearClass == LinearClass::AutoBitLinear && checkpoint.find(moduleName + std::string(kScaleSuffix)))
    return true;
  if (!differ)
    fail(view->where() + ": has dtype " + std::string(dtypeName(view->info->dtype)) +
         ", but config.json says that weights are packed (U8); layers that were not quantised belong in "
         "modules_to_not_convert, and master weights need linear_class autobitlinear and quantization_mode online");
  return false;
}

Value GraphBuilder::embed(const std::string &name, const std::string &tensor) {
  declareTensor(name, tensor, {config().vocabSize, config().hiddenSize}, matrixElement(tensor));
  return decoder::EmbedOp::create(body, at(tensor), rowsOf(config().hiddenSize), ids, name);
}

Value GraphBuilder::norm(Value x, const std::string &name, const std::string &tensor, double eps) {
  declareTensor(name, tensor, {columnsOf(x)}, body.getF32Type());
  return decoder::RmsNormOp::create(body, at(tensor), x.getType(), x, StringRef(name), APFloat(float(eps)));
}

Value GraphBuilder::layerNorm(Value x, double eps) {
  return decoder::LayerNormOp::create(body, at("layer_norm"), x.getType(), x, APFloat(float(eps)));
}

Value GraphBuilder::hadamard(Value x) {
  int64_t columns = columnsOf(x);
  return decoder::HadamardOp::create(body, at("hadamard"), x.getType(), x, columns & -columns);
}

Value GraphBuilder::keepTop(Value x, double fraction, int64_t block) {
  block = block == 0 ? columnsOf(x) : block;
  if (columnsOf(x) % block != 0)
    fail(checkpoint.folder() + "/config.json: tern: keep_block " + std::to_string(block) + " does not divide the " +
         std::to_string(columnsOf(x)) + " inputs of a linear");
  auto keep = std::max<int64_t>(1, int64_t(std::floor(fraction * double(block))));
  return decoder::KeepTopOp::create(body, at("kept"), x.getType(), x, keep, block);
}

Value GraphBuilder::dense(Value x, int64_t rows, const std::string &name, const std::string &tensor) {
  declareTensor(name, tensor, {rows, columnsOf(x)}, matrixElement(tensor));
  return decoder::LinearOp::create(body, at(tensor), rowsOf(rows), x, name);
}

Value GraphBuilder::ternaryLinear(Value x, int64_t rows, const std::string &name, const std::string &moduleName,
                                  const std::string &tensor, const ActivationCodes &codes) {
  if (config().useRmsNorm)
    x = norm(x, name + ".norm", moduleName + ".rms_norm.weight", config().linearRmsNormEps);
  declareTernary(name, moduleName, tensor, rows, columnsOf(x));
  MLIRContext *context = body.getContext();
  return ternary::LinearOp::create(body, at(moduleName), rowsOf(rows), x, FlatSymbolRefAttr::get(context, name),
                                   ternary::CodesAttr::get(context, codes));
}

Value GraphBuilder::linear(Value x, int64_t rows, const std::string &name, const std::string &moduleName, bool bias,
                           const std::optional<ActivationCodes> &given) {
  ActivationCodes codes = given.value_or(codesByDefault.value_or(ActivationCodes()));
  std::string tensor = moduleName + ".weight";
  bool converted = isConverted(moduleName, tensor);
  Value result = converted ? ternaryLinear(x, rows, name, moduleName, tensor, codes) : dense(x, rows, name, tensor);
  if (!bias)
    return result;
  // An offline AutoBitLinear of transformers multiplies the sum of product and bias by weight_scale.
  bool scaled =
      converted && config().linearClass == LinearClass::AutoBitLinear && config().mode == QuantizationMode::Offline;
  declareTensor(name + ".bias", moduleName + ".bias", {rows}, body.getF32Type(),
                scaled ? moduleName + std::string(kScaleSuffix) : std::string());
  return decoder::AddBiasOp::create(body, at(moduleName + ".bias"), result.getType(), result,
                                    StringRef(name + ".bias"));
}

// As transformers 5 ties weights (PreTrainedModel.tie_weights): the one that is missing to the one that is there, and
// not where a checkpoint has both, with other values.

std::string GraphBuilder::embeddingTensor() const {
  const std::string embedding = "model.embed_tokens.weight", head = headTensor();
  return config().tieWordEmbeddings && !checkpoint.find(embedding) && checkpoint.find(head) ? head : embedding;
}

std::string GraphBuilder::tiedTo(const std::string &embedding) {
  std::string head = headTensor();
  if (!config().tieWordEmbeddings || embedding == head)
    return head;
  Result<TensorView> input = checkpoint.find(embedding), output = checkpoint.find(head);
  if (!input || !output)
    return embedding;
  used.insert(head); // where it is the embedding once more, nothing else reads it
  Result<bool> same = checkpoint.same(*input, *output);
  if (!same)
    fail(same.error().message);
  return same && *same ? embedding : head;
}

Value GraphBuilder::head(Value x, const std::string &name, const std::string &embedding, const std::string &tensor) {
  std::string moduleName(kHeadModule), source = tiedTo(tensor);
  if (isConverted(moduleName, source))
    return ternaryLinear(x, config().vocabSize, name, moduleName, source,
                         codesByDefault.value_or(ActivationCodes()));
  return dense(x, config().vocabSize, source == tensor ? embedding : name, source);
}

Value GraphBuilder::rope(Value x) {
  return decoder::RopeOp::create(body, at("rope"), x.getType(), x, positions, "rope");
}

Value GraphBuilder::cacheAppend(Value x, decoder::CacheRole role, const std::string &name) {
  auto type = decoder::CacheType::get(body.getContext(), role, config().kvHeads, config().headDim, cacheElement);
  decoder::CacheOp::create(declarations, at(name), name, type);
  return decoder::CacheAppendOp::create(body, at(name), type, x, positions, name);
}

Value GraphBuilder::attention(Value query, Value keys, Value values) {
  float scale = float(1.0 / std::sqrt(double(config().headDim)));
  return decoder::AttentionOp::create(body, at("attention"), query.getType(), query, keys, values, positions,
                                      APFloat(scale));
}

Value GraphBuilder::gate(Value gate, Value up) {
  auto activation = config().hiddenAct == HiddenAct::Relu2 ? decoder::Activation::Relu2 : decoder::Activation::Silu;
  return decoder::GateOp::create(body, at("gate"), gate.getType(), gate, up, activation);
}

Value GraphBuilder::add(Value lhs, Value rhs) { return arith::AddFOp::create(body, at("residual"), lhs, rhs); }

Value GraphBuilder::takeOutputs(Value x) { return decoder::TakeOutputsOp::create(body, at("outputs"), x.getType(), x); }

void GraphBuilder::endLayer(Value x, const std::string &name) {
  if (Operation *op = x.getDefiningOp()) // none after an error
    op->setAttr(step::kLayerAttr, body.getStringAttr(name));
}

void GraphBuilder::checkAllUsed() {
  // What old versions of transformers wrote beside the weights: numbers that follow from config.json.
  constexpr StringLiteral kDerived[] = {".rotary_emb.inv_freq"};
  std::vector<std::string> left;
  for (const std::string &tensor : checkpoint.tensors())
    if (!used.contains(tensor) &&
        llvm::none_of(kDerived, [&](StringRef suffix) { return StringRef(tensor).ends_with(suffix); }))
      left.push_back(printable(tensor));
  if (left.empty())
    return;
  constexpr size_t kShown = 6;
  std::string more = left.size() > kShown ? " and " + std::to_string(left.size() - kShown) + " more" : "";
  size_t count = left.size();
  left.resize(std::min(count, kShown));
  fail(checkpoint.folder() + ": has " + std::to_string(count) + " tensor" + (count == 1 ? "" : "s") +
       " that the graph of its family does not use, so it is another model than config.json says: " + join(left, ", ") +
       more);
}

Result<OwningOpRef<ModuleOp>> GraphBuilder::finish(Value logits) {
  func::ReturnOp::create(body, at("forward"), logits);
  if (error.empty()) // a tensor that is missing says more
    checkAllUsed();
  if (!error.empty())
    return Error{error};
  return std::move(module);
}

} // namespace tern
