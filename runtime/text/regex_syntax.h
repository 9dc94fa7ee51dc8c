//===- regex_syntax.h - Oniguruma's pattern syntax in PCRE2's -------------===//
//
// Hugging Face tokenizers match with Oniguruma in its Ruby syntax over UTF-8; Tern matches with
// PCRE2 (PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, newline = LF). What means something else there is
// written anew here:
//
//   \s \S [[:space:]]  the property White_Space (PCRE2's \s adds U+180E)
//   \w \W \b \B        Alphabetic, Mark, Decimal_Number, Connector_Punctuation (PCRE2's: L, N, '_'); outside of classes
//                      also U+00B2, B3, B9, BC to BE
//   \p{Han}            \p{sc:Han}, the property Script (PCRE2's: Script_Extensions)
//   [[:punct:]]        P and S; \p{Punct}: P; \p{Word}, \p{Alnum} and other names that POSIX has and PCRE2 does not
//   \h \H, \v          hexadecimal digits; U+000B (PCRE2's: horizontal, vertical space)
//   \uHHHH             \x{HHHH}
//   (?m)               (?s), the dot that matches a newline
//   (?i)rest           (?i:rest): the option's group also holds alternatives to its right
//   {,n} {n}? {n,m}+   {0,n}, (?:x{n})?, (?:x{n,m})+: no lazy exact count, no possessive interval
//   x*{2}              (?:x*){2}
//   [a[bc]] [a&&b]     (?>[a]|[bc]), (?>(?=[a])[b]): no classes in classes, so no \W and \H there, no intersections
//
// What has no counterpart is an error: the absent operator, callouts, conditions, extended mode, octal, control and
// raw-byte escapes.
// Case-insensitive matching is by simple folding in both, up to Oniguruma's foldings to several
// characters (U+00DF = ss). Source: Oniguruma's doc/RE and doc/SYNTAX.md; pcre2pattern(3).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <string>
#include <string_view>

namespace tern {

/// The PCRE2 pattern for an Oniguruma one. Errors, without a prefix, name the construct and its
/// offset.
Result<std::string> pcre2FromOniguruma(std::string_view pattern);

} // namespace tern
