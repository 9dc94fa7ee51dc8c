//===- instruction_mix.h - What kinds of instructions a loop has ----------------===//
#pragma once

#include "compiler/explain/disassemble.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace tern {

struct MixEntry {
  std::string kind; ///< "dot", "table lookup", "logic", "shift", "load", "prefetch", ...
  size_t count;
  std::string mnemonics; ///< "vpdpbusd 16"
};

/// Counts by kind, most first. An instruction with a memory operand that computes counts as what it computes.
std::vector<MixEntry> instructionMix(const MachineTables &tables, llvm::ArrayRef<MachineInstruction> instructions);

/// Bytes that one instruction loads from memory; 0 for none or unknown.
unsigned loadedBytes(const MachineTables &tables, const MachineInstruction &instruction);

} // namespace tern
