//===- weight_plan.cpp - Where each weight lies in .tern.weights ----------===//
#include "compiler/tile/weight_plan.h"

#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"
#include "lib/head/row_codes.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tern {

const WeightEntry *WeightPlan::find(StringRef name) const {
  for (const WeightEntry &entry : entries)
    if (entry.name == name)
      return &entry;
  return nullptr;
}

WeightPlan planWeights(ModuleOp module) {
  WeightPlan plan;
  auto add = [&](Operation *op, WeightKind kind, std::string name, std::string dtype, ArrayRef<int64_t> shape,
                 int64_t bytes) {
    // One cache line: a 64-byte vector load never straddles two.
    int64_t offset = llvm::alignTo(plan.bytes, 64);
    plan.entries.push_back({op, kind, std::move(name), std::move(dtype), shape.vec(), offset, bytes});
    plan.bytes = offset + bytes;
  };
  for (Operation &op : module.getOps()) {
    llvm::TypeSwitch<Operation *>(&op)
        .Case<ternary::WeightOp>([&](ternary::WeightOp weight) {
          int64_t rows = weight.getRows(), columns = weight.getColumns();
          Layout layout = ternary::toLayout(weight.getLayoutAttr());
          add(weight, WeightKind::Ternary, weight.getSymName().str(), "ternary", {rows, columns},
              layout.matrixBytes(rows, columns));
          std::string scale = (weight.getSymName() + ".scale").str();
          if (int64_t group = weight.getFormat().group()) { // where a kernel meets them (ternary.gemm)
            std::vector<int64_t> shape = {layout.paddedRows(rows) / layout.tileRows, columns / group, layout.tileRows};
            add(weight, WeightKind::TernaryScale, scale, "f32", shape, 4 * shape[0] * shape[1] * shape[2]);
            return;
          }
          int64_t scales = weight.getFormat().scalesRows() ? rows : weight.getFormat().scalesColumns() ? columns : 1;
          add(weight, WeightKind::TernaryScale, scale, "f32", {scales}, 4 * scales);
        })
        .Case<decoder::TensorOp>([&](decoder::TensorOp tensor) {
          auto type = cast<RankedTensorType>(tensor.getType());
          bool isBf16 = type.getElementType().isBF16();
          add(tensor, WeightKind::Dense, tensor.getSymName().str(), isBf16 ? "bf16" : "f32", type.getShape(),
              type.getNumElements() * (isBf16 ? 2 : 4));
        })
        .Case<decoder::RowCodesOp>([&](decoder::RowCodesOp codes) {
          auto type = cast<RankedTensorType>(
              SymbolTable::lookupNearestSymbolFrom<decoder::TensorOp>(codes, codes.getMatrixAttr()).getType());
          int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
          add(codes, WeightKind::RowCodes, codes.getSymName().str(), "codes", {rows, columns},
              rows * (codeRowBytes(columns, 0) + codeRowBytes(columns, 1)));
          add(codes, WeightKind::RowFigures, (codes.getSymName() + ".figures").str(), "f32", {kRowFigures, rows},
              kRowFigures * rows * 4);
        })
        .Case<decoder::RopeTableOp>([&](decoder::RopeTableOp table) {
          int64_t positions = table.getPositions(), half = table.getHeadDim() / 2;
          add(table, WeightKind::RopeTable, table.getSymName().str(), "f32", {positions, 2, half},
              positions * 2 * half * 4);
        });
  }
  return plan;
}

} // namespace tern
