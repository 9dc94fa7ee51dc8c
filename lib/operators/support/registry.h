//===- registry.h - The operators that have a reference ----------------------===//
#pragma once

#include "lib/operators/reference.h"

namespace tern {

/// One for each file of lib/operators (generated, CMakeLists.txt).
std::vector<ReferenceOperator> allReferences();

} // namespace tern
