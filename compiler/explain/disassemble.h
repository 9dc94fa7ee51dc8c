//===- disassemble.h - The instructions of one function of an ELF object -------===//
#pragma once

#include "compiler/target/target.h"
#include "lib/base/result.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/MC/MCInst.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class MCAsmInfo;
class MCContext;
class MCDisassembler;
class MCInstPrinter;
class MCInstrAnalysis;
class MCInstrInfo;
class MCRegisterInfo;
class MCSubtargetInfo;
class Target;
} // namespace llvm

namespace tern {

/// LLVM's tables of one target: what its instructions are and how they are written.
class MachineTables {
public:
  static Result<std::unique_ptr<MachineTables>> create(const TargetInfo &target);
  ~MachineTables();

  const llvm::Target *backend;
  std::unique_ptr<llvm::MCRegisterInfo> registers;
  std::unique_ptr<llvm::MCAsmInfo> assembly;
  std::unique_ptr<llvm::MCInstrInfo> instructions;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
  std::unique_ptr<llvm::MCContext> context;
  std::unique_ptr<llvm::MCDisassembler> disassembler;
  std::unique_ptr<llvm::MCInstrAnalysis> analysis;
  std::unique_ptr<llvm::MCInstPrinter> printer;

private:
  MachineTables();
};

struct MachineInstruction {
  uint64_t address = 0, size = 0; ///< in bytes
  llvm::MCInst instruction;
  std::string text;                     ///< "vpdpbusd zmm0, zmm1, zmm2"
  unsigned line = 0;                    ///< in the file of the line table; 0: unknown
  std::optional<uint64_t> branchTarget; ///< of a jump to a known address
  /// "vpdpbusd"
  llvm::StringRef mnemonic() const {
    return llvm::StringRef(text).take_until([](char c) { return c == ' ' || c == '\t'; });
  }
};

struct MachineFunction {
  std::string name;
  std::string file; ///< that the lines are of; empty without a line table
  std::vector<MachineInstruction> instructions;

  /// The instructions [first, second) of the innermost loop with the most of them; nothing when there is no loop.
  std::optional<std::pair<size_t, size_t>> hotLoop() const;
};

/// Reads the function `symbol` of an ELF shared object (`name` begins errors). Errors: no such function (lists those
/// that there are), bytes that are no instruction.
Result<MachineFunction> disassemble(const MachineTables &tables, llvm::StringRef object, const std::string &symbol,
                                    const std::string &name);

} // namespace tern
