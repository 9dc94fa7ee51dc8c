//===- model_shapes.cpp - What a model multiplies ------------------------------===//
#include "compiler/tune/model_shapes.h"

#include "compiler/driver/register.h"
#include "compiler/import/open_model.h"
#include "compiler/select/product_traits.h"
#include "dialects/ternary/Ternary.h"
#include "lib/base/file.h"
#include "lib/base/paths.h"
#include "lib/object/model_file.h"

#include "mlir/IR/MLIRContext.h"

#include <algorithm>

namespace tern {
namespace {

void addShape(ModelShapes &model, int64_t rows, int64_t columns) {
  for (ModelShape &shape : model.shapes)
    if (shape.rows == rows && shape.columns == columns) {
      ++shape.count;
      return;
    }
  model.shapes.push_back({rows, columns, 1});
}

Result<ModelShapes> readCheckpoint(const std::string &folder, int64_t block) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  Result<OpenedModel> opened = openModel(context, folder);
  if (!opened)
    return opened.error();
  ModelShapes model{{}, block};
  mlir::SymbolTable symbols(*opened->module);
  opened->module->walk([&](ternary::LinearOp linear) {
    auto weight = symbols.lookup<ternary::WeightOp>(linear.getWeight());
    int64_t planes = linear.getQuantizer().toCodes().planes();
    if (!isTunedByShape({expectedDensity(linear.getInput()), weight.getFormat().group(), planes}))
      return; // ternary-apply-tuning takes no choice by shape for it
    addShape(model, int64_t(weight.getRows()), int64_t(weight.getColumns()));
  });
  return model;
}

/// Columns of a group with a scale of its own; 0: there are none, or the format is unknown.
int64_t groupOf(const ManifestTensor &tensor) {
  Result<WeightFormat> format = parseWeightFormat(tensor.format);
  return format && format->scale ? format->scale->along.group : 0;
}

/// The object may be for another machine: only its description is read.
Result<ModelShapes> readObject(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.error();
  Result<ModelContents> contents = parseModelObject(file->bytes(), Verify::Auto, path);
  if (!contents)
    return contents.error();
  ModelShapes model{{}, int64_t(contents->manifest.prefillBlock)};
  int64_t planes = contents->manifest.activations == Activations::Floats ? 2 : 1;
  for (const ManifestTensor &tensor : contents->manifest.tensors)
    if (tensor.kind == "ternary" && tensor.shape.size() == 2 && isTunedByShape({1, groupOf(tensor), planes}))
      addShape(model, tensor.shape[0], tensor.shape[1]);
  return model;
}

} // namespace

Result<ModelShapes> readModelShapes(const std::string &path, int64_t block) {
  Result<ModelShapes> model = isOfKind(path, kModelKind) ? readObject(path) : readCheckpoint(path, block);
  if (!model)
    return model;
  if (model->shapes.empty())
    return Error{path +
                 ": has no ternary weights to tune for: those whose products skip zeros, take codes of 16 bits or "
                 "meet scales of groups are not tuned by shape"};
  std::ranges::sort(model->shapes, std::greater(), [](const ModelShape &shape) {
    return std::tuple(shape.rows * shape.columns * shape.count, shape.rows);
  });
  return model;
}

} // namespace tern
