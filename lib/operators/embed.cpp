//===- embed.cpp - Rows of the embedding table ---------------------------===//
#include "lib/operators/reference.h"

namespace tern {
namespace {

Results compute(const Context &c) {
  Matrix rows;
  for (int32_t id : c.call.tokens) {
    Result<Row> row = c.weight("table", id);
    if (!row)
      return row.error();
    rows.push_back(std::move(*row));
  }
  return std::vector<Matrix>{std::move(rows)};
}

} // namespace

namespace reference {
ReferenceOperator embed() { return {"decoder.embed", 0, {{"table", AttributeType::Text}}, compute}; }
} // namespace reference

} // namespace tern
