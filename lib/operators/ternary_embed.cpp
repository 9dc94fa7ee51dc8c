//===- ternary_embed.cpp - Rows of a packed matrix -----------------------===//
#include "lib/operators/reference.h"

namespace tern {
namespace {

Results compute(const Context &c) {
  std::string name = c.text("weight"), along = c.text("scales");
  Result<Trits> matrix = c.weights.ternary(name);
  if (!matrix)
    return matrix.error();
  Row scales = {1};
  if (along != "groups") {
    Result<Row> stored = c.weights.row(name + ".scale", 0);
    if (!stored)
      return stored.error();
    scales = std::move(*stored);
  }
  size_t columns = size_t(matrix->columns), groups = matrix->groupScales.size() / size_t(matrix->rows);
  Matrix rows;
  for (const Row &id : c.input(0)) {
    auto row = size_t(id[0]);
    if (row >= size_t(matrix->rows) || (along == "rows" && row >= scales.size()))
      return c.error("has an id that is no row of its matrix");
    Row &values = rows.emplace_back(columns);
    for (size_t i = 0; i < columns; ++i) {
      double scale = along == "groups" ? double(matrix->groupScales[row * groups + i / (columns / groups)])
                                       : scales[along == "rows" ? row : 0];
      values[i] = matrix->values[row * columns + i] * scale;
    }
  }
  return std::vector<Matrix>{std::move(rows)};
}

} // namespace

namespace reference {
ReferenceOperator ternary_embed() {
  return {"ternary.embed", 1, {{"weight", AttributeType::Text}, {"scales", AttributeType::Text}}, compute};
}
} // namespace reference

} // namespace tern
