//===- instruction_mix.cpp - What kinds of instructions a loop has --------------===//
#include "compiler/explain/instruction_mix.h"

#include "llvm/MC/MCInstrDesc.h"
#include "llvm/MC/MCInstrInfo.h"

#include <algorithm>
#include <map>

using namespace llvm;

namespace tern {

static bool beginsWith(StringRef name, std::initializer_list<StringRef> prefixes) {
  return llvm::any_of(prefixes, [&](StringRef prefix) { return name.starts_with(prefix); });
}

static std::string kindOf(const MachineTables &tables, const MachineInstruction &entry) {
  const MCInstrDesc &description = tables.instructions->get(entry.instruction.getOpcode());
  StringRef name = entry.mnemonic();
  if (name.starts_with("prefetch") || name.starts_with("prfm"))
    return "prefetch";
  if (description.isBranch() || description.isCall() || description.isReturn())
    return "control";
  if (beginsWith(name, {"vpdp", "sdot", "udot", "usdot", "smmla", "usmmla", "vpmaddubsw", "pmaddubsw", "tdp"}))
    return "dot";
  if (beginsWith(name, {"vpshufb", "pshufb", "vperm", "vpermi2", "vpermt2", "tbl", "tbx"}))
    return "table lookup";
  if (beginsWith(name, {"vpmadd", "pmadd", "vpmul", "pmul", "vmul", "smull", "umull", "mul", "imul"}))
    return "multiply";
  if (beginsWith(name, {"vpand", "pand", "vpor", "por", "vpxor", "pxor", "vpternlog", "and", "or", "eor", "xor", "bic",
                        "kand", "kor"}))
    return "logic";
  if (beginsWith(
          name, {"vpsrl", "vpsll", "vpsra", "psrl", "psll", "psra", "sshr", "ushr", "shl", "shr", "sar", "lsr", "lsl"}))
    return "shift";
  if (beginsWith(name, {"vpcmp", "pcmp", "vptestm", "cmp", "test", "cmeq", "cmgt"}))
    return "compare";
  if (beginsWith(name, {"vpadd", "padd", "vpsub", "psub", "add", "sub", "inc", "dec", "vadd", "saddlp", "uaddlp"}))
    return "add";
  if (beginsWith(name, {"vpbroadcast", "vbroadcast", "dup"}))
    return "broadcast";
  if (beginsWith(name, {"vextract", "vinsert", "vpunpck", "punpck", "vpblend", "vpack", "vpalign", "vshuf", "pshuf",
                        "vpshuf", "zip", "uzp"}))
    return "shuffle";
  if (description.mayStore())
    return "store";
  if (description.mayLoad())
    return "load";
  return beginsWith(name, {"mov", "vmov", "lea", "kmov"}) ? "move" : "other";
}

std::vector<MixEntry> instructionMix(const MachineTables &tables, ArrayRef<MachineInstruction> instructions) {
  std::map<std::string, std::map<std::string, size_t>> counts;
  for (const MachineInstruction &entry : instructions)
    ++counts[kindOf(tables, entry)][entry.mnemonic().str()];
  std::vector<MixEntry> mix;
  for (const auto &[kind, mnemonics] : counts) {
    MixEntry entry{kind, 0, ""};
    for (const auto &[mnemonic, count] : mnemonics) {
      entry.count += count;
      entry.mnemonics += (entry.mnemonics.empty() ? "" : ", ") + mnemonic + " " + std::to_string(count);
    }
    mix.push_back(std::move(entry));
  }
  std::ranges::sort(mix, {}, [](const MixEntry &entry) { return std::pair(-int64_t(entry.count), entry.kind); });
  return mix;
}

unsigned loadedBytes(const MachineTables &tables, const MachineInstruction &entry) {
  const MCInstrDesc &description = tables.instructions->get(entry.instruction.getOpcode());
  if (!description.mayLoad() || entry.mnemonic().starts_with("prefetch"))
    return 0;
  // The printer says how wide a memory operand is.
  StringRef text = entry.text;
  for (auto [word, bytes] : {std::pair<StringRef, unsigned>("zmmword ptr", 64),
                             {"ymmword ptr", 32},
                             {"xmmword ptr", 16},
                             {"qword ptr", 8},
                             {"dword ptr", 4},
                             {"word ptr", 2},
                             {"byte ptr", 1}})
    if (text.contains(word))
      return bytes;
  if (entry.mnemonic().starts_with("ld")) // AArch64: q registers
    return (text.contains_insensitive("ldp") ? 2u : 1u) * (text.contains(" q") ? 16u : 8u);
  return 0;
}

} // namespace tern
