//===- embed.cpp - Rows of the embedding table ---------------------------===//
#include "lib/operators/reference.h"

namespace tern {
namespace {

Results compute(const Context &c) {
  Matrix rows;
  for (const Row &id : c.input(0)) {
    Result<Row> row = c.weight("table", int64_t(id[0]));
    if (!row)
      return row.error();
    rows.push_back(std::move(*row));
  }
  return std::vector<Matrix>{std::move(rows)};
}

} // namespace

namespace reference {
ReferenceOperator embed() { return {"decoder.embed", 1, {{"table", AttributeType::Text}}, compute}; }
} // namespace reference

} // namespace tern
