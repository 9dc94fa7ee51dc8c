//===- density.h - Zeros among the inputs of ffn_down --------------------------===//
#pragma once

#include "lib/base/result.h"
#include "runtime/model/model.h"

namespace tern {

/// Makes all but a fraction `density` in [0, 1] of the inputs of every ffn_down zero, for all tokens, in this process
/// only: the weights of the norm before it are set to 0 there (in private copies of the file's memory pages), so that
/// the codes are 0 too. Which columns is random, the same in every run. Zeros that the activation makes come on top. An
/// error when the model has no norm before ffn_down.
Status limitDensity(const Model &model, double density);

} // namespace tern
