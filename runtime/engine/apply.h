//===- apply.h - Rows through an export ------------------------------------===//
#pragma once

#include "runtime/step/step_runner.h"

#include <span>
#include <vector>

namespace tern {

/// What an export from rows of floats to rows of floats takes and gives: a layer, a classifier, a solver.
struct RowExport {
  const Export *exported = nullptr;
  const Export *single = nullptr; ///< the same for one row alone, faster there; may be null
  uint64_t inputColumns = 0, outputColumns = 0;
};

/// The export of this name, or when it is empty the model's whole graph or its only export. An error that lists what
/// there is when there is no such export, or it takes or gives something else than rows of float32.
Result<RowExport> findRowExport(const Model &model, const std::string &name);

/// The outputs of rows, [rows][outputColumns], in blocks of at most the export's most_rows. Where a model has
/// positions they are the first ones of one sequence, of which it can address so many; else they are independent.
Result<std::vector<float>> applyRows(StepRunner &runner, const RowExport &through, std::span<const float> rows);

} // namespace tern
