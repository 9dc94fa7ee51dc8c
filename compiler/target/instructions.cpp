//===- instructions.cpp - Which instruction an operation becomes -----------===//
#include "compiler/target/instructions.h"

#include <algorithm>

namespace tern {
namespace {

/// The int16 form cannot saturate: see ternary.dot.
const std::vector<DotInstruction> &dotInstructions() {
  static const std::vector<DotInstruction> table = {
      {64, {"avx512vnni"}, "llvm.x86.avx512.vpdpbusd.512", "", ""},
      {32, {"avx512vnni", "avx512vl"}, "llvm.x86.avx512.vpdpbusd.256", "", ""},
      {16, {"avx512vnni", "avx512vl"}, "llvm.x86.avx512.vpdpbusd.128", "", ""},
      {32, {"avxvnni"}, "llvm.x86.avx512.vpdpbusd.256", "", ""},
      {16, {"avxvnni"}, "llvm.x86.avx512.vpdpbusd.128", "", ""},
      {64, {"avx512bw"}, "", "llvm.x86.avx512.pmaddubs.w.512", "llvm.x86.avx512.pmaddw.d.512"},
      {32, {"avx2"}, "", "llvm.x86.avx2.pmadd.ub.sw", "llvm.x86.avx2.pmadd.wd"},
      {16, {"ssse3"}, "", "llvm.x86.ssse3.pmadd.ub.sw.128", "llvm.x86.sse2.pmadd.wd"},
      {16, {"i8mm", "neon"}, "llvm.aarch64.neon.usdot", "", ""},
  };
  return table;
}

/// A pshufb takes each 16 lanes' entries from the same 16 bytes of its table, so a table of 16 repeated to the
/// register's width is one for all lanes.
const std::vector<LookupInstruction> &lookupInstructions() {
  static const std::vector<LookupInstruction> table = {
      {16, 32, 32, {"avx512bw"}, "llvm.x86.avx512.permvar.hi.512", PastTable::Wraps},
      {16, 16, 16, {"avx512bw", "avx512vl"}, "llvm.x86.avx512.permvar.hi.256", PastTable::Wraps},
      {8, 64, 64, {"avx512vbmi"}, "llvm.x86.avx512.permvar.qi.512", PastTable::Wraps},
      {8, 32, 32, {"avx512vbmi", "avx512vl"}, "llvm.x86.avx512.permvar.qi.256", PastTable::Wraps},
      {8, 16, 64, {"avx512bw"}, "llvm.x86.avx512.pshuf.b.512", PastTable::LowNibble},
      {8, 16, 32, {"avx2"}, "llvm.x86.avx2.pshuf.b", PastTable::LowNibble},
      {8, 16, 16, {"ssse3"}, "llvm.x86.ssse3.pshuf.b.128", PastTable::LowNibble},
      {8, 16, 16, {"neon"}, "llvm.aarch64.neon.tbl1", PastTable::Zero},
  };
  return table;
}

template <typename Instruction, typename Fits>
const Instruction *first(const std::vector<Instruction> &table, const TargetInfo &target, Fits fits) {
  auto found = std::ranges::find_if(table, [&](const Instruction &instruction) {
    return fits(instruction) &&
           std::ranges::all_of(instruction.features, [&](std::string_view feature) { return target.has(feature); });
  });
  return found == table.end() ? nullptr : &*found;
}

template <typename Instruction, typename Fits>
std::vector<FeatureSet> features(const std::vector<Instruction> &table, Fits fits) {
  std::vector<FeatureSet> sets;
  for (const Instruction &instruction : table)
    if (fits(instruction))
      sets.push_back(instruction.features);
  return sets;
}

auto dots(int64_t bytes) {
  return [=](const DotInstruction &instruction) { return instruction.bytes == bytes; };
}

auto lookups(unsigned bits, int64_t entries, int64_t lanes) {
  return [=](const LookupInstruction &instruction) {
    return instruction.bits == bits && instruction.lanes == lanes && entries <= instruction.entries;
  };
}

} // namespace

const DotInstruction *dotInstruction(const TargetInfo &target, int64_t bytes) {
  return first(dotInstructions(), target, dots(bytes));
}

const LookupInstruction *lookupInstruction(const TargetInfo &target, unsigned bits, int64_t entries, int64_t lanes) {
  return first(lookupInstructions(), target, lookups(bits, entries, lanes));
}

const LookupInstruction *nibbleShuffle(const TargetInfo &target, int64_t bytes) {
  return first(lookupInstructions(), target, [&](const LookupInstruction &instruction) {
    return instruction.lanes == bytes && instruction.past == PastTable::LowNibble;
  });
}

bool permutesTables(const TargetInfo &target) { return target.has("avx512vbmi"); }

bool compressesWords(const TargetInfo &target) { return target.has("avx512f"); }

std::vector<FeatureSet> dotFeatures(int64_t bytes) { return features(dotInstructions(), dots(bytes)); }

std::vector<FeatureSet> lookupFeatures(unsigned bits, int64_t entries, int64_t lanes) {
  return features(lookupInstructions(), lookups(bits, entries, lanes));
}

} // namespace tern
