//===- import.cpp - From a checkpoint to its graph ------------------------===//
#include "compiler/import/import.h"

#include "compiler/families/family.h"

#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace tern {
Result<OwningOpRef<ModuleOp>> importCheckpoint(MLIRContext &context, const Checkpoint &checkpoint,
                                               const ImportOptions &options) {
  const ModelConfig &config = checkpoint.config();
  int64_t maxContext = options.context > 0 ? options.context : config.maxPositions;
  if (maxContext > config.maxPositions)
    return Error{checkpoint.configPath() + ": the model has " + std::to_string(config.maxPositions) +
                 " positions, fewer than the context of " + std::to_string(maxContext) + " asked for"};
  context.loadDialect<arith::ArithDialect, decoder::DecoderDialect, func::FuncDialect, ternary::TernaryDialect>();
  SmallVector<const Family *, 2> known;
  std::string names;
  for (const Family *family : families()) {
    names += (names.empty() ? "" : ", ") + std::string(family->name);
    if (family->recognises(checkpoint))
      known.push_back(family);
  }
  if (known.empty())
    return Error{checkpoint.folder() + ": is of no family that is known; there are: " + names};
  if (known.size() > 1)
    return Error{checkpoint.folder() + ": is of two families, " + known[0]->name + " and " + known[1]->name +
                 "; please report this as a bug of ternc"};
  const Family &family = *known.front();

  Builder types(&context);
  Type element = options.cache == CacheElement::F32   ? Type(types.getF32Type())
                 : options.cache == CacheElement::F16 ? Type(types.getF16Type())
                                                      : Type(types.getI8Type());
  ActivationCodes floats = options.floatActivations.value_or(ActivationCodes::wide());
  GraphBuilder graph(context, checkpoint, family.name, maxContext, element, floats);
  Result<OwningOpRef<ModuleOp>> module = graph.finish(family.build(graph));
  if (module && options.floatActivations && !graph.hasFloatActivations())
    return Error{checkpoint.folder() + ": was trained with activations of few bits, as " + family.name +
                 " models are, so there is nothing to choose with --activations"};
  if (module && graph.hasFloatActivations() && floats.planes() == 1 && options.warn)
    options.warn(checkpoint.folder() +
                 ": the model was trained with float activations, and linear layers here take them as codes of " +
                 std::to_string(floats.bits) +
                 " bits: its answers are near those of the checkpoint, not equal to them");
  if (module && failed(verify(**module)))
    return Error{checkpoint.folder() + ": the imported graph does not verify; please report this as a bug of ternc"};
  return module;
}

} // namespace tern
