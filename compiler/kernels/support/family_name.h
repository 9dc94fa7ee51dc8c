//===- family_name.h - What the name of a kernel family says ----------------===//
#pragma once

#include "lib/base/result.h"

#include "llvm/ADT/StringRef.h"

#include <string>

namespace tern {

/// The name of a kernel family, "dot2-columns-v64":
///
///   name   = method [ "-" word ] "-" size [ "-" isa ]
///   method = "dot" bits | "bits" planes | encoding   dot2, dot1.6: the bits of a weight; bits1: its planes; lut3, tl1:
///   an
///                                                    encoding of lookups
///   word   = "column-lanes"                          columns lie in lanes (without a word rows do),
///          | "columns"                               or the layout is columns2, and columns of zero codes are skipped;
///          | "full" | "lossy"                        tables of bit planes that have all entries, or entries of a byte
///   size   = "v16" | "v32" | "v64"                   the bytes of a vector
///          | "amx"                                   blocks of tokens by tile registers, one token as v64
///   isa    = "vnni" | "i8mm"                         where families of one size differ in it
struct FamilyName {
  std::string method, word, size, isa; ///< of which `word` and `isa` may be empty

  std::string text() const;
};

/// Errors: what a name of no family has, or lacks. That a family is what its name says, select_test.cpp checks.
Result<FamilyName> parseFamilyName(llvm::StringRef name);

} // namespace tern
