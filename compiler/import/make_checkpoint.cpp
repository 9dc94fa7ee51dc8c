//===- make_checkpoint.cpp - Checkpoints of any family, made up ---------------===//
#include "compiler/import/make_checkpoint.h"

#include "compiler/graph/recorded_tensors.h"
#include "compiler/import/read_model.h"
#include "lib/base/file.h"

using namespace mlir;

namespace tern {

/// What the family asks for where every tensor is there.
static Result<std::vector<MadeTensor>> tensorsOf(const ConfigFiles &config) {
  Result<ReadModel> read = readModel(config);
  if (!read)
    return read.error();
  MLIRContext context(MLIRContext::Threading::DISABLED);
  loadGraphDialects(context);
  RecordedTensors tensors(config.path);
  GraphBuilder graph(context, tensors, read->model.text, read->family->name, read->model.text.maxPositions,
                     Float32Type::get(&context), ActivationCodes());
  if (Result<OwningOpRef<ModuleOp>> module = graph.finish(read->model.build(graph)); !module)
    return module.error();
  return tensors.tensors();
}

Status makeCheckpoint(const std::string &configPath, uint64_t seed, const std::string &folder, bool force) {
  constexpr uint64_t kMaxBytes = 1 << 20;
  Result<std::string> text = readFile(configPath, kMaxBytes);
  if (!text)
    return text.error();
  Result<ConfigFiles> config = ConfigFiles::parse(*text, "", configPath);
  if (!config)
    return config.error();
  Result<std::vector<MadeTensor>> tensors = tensorsOf(*config);
  if (!tensors)
    return tensors.error();
  return generateCheckpoint(*tensors, *text, seed, folder, force);
}

} // namespace tern
