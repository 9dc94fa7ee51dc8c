//===- target_info.cpp - What code is made for -----------------------------===//
#include "compiler/target/target_info.h"

#include "compiler/target/instructions.h"
#include "lib/base/text.h"

#include <algorithm>

namespace tern {

/// The AVX-512 of a server: with it everything that 32-byte vectors of floats do is there for 64 bytes.
static constexpr std::string_view kFloat512[] = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"};

bool TargetInfo::has(std::string_view feature) const {
  return std::ranges::any_of(features,
                             [&](std::string_view own) { return own.starts_with('+') && own.substr(1) == feature; });
}

std::string TargetInfo::featureString() const { return join(features, ","); }

std::string_view TargetInfo::architecture() const { return std::string_view(triple).substr(0, triple.find('-')); }

VectorUnit vectorUnit(const TargetInfo &target) {
  VectorUnit unit{.bytes = 16, .floatBytes = 16, .dotBytes = 16, .registers = 16};
  if (target.has("avx"))
    unit.bytes = unit.floatBytes = 32;
  if (target.has("avx512f"))
    unit.bytes = 64;
  if (std::ranges::all_of(kFloat512, [&](std::string_view feature) { return target.has(feature); }))
    unit.floatBytes = 64;
  for (int64_t bytes : {32, 64})
    if (dotInstruction(target, bytes))
      unit.dotBytes = bytes;
  // AVX-512 F alone reaches the upper 16 registers at 64 bytes only.
  if (target.architecture() == "aarch64" || target.has("avx512vl"))
    unit.registers = 32;
  return unit;
}

} // namespace tern
