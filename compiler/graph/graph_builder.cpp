//===- graph_builder.cpp - Builds a graph out of checked tensors ----------===//
#include "compiler/graph/graph_builder.h"

#include "compiler/graph/rope_frequencies.h"
#include "lib/base/text.h"
#include "lib/object/decoder_exports.h"

#include "mlir/IR/SymbolTable.h"

#include <cmath>

using namespace mlir;

namespace tern {

static std::string headTensor() { return std::string(kHeadModule) + ".weight"; }

void loadGraphDialects(MLIRContext &context) {
  context.loadDialect<arith::ArithDialect, decoder::DecoderDialect, func::FuncDialect, ternary::TernaryDialect>();
}

GraphBuilder::GraphBuilder(MLIRContext &context, GraphTensors &tensors, TextModel textModel, StringRef family,
                           int64_t maxContext, Type cache, const ActivationCodes &codes)
    : tensors(tensors), model(std::move(textModel)), maxContext(maxContext), declarations(&context), body(&context),
      cacheElement(cache), codes(codes) {
  module = ModuleOp::create(declarations, at(tensors.name()), StringRef(tensors.name()));
  auto number = [&](int64_t value) { return body.getI64IntegerAttr(value); };
  SmallVector<NamedAttribute> facts = {body.getNamedAttr("name", body.getStringAttr(tensors.name())),
                                       body.getNamedAttr("architecture", body.getStringAttr(family)),
                                       body.getNamedAttr("vocab_size", number(model.vocabSize)),
                                       body.getNamedAttr("hidden_size", number(model.hiddenSize)),
                                       body.getNamedAttr("max_context", number(maxContext)),
                                       body.getNamedAttr("eos", body.getDenseI64ArrayAttr(model.tokens.eos))};
  if (model.tokens.bos)
    facts.push_back(body.getNamedAttr("bos", number(*model.tokens.bos)));
  if (model.activations != Activations::Codes)
    facts.push_back(body.getNamedAttr("activations", body.getStringAttr(activationsName(model.activations))));
  (*module)->setAttr("decoder.model", body.getDictionaryAttr(facts));

  body.setInsertionPointToEnd(module->getBody());
  auto idsType = RankedTensorType::get({ShapedType::kDynamic}, body.getI32Type());
  auto type = body.getFunctionType({idsType, step::PositionsType::get(&context)}, {rowsOf(model.vocabSize)});
  forward = func::FuncOp::create(body, at("forward"), "forward", type);
  ids = forward.addEntryBlock()->getArgument(0);
  positions = forward.getArgument(1);
  forward.setArgAttr(0, step::kPortAttr, step::PortAttr::get(&context, kTokensPort, step::PortExtent::Rows));
  forward.setResultAttr(0, step::kPortAttr, step::PortAttr::get(&context, kLogitsPort, step::PortExtent::Outputs));
  declarations.setInsertionPoint(forward);
  body.setInsertionPointToStart(&forward.getBody().front());
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

void GraphBuilder::declareTensor(const std::string &name, const std::string &tensor, ArrayRef<int64_t> shape,
                                 Type element, TensorRole role, const std::string &factor) {
  if (SymbolTable::lookupSymbolIn(*module, name))
    return;
  Status status = tensors.need(tensor, shape, role);
  if (status && !factor.empty())
    status = tensors.needScale(factor);
  if (!status)
    return fail(status.error().message);
  decoder::TensorOp::create(declarations, at(tensor), name, RankedTensorType::get(shape, element), tensor,
                            factor.empty() ? StringAttr() : body.getStringAttr(factor));
}

void GraphBuilder::declareTernary(const std::string &name, const std::string &moduleName, const std::string &tensor,
                                  int64_t rows, int64_t columns) {
  Result<WeightDeclaration> weight = tensors.needWeights(model.quantization, moduleName, tensor, rows, columns);
  if (!weight)
    return fail(weight.error().message);
  declare(name, moduleName, *weight);
}

void GraphBuilder::declare(const std::string &name, const std::string &moduleName, const WeightDeclaration &weight) {
  ternary::WeightOp::create(declarations, at(moduleName), name, weight.rows, weight.columns, weight.source,
                            weight.storage, ternary::FormatAttr::get(body.getContext(), weight.format),
                            weight.scales.empty() ? StringAttr() : body.getStringAttr(weight.scales),
                            ternary::LayoutAttr());
}

bool GraphBuilder::declareTernaryTable(const std::string &name, const std::string &moduleName,
                                       const std::string &tensor) {
  if (Operation *known = SymbolTable::lookupSymbolIn(*module, name))
    return isa<ternary::WeightOp>(known);
  if (!model.ternaryTables && !tensors.isTernary(tensor))
    return false;
  Result<WeightDeclaration> weight =
      tensors.needWeights(model.quantization, moduleName, tensor, model.vocabSize, model.hiddenSize);
  if (weight) // else it is a table of floats
    declare(name, moduleName, *weight);
  return bool(weight);
}

/// Matrices keep the checkpoint's values exactly: bf16 as it is, other float types as f32.
Type GraphBuilder::matrixElement(const std::string &tensor) {
  return tensors.dtypeOf(tensor) == DType::BF16 ? Type(body.getBF16Type()) : Type(body.getF32Type());
}

/// As transformers 5 reads modules_to_not_convert. Where transformers 4 read it otherwise, the weights tell which of
/// them wrote the checkpoint: transformers 5 has no use for floats in a BitLinear, nor in an offline AutoBitLinear
/// unless they are trits with a scale (without one it multiplies by memory that nothing was written to).
bool GraphBuilder::isConverted(const std::string &moduleName, const std::string &tensor) {
  if (model.quantization.mode == QuantizationMode::None)
    return !model.quantization.staysDense(moduleName);
  bool dense = model.quantization.staysDense(moduleName),
       differ = dense != model.quantization.staysDenseInTransformers4(moduleName);
  if (model.quantization.mode == QuantizationMode::Online) {
    if (differ && moduleName != kHeadModule)
      fail(tensors.configPath() + ": quantization_config: modules_to_not_convert names " + moduleName +
           " in transformers 4, but not in transformers 5, where a name must begin or end the path of the module");
    return !dense;
  }
  std::optional<DType> dtype = tensors.dtypeOf(tensor);
  if (dtype == DType::U8 || (!dense && tensors.isTernary(tensor)))
    return true;
  if (dense || !dtype) // what is missing is an error later
    return !dense;
  if (model.quantization.linearClass == LinearClass::AutoBitLinear &&
      tensors.dtypeOf(moduleName + std::string(kScaleSuffix)))
    return true;
  if (!differ)
    fail(tensors.where(tensor) + ": has dtype " + std::string(dtypeName(*dtype)) +
         ", but config.json says that weights are packed (U8); layers that were not quantised belong in "
         "modules_to_not_convert, and master weights need linear_class autobitlinear and quantization_mode online");
  return false;
}

Value GraphBuilder::embed(const std::string &name, const std::string &tensor) {
  if (declareTernaryTable(name, tensor.substr(0, tensor.rfind('.')), tensor))
    return ternary::EmbedOp::create(body, at(tensor), rowsOf(model.hiddenSize), ids, name);
  declareTensor(name, tensor, {model.vocabSize, model.hiddenSize}, matrixElement(tensor), TensorRole::Matrix);
  return decoder::EmbedOp::create(body, at(tensor), rowsOf(model.hiddenSize), ids, name);
}

Value GraphBuilder::norm(Value x, const std::string &name, const std::string &tensor, double eps) {
  declareTensor(name, tensor, {columnsOf(x)}, body.getF32Type(), TensorRole::Norm);
  return decoder::RmsNormOp::create(body, at(tensor), x.getType(), x, StringRef(name), APFloat(float(eps)));
}

Value GraphBuilder::headNorm(Value x, const std::string &name, const std::string &tensor, int64_t headDim, double eps) {
  declareTensor(name, tensor, {headDim}, body.getF32Type(), TensorRole::Norm);
  return decoder::HeadNormOp::create(body, at(tensor), x.getType(), x, StringRef(name), APFloat(float(eps)));
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
    fail(tensors.configPath() + ": tern: keep_block " + std::to_string(block) + " does not divide the " +
         std::to_string(columnsOf(x)) + " inputs of a linear");
  auto keep = std::max<int64_t>(1, int64_t(std::floor(fraction * double(block))));
  return decoder::KeepTopOp::create(body, at("kept"), x.getType(), x, keep, block);
}

Value GraphBuilder::dense(Value x, int64_t rows, const std::string &name, const std::string &tensor) {
  declareTensor(name, tensor, {rows, columnsOf(x)}, matrixElement(tensor), TensorRole::Matrix);
  return decoder::LinearOp::create(body, at(tensor), rowsOf(rows), x, name);
}

Value GraphBuilder::ternaryLinear(Value x, int64_t rows, const std::string &name, const std::string &moduleName,
                                  const std::string &tensor, const ActivationCodes &codes) {
  if (model.quantization.useRmsNorm)
    x = norm(x, name + ".norm", moduleName + ".rms_norm.weight", model.quantization.rmsNormEps);
  declareTernary(name, moduleName, tensor, rows, columnsOf(x));
  MLIRContext *context = body.getContext();
  return ternary::LinearOp::create(body, at(moduleName), rowsOf(rows), x, FlatSymbolRefAttr::get(context, name),
                                   ternary::CodesAttr::get(context, codes));
}

Value GraphBuilder::linear(Value x, int64_t rows, const std::string &name, const std::string &moduleName, bool bias,
                           const std::optional<ActivationCodes> &given) {
  std::string tensor = moduleName + ".weight";
  bool converted = isConverted(moduleName, tensor);
  Value result = converted ? ternaryLinear(x, rows, name, moduleName, tensor, given.value_or(codes))
                           : dense(x, rows, name, tensor);
  if (!bias)
    return result;
  // An offline AutoBitLinear of transformers multiplies the sum of product and bias by weight_scale.
  bool scaled = converted && model.quantization.linearClass == LinearClass::AutoBitLinear &&
                model.quantization.mode == QuantizationMode::Offline;
  declareTensor(name + ".bias", moduleName + ".bias", {rows}, body.getF32Type(), TensorRole::Bias,
                scaled ? moduleName + std::string(kScaleSuffix) : std::string());
  return decoder::AddBiasOp::create(body, at(moduleName + ".bias"), result.getType(), result,
                                    StringRef(name + ".bias"));
}

// As transformers 5 ties weights (PreTrainedModel.tie_weights): the one that is missing to the one that is there, and
// not where a checkpoint has both, with other values.

std::string GraphBuilder::embeddingTensor() const {
  const std::string embedding = "model.embed_tokens.weight", head = headTensor();
  return model.tieWordEmbeddings && !tensors.dtypeOf(embedding) && tensors.dtypeOf(head) ? head : embedding;
}

std::string GraphBuilder::tiedTo(const std::string &embedding) {
  std::string head = headTensor();
  if (!model.tieWordEmbeddings || embedding == head)
    return head;
  if (!tensors.dtypeOf(embedding) || !tensors.dtypeOf(head))
    return embedding;
  Result<bool> same = tensors.same(embedding, head);
  if (!same)
    fail(same.error().message);
  return same && *same ? embedding : head;
}

Value GraphBuilder::head(Value x, const std::string &name, const std::string &embedding, const std::string &tensor) {
  std::string moduleName(kHeadModule), source = tiedTo(tensor), table = source == tensor ? embedding : name;
  if (declareTernaryTable(table, moduleName, source)) {
    MLIRContext *context = body.getContext();
    return ternary::LinearOp::create(body, at(moduleName), rowsOf(model.vocabSize), x,
                                     FlatSymbolRefAttr::get(context, table), ternary::CodesAttr::get(context, codes));
  }
  if (isConverted(moduleName, source))
    return ternaryLinear(x, model.vocabSize, name, moduleName, source, codes);
  return dense(x, model.vocabSize, table, source);
}

void GraphBuilder::ropeTable(const RopeConfig &rope, int64_t headDim) {
  llvm::SmallVector<float> frequencies = scaledRopeFrequencies(rope, headDim);
  decoder::RopeTableOp::create(declarations, at("rope"), "rope", maxContext, headDim, APFloat(rope.theta),
                               frequencies.empty() ? DenseF32ArrayAttr() : body.getDenseF32ArrayAttr(frequencies));
}

Value GraphBuilder::rope(Value x) {
  return decoder::RopeOp::create(body, at("rope"), x.getType(), x, positions, "rope");
}

Value GraphBuilder::cacheAppend(Value x, int64_t heads, decoder::CacheRole role, const std::string &name) {
  auto type = decoder::CacheType::get(body.getContext(), role, heads, columnsOf(x) / heads, cacheElement);
  decoder::CacheOp::create(declarations, at(name), name, type);
  return decoder::CacheAppendOp::create(body, at(name), type, x, positions, name);
}

Value GraphBuilder::attention(Value query, Value keys, Value values) {
  float scale = float(1.0 / std::sqrt(double(cast<decoder::CacheType>(keys.getType()).getHeadDim())));
  return decoder::AttentionOp::create(body, at("attention"), query.getType(), query, keys, values, positions,
                                      APFloat(scale));
}

Value GraphBuilder::gate(Value gate, Value up, HiddenAct hiddenAct) {
  auto activation = hiddenAct == HiddenAct::Relu2 ? decoder::Activation::Relu2 : decoder::Activation::Silu;
  return decoder::GateOp::create(body, at("gate"), gate.getType(), gate, up, activation);
}

Value GraphBuilder::add(Value lhs, Value rhs) { return arith::AddFOp::create(body, at("residual"), lhs, rhs); }

Value GraphBuilder::takeOutputs(Value x) { return decoder::TakeOutputsOp::create(body, at("outputs"), x.getType(), x); }

void GraphBuilder::endLayer(Value x, const std::string &name) {
  if (Operation *op = x.getDefiningOp()) // none after an error
    op->setAttr(step::kLayerAttr, body.getStringAttr(name));
}

Result<OwningOpRef<ModuleOp>> GraphBuilder::finish(Value logits) {
  func::ReturnOp::create(body, at("forward"), logits);
  if (error.empty()) // a tensor that is missing says more
    if (Status status = tensors.checkAllUsed(); !status)
      return status.error();
  if (!error.empty())
    return Error{error};
  return std::move(module);
}

} // namespace tern
