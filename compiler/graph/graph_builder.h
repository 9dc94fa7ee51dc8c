//===- graph_builder.h - Builds a graph out of checked tensors ------------===//
#pragma once

#include "compiler/graph/decoder_shape.h"
#include "compiler/graph/graph_tensors.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"
#include "lib/checkpoint/quantization.h"
#include "lib/object/activations.h"
#include "lib/trit/activation_codes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace tern {

/// What the graph of every decoder of text has, whatever its layers are.
struct TextModel {
  int64_t vocabSize, hiddenSize, maxPositions;
  TokenIds tokens;
  Quantization quantization;
  bool tieWordEmbeddings = false;
  Activations activations = Activations::Codes;
  /// Whether embedding and output head may be trits times scales, as linear layers are; their values tell.
  bool ternaryTables = false;
};

/// Before the first graph of a context is built.
void loadGraphDialects(mlir::MLIRContext &context);

/// Declares tensors as they are used and appends operators to @forward. The first error is kept; what is built after it
/// is thrown away by the caller, so that an architecture reads as a list of operators.
class GraphBuilder {
public:
  /// `family` names the architecture; `cache`: the element type of caches; `codes`: of linear layers that no rule gives
  /// others.
  GraphBuilder(mlir::MLIRContext &context, GraphTensors &tensors, TextModel model, llvm::StringRef family,
               int64_t maxContext, mlir::Type cache, const ActivationCodes &codes);

  /// The tensor of the embedding: the output head's where they are tied and the checkpoint has that one only.
  std::string embeddingTensor() const;

  mlir::Value embed(const std::string &name, const std::string &tensor);
  mlir::Value norm(mlir::Value x, const std::string &name, const std::string &tensor, double eps);
  /// The linear layer of checkpoint module `module`: ternary or, where the checkpoint left it unconverted, dense; with
  /// its bias if it has one.
  mlir::Value linear(mlir::Value x, int64_t rows, const std::string &name, const std::string &module, bool bias,
                     const std::optional<ActivationCodes> &codes = {});
  /// The same of each head of as many numbers as the tensor has.
  mlir::Value headNorm(mlir::Value x, const std::string &name, const std::string &tensor, int64_t headDim, double eps);
  mlir::Value layerNorm(mlir::Value x, double eps);
  /// In runs of the largest power of two that divides the columns.
  mlir::Value hadamard(mlir::Value x);
  /// Of each run of `block` columns (0: of the row), floor(fraction * block) numbers.
  mlir::Value keepTop(mlir::Value x, double fraction, int64_t block);
  /// Logits of the output head, which is named `name` unless it is tied to the embedding `tensor` named `embedding`.
  mlir::Value head(mlir::Value x, const std::string &name, const std::string &embedding, const std::string &tensor);
  /// Declares the angles that `rope` turns heads of `headDim` features by.
  void ropeTable(const RopeConfig &rope, int64_t headDim);
  mlir::Value rope(mlir::Value x);
  /// `x` has the rows of `heads` cache heads.
  mlir::Value cacheAppend(mlir::Value x, int64_t heads, decoder::CacheRole role, const std::string &name);
  mlir::Value attention(mlir::Value query, mlir::Value keys, mlir::Value values);
  mlir::Value gate(mlir::Value gate, mlir::Value up, HiddenAct activation);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value takeOutputs(mlir::Value x);
  /// Says that `x` is what layer `name` gives to the next one; "": what the first layer gets.
  void endLayer(mlir::Value x, const std::string &name);

  /// Ends @forward; the module, or the first error. Tensors that nothing asked for are one.
  Result<mlir::OwningOpRef<mlir::ModuleOp>> finish(mlir::Value logits);

private:
  mlir::RankedTensorType rowsOf(int64_t columns);
  int64_t columnsOf(mlir::Value value);
  mlir::Location at(const std::string &name);
  /// Declares `name` unless it is there already, before @forward; times the number in tensor `factor`, if it is named.
  void declareTensor(const std::string &name, const std::string &tensor, llvm::ArrayRef<int64_t> shape,
                     mlir::Type element, TensorRole role, const std::string &factor = {});
  void declare(const std::string &name, const std::string &module, const WeightDeclaration &weight);
  void declareTernary(const std::string &name, const std::string &module, const std::string &tensor, int64_t rows,
                      int64_t columns);
  /// Declares the embedding or the output head as ternary weights, if it is there as such already or its values are.
  bool declareTernaryTable(const std::string &name, const std::string &module, const std::string &tensor);
  mlir::Type matrixElement(const std::string &tensor);
  /// Whether module `module`, whose weights are `tensor`, is ternary.
  bool isConverted(const std::string &module, const std::string &tensor);
  /// The tensor that the output head reads: its own, or `embedding`.
  std::string tiedTo(const std::string &embedding);
  mlir::Value ternaryLinear(mlir::Value x, int64_t rows, const std::string &name, const std::string &module,
                            const std::string &tensor, const ActivationCodes &codes);
  /// A dense layer over a tensor that may be declared already (a tied head).
  mlir::Value dense(mlir::Value x, int64_t rows, const std::string &name, const std::string &tensor);
  void fail(const std::string &message);

  GraphTensors &tensors;
  TextModel model;
  int64_t maxContext;
  mlir::OpBuilder declarations, body;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp forward;
  mlir::Value ids, positions;
  mlir::Type cacheElement;
  ActivationCodes codes;
  std::string error;
};

} // namespace tern
