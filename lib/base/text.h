//===- text.h - Small helpers for messages --------------------------------===//
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// The items with `separator` between them.
std::string join(std::span<const std::string> items, std::string_view separator);

/// Up to `count` of the candidates, nearest to `name` by edit distance first; those that share
/// nothing with it are left out.
std::vector<std::string> nearestNames(std::string_view name, std::span<const std::string> candidates, size_t count);

/// The items of "a,b,c"; none for an empty text.
std::vector<std::string> splitCommas(std::string_view text);

/// A name out of a file as it may stand in a one-line message: control characters become '?', a
/// long text is cut in the middle.
std::string printable(std::string_view text);

/// The same in double quotes.
std::string quote(std::string_view text);

/// "1.2 MB", in powers of 1000.
std::string formatBytes(uint64_t bytes);

} // namespace tern
