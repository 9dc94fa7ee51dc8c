//===- step_memory.h - What a running step has in its arenas ------------------===//
#pragma once

#include "lib/object/model_abi.h"
#include "lib/operators/operator.h"

namespace tern {

/// Reads tensors out of the buffers of a step of one thread and, where it has positions, of one run. Outputs are taken
/// to be wanted for all rows (tern_step.first_output 0).
class StepMemory {
public:
  StepMemory(const tern_model_header &header, const tern_export &exported, const tern_step &step)
      : header(header), exported(exported), step(step) {}

  /// The tensor's rows of this step; of a cache, those of this step's tokens. An error when the tensor does not lie
  /// within its arena or is no port.
  Result<Matrix> read(const OperatorTensor &tensor) const;
  /// A cache's rows of all positions up to this step's last one.
  Result<Matrix> readCache(const OperatorTensor &cache) const { return readCache(cache, 0); }

private:
  Result<Matrix> readCache(const OperatorTensor &cache, uint64_t first) const;
  uint64_t rowsOf(const OperatorTensor &tensor) const;
  uint64_t position() const { return step.n_runs ? step.runs[0].position : 0; }

  const tern_model_header &header;
  const tern_export &exported;
  const tern_step &step;
};

} // namespace tern
