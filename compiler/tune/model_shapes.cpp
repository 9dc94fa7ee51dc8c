//===- model_shapes.cpp - What a model multiplies ------------------------------===//
#include "compiler/tune/model_shapes.h"

#include "compiler/driver/register.h"
#include "compiler/import/import.h"
#include "compiler/select/product_traits.h"
#include "dialects/ternary/Ternary.h"
#include "lib/base/file.h"
#include "lib/object/model_file.h"

#include "mlir/IR/MLIRContext.h"

#include <algorithm>
#include <filesystem>

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
  Result<Checkpoint> checkpoint = Checkpoint::open(folder);
  if (!checkpoint)
    return checkpoint.error();
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  Result<mlir::OwningOpRef<mlir::ModuleOp>> module = importCheckpoint(context, *checkpoint, {});
  if (!module)
    return module.error();
  ModelShapes model{{}, block};
  mlir::SymbolTable symbols(**module);
  (**module).walk([&](ternary::LinearOp linear) {
    if (expectedDensity(linear.getInput()) < 1)
      return; // ternary-apply-tuning takes no choice by shape for it
    auto weight = symbols.lookup<ternary::WeightOp>(linear.getWeight());
    addShape(model, int64_t(weight.getRows()), int64_t(weight.getColumns()));
  });
  return model;
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
  for (const ManifestTensor &tensor : contents->manifest.tensors)
    if (tensor.kind == "ternary" && tensor.shape.size() == 2)
      addShape(model, tensor.shape[0], tensor.shape[1]);
  return model;
}

} // namespace

Result<ModelShapes> readModelShapes(const std::string &path, int64_t block) {
  std::error_code ignored;
  bool folder = std::filesystem::is_directory(path, ignored);
  Result<ModelShapes> model = folder ? readCheckpoint(path, block) : readObject(path);
  if (!model)
    return model;
  if (model->shapes.empty())
    return Error{path + ": has no ternary weights to tune for"};
  std::ranges::sort(model->shapes, std::greater(), [](const ModelShape &shape) {
    return std::tuple(shape.rows * shape.columns * shape.count, shape.rows);
  });
  return model;
}

} // namespace tern
