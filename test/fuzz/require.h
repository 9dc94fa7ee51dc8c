//===- require.h - What must hold, in fuzz targets -----------------------------===//
#pragma once

#include "lib/base/result.h"

#include <cstdlib>

namespace tern {

inline void require(bool holds) {
  if (!holds)
    abort();
}

/// Every error is one line that says something.
inline void requireOneLine(const Error &error) {
  require(!error.message.empty() && error.message.find('\n') == std::string::npos);
}

} // namespace tern
