//===- features.h - What generated code may ask of a CPU ------------------===//
//
// One table of CPU features by LLVM's names. The compiler writes into a model object those that its
// code needs; the runtime refuses an object whose needs the running CPU, or its operating system,
// does not meet.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// Whether the table has this feature, of whatever architecture. What every CPU of an architecture
/// has (sse2) and what only system software uses (invpcid) is not in it.
bool isKnownFeature(std::string_view name);

/// The features of the table that the running CPU has and the operating system saves the registers
/// of; sorted.
std::vector<std::string> hostFeatures();

/// Those of "avx2,fma,..." that are not in `present`, in the order they are named. A name that is
/// not in the table counts as missing.
std::vector<std::string> missingFeatures(std::string_view required, std::span<const std::string> present);

/// The same for the running CPU.
std::vector<std::string> missingFeatures(std::string_view required);

/// The running CPU as its maker calls it ("AMD Ryzen 9 7950X"), or its architecture.
std::string hostCpuBrand();

} // namespace tern
