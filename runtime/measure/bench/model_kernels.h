//===- model_kernels.h - The product kernels of a model object, ready to call --===//
#pragma once

#include "lib/base/result.h"
#include "runtime/measure/bench/kernel_bench.h"
#include "runtime/model/model.h"

#include <memory>
#include <vector>

namespace tern {

/// The kernels that the manifest lists, found in the object's symbol table; the model stays loaded as long as one of
/// them lives. The family is the kernel's name.
Result<std::vector<NamedKernel>> modelKernels(const std::shared_ptr<Model> &model);

} // namespace tern
