//===- apply.cpp - Rows through an export -----------------------------------===//
#include "runtime/engine/apply.h"

#include "lib/object/decoder_exports.h"
#include "runtime/engine/page_pool.h"

#include <algorithm>
#include <numeric>

namespace tern {
namespace {

/// The width of the rows of a port; 0 when it is no such port.
uint64_t columnsOf(const Export &exported, std::string_view name, bool output) {
  std::span ports(exported.code->ports, exported.code->n_ports);
  for (const tern_port &port : ports)
    if (port.name == name && port.type == TERN_TYPE_F32 && port.extent == TERN_EXTENT_ROWS && port.rank == 2 &&
        bool(port.output) == output)
      return port.shape[1];
  return 0;
}

} // namespace

Result<RowExport> findRowExport(const Model &model, const std::string &name) {
  RowExport found;
  if (!name.empty()) {
    found.exported = model.find(name);
  } else if ((found.exported = model.find(kForwardBlockExport))) {
    found.single = model.find(kForwardRowExport);
  } else if (model.exports().size() == 1) {
    found.exported = &model.exports().front();
  }
  const std::string there = "; its exports are " + model.exportNames();
  if (!found.exported)
    return Error{model.path() + ": exports no " + (name.empty() ? "whole graph from rows to rows" : name) + there};
  const std::string which = found.exported->code->name;
  found.inputColumns = columnsOf(*found.exported, kInputPort, false);
  found.outputColumns = columnsOf(*found.exported, kOutputPort, true);
  if (found.inputColumns == 0 || found.outputColumns == 0 || found.exported->code->n_ports != 2)
    return Error{model.path() + ": " + which + " does not go from rows of floats to rows of floats" + there};
  return found;
}

Result<std::vector<float>> applyRows(StepRunner &runner, const RowExport &through, std::span<const float> rows) {
  const Model &model = runner.model();
  const tern_model_header &header = model.header();
  uint64_t count = rows.size() / through.inputColumns;
  std::optional<PagePool> pool;
  std::vector<uint32_t> pages;
  if (header.max_context != 0 && count > header.max_context)
    return Error{model.path() + ": can address " + std::to_string(header.max_context) + " positions, not " +
                 std::to_string(count)};
  if (header.cache_bytes_per_token != 0) {
    pages.resize((count + header.cache_page - 1) / header.cache_page);
    std::iota(pages.begin(), pages.end(), 0u);
    Result<PagePool> made = PagePool::create(header, uint32_t(pages.size()));
    if (!made)
      return made.error();
    pool = std::move(*made);
  }
  std::vector<float> outputs(count * through.outputColumns);
  for (uint64_t first = 0; first < count;) {
    uint64_t size = std::min(through.exported->code->most_rows, count - first);
    Step step(size == 1 && through.single ? *through.single : *through.exported);
    const tern_run run = {size, first, pages.data()};
    step.rows = size;
    step.runs = std::span(&run, 1);
    step.cache = pool ? pool->data() : nullptr;
    step.port(kInputPort, rows.data() + first * through.inputColumns)
        .port(kOutputPort, outputs.data() + first * through.outputColumns);
    runner.run(step);
    first += size;
  }
  return outputs;
}

} // namespace tern
