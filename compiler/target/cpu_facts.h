//===- cpu_facts.h - What was measured on a CPU ----------------------------===//
//
// What does not follow from a target's features and was measured instead. Who needs a fact asks for it by its name; CPU
// names are compared in cpu_facts.cpp and nowhere else.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tern {

/// The defaults are for CPUs that were not measured. Nothing: what the kernel family says holds.
struct CpuFacts {
  /// Bytes ahead that a kernel with rows in lanes fetches its weights; 0: the hardware does it better.
  std::optional<int64_t> rowsFetch = {};
  /// Bytes ahead that a kernel which skips columns of zero codes fetches them.
  std::optional<int64_t> columnsFetch = {};
  /// Up to how many percent of columns with codes that are not zero such a kernel skips the others.
  std::optional<int64_t> columnsSkipBelow = {};
  /// Columns that are fetched at most so many bytes ahead go to the first-level cache, and so do columns in memory
  /// order; further ahead the listed ones go to the second level, and the hardware fetches those in order.
  int64_t firstLevelFetch = 6144;
  /// Bytes of the rows' codes ahead that screening the output head fetches, and into the cache of which level.
  int64_t screenFetch = 10240;
  int64_t screenFetchLevel = 2;
};

/// A fact that a kernel family asks for, such as &CpuFacts::columnsFetch.
using CpuFact = std::optional<int64_t> CpuFacts::*;

/// The facts of the CPU of that name (LLVM's); the defaults when it was not measured.
const CpuFacts &cpuFacts(std::string_view cpu);

} // namespace tern
