//===- import.cpp - From a checkpoint to its graph ------------------------===//
#include "compiler/import/import.h"

#include "compiler/graph/checkpoint_tensors.h"
#include "compiler/import/read_model.h"

#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace tern {

/// What the graph does not compute as the model was trained.
static constexpr const char *kApproximation =
    "the model was trained with float activations, and linear layers here take them as codes of 8 bits: its answers "
    "are near those of the checkpoint, not equal to them";

Result<OwningOpRef<ModuleOp>> importCheckpoint(MLIRContext &context, const Checkpoint &checkpoint,
                                               const ImportOptions &options) {
  Result<ReadModel> read = readModel(checkpoint.config());
  if (!read)
    return read.error();
  const TextModel &text = read->model.text;
  int64_t maxContext = options.context > 0 ? options.context : text.maxPositions;
  if (maxContext > text.maxPositions)
    return Error{checkpoint.config().path + ": the model has " + std::to_string(text.maxPositions) +
                 " positions, fewer than the context of " + std::to_string(maxContext) + " asked for"};
  loadGraphDialects(context);
  Builder types(&context);
  Type element = options.cache == CacheElement::F32   ? Type(types.getF32Type())
                 : options.cache == CacheElement::F16 ? Type(types.getF16Type())
                                                      : Type(types.getI8Type());
  ActivationCodes codes;
  if (text.floatActivations)
    codes = options.floatActivations.value_or(ActivationCodes::wide());
  else if (options.floatActivations)
    return Error{checkpoint.folder() + ": was trained with activations of few bits, as models of family " +
                 read->family->name + " are, so there is nothing to choose with --activations"};
  CheckpointTensors tensors(checkpoint);
  GraphBuilder graph(context, tensors, text, read->family->name, maxContext, element, codes);
  Result<OwningOpRef<ModuleOp>> module = graph.finish(read->model.build(graph));
  if (module && failed(verify(**module)))
    return Error{checkpoint.folder() + ": the imported graph does not verify; please report this as a bug of ternc"};
  if (module && options.warn && text.floatActivations && codes.planes() == 1)
    options.warn(checkpoint.folder() + ": " + kApproximation);
  return module;
}

} // namespace tern
