//===- open_model.cpp - Where the compilation of a checkpoint begins ----------===//
#include "compiler/import/open_model.h"

namespace tern {

Result<Checkpoint> openCheckpoint(const std::string &path, I2sBlocks i2s, const TakeNote &note) {
  Result<Checkpoint> opened = Checkpoint::open(path, i2s);
  if (opened && note)
    for (const std::string &each : opened->notes())
      note(path + ": " + each);
  return opened;
}

Result<OpenedModel> openModel(mlir::MLIRContext &context, const std::string &folder, const OpenOptions &options) {
  Result<Checkpoint> checkpoint = openCheckpoint(folder, options.i2s, options.note);
  if (!checkpoint)
    return checkpoint.error();
  Result<TargetInfo> target = resolveTarget(options.cpu, options.triple);
  if (!target)
    return target.error();
  if (options.onTarget)
    options.onTarget(*target);
  Result<mlir::OwningOpRef<mlir::ModuleOp>> module = importCheckpoint(context, *checkpoint, options.import);
  if (!module)
    return module.error();
  setTarget(**module, *target);
  return OpenedModel{std::move(*checkpoint), std::move(*target), std::move(*module)};
}

} // namespace tern
