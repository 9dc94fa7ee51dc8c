//===- text_bounds.h - What MLIR's parser can take ------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <string>
#include <string_view>

namespace tern {

/// MLIR's parser calls itself for what lies in brackets and for each operator of an affine expression, and reads the
/// digits of a number in quadratic time: a text that goes far beyond what people and compilers write would take the
/// stack, or for ever. An error, with the text's name and the line, when it does: more than 256 brackets in each other,
/// more than 1,000 operators or 400 digits in a row. What stands in strings and comments does not count.
Status checkTextBounds(std::string_view text, const std::string &name);

} // namespace tern
