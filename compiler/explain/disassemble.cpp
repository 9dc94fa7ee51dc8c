//===- disassemble.cpp - The instructions of one function of an ELF object -----===//
#include "compiler/explain/disassemble.h"

#include "lib/base/text.h"

#include "llvm/DebugInfo/DWARF/DWARFContext.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrAnalysis.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>

using namespace llvm;

namespace tern {

MachineTables::MachineTables() = default;
MachineTables::~MachineTables() = default;

Result<std::unique_ptr<MachineTables>> MachineTables::create(const TargetInfo &target) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86Disassembler();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64Disassembler();
  });
  std::string problem;
  Triple triple(target.triple);
  std::unique_ptr<MachineTables> tables(new MachineTables);
  tables->backend = TargetRegistry::lookupTarget(triple, problem);
  if (!tables->backend)
    return Error{target.triple + ": " + problem};
  const Target &backend = *tables->backend;
  MCTargetOptions options;
  tables->registers.reset(backend.createMCRegInfo(triple));
  tables->assembly.reset(backend.createMCAsmInfo(*tables->registers, triple, options));
  tables->instructions.reset(backend.createMCInstrInfo());
  tables->subtarget.reset(backend.createMCSubtargetInfo(triple, target.cpu, target.featureString()));
  tables->context =
      std::make_unique<MCContext>(triple, tables->assembly.get(), tables->registers.get(), tables->subtarget.get());
  tables->disassembler.reset(backend.createMCDisassembler(*tables->subtarget, *tables->context));
  tables->analysis.reset(backend.createMCInstrAnalysis(tables->instructions.get()));
  constexpr unsigned kIntel = 1; // destination first, as in the vendors' manuals
  tables->printer.reset(backend.createMCInstPrinter(triple, triple.isX86() ? kIntel : 0, *tables->assembly,
                                                    *tables->instructions, *tables->registers));
  if (!tables->disassembler || !tables->printer || !tables->analysis)
    return Error{target.triple + ": LLVM has no disassembler for it"};
  tables->printer->setPrintImmHex(true);
  tables->printer->setPrintBranchImmAsAddress(true);
  return tables;
}

std::optional<std::pair<size_t, size_t>> MachineFunction::hotLoop() const {
  std::optional<std::pair<size_t, size_t>> best;
  for (size_t end = 0; end < instructions.size(); ++end) {
    const auto &target = instructions[end].branchTarget;
    if (!target || *target > instructions[end].address)
      continue;
    size_t begin = 0;
    while (begin < end && instructions[begin].address < *target)
      ++begin;
    // A loop that holds another jump backwards is not the innermost.
    bool innermost = true;
    for (size_t i = begin; i < end; ++i)
      if (instructions[i].branchTarget && *instructions[i].branchTarget <= instructions[i].address &&
          *instructions[i].branchTarget >= instructions[begin].address)
        innermost = false;
    if (innermost && (!best || end + 1 - begin > best->second - best->first))
      best = {begin, end + 1};
  }
  return best;
}

static Error functionMissing(const object::ObjectFile &object, const std::string &symbol, const std::string &name) {
  std::vector<std::string> functions;
  for (const object::SymbolRef &entry : object.symbols()) {
    Expected<object::SymbolRef::Type> type = entry.getType();
    Expected<StringRef> text = entry.getName();
    if (type && text && *type == object::SymbolRef::ST_Function)
      functions.push_back(text->str());
    consumeError(type.takeError());
    consumeError(text.takeError());
  }
  llvm::sort(functions);
  return {name + ": has no function '" + symbol + "'; there are: " + join(functions, ", ")};
}

Result<MachineFunction> disassemble(const MachineTables &tables, StringRef bytes, const std::string &symbol,
                                    const std::string &name) {
  Expected<std::unique_ptr<object::ObjectFile>> object =
      object::ObjectFile::createELFObjectFile(MemoryBufferRef(bytes, name));
  if (!object)
    return Error{name + ": " + toString(object.takeError())};
  std::optional<object::ELFSymbolRef> found;
  for (const object::ELFSymbolRef entry : cast<object::ELFObjectFileBase>(**object).symbols()) {
    Expected<StringRef> text = entry.getName();
    if (text && *text == symbol && entry.getELFType() == ELF::STT_FUNC)
      found = entry;
    consumeError(text.takeError());
  }
  if (!found)
    return functionMissing(**object, symbol, name);
  Expected<uint64_t> address = found->getAddress();
  Expected<object::section_iterator> section = found->getSection();
  if (!address || !section || *section == (*object)->section_end()) {
    consumeError(address.takeError());
    consumeError(section.takeError());
    return Error{name + ": the symbol '" + symbol + "' is damaged"};
  }
  Expected<StringRef> contents = (*section)->getContents();
  uint64_t base = (*section)->getAddress(), size = found->getSize();
  if (!contents || *address < base || *address - base > contents->size() ||
      size > contents->size() - (*address - base)) {
    consumeError(contents.takeError());
    return Error{name + ": the symbol '" + symbol + "' is damaged"};
  }

  std::unique_ptr<DIContext> lines = DWARFContext::create(**object);
  MachineFunction function;
  function.name = symbol;
  ArrayRef<uint8_t> code(reinterpret_cast<const uint8_t *>(contents->data()) + (*address - base), size);
  for (uint64_t at = 0; at < size;) {
    MachineInstruction entry;
    entry.address = *address + at;
    raw_null_ostream silent;
    auto status =
        tables.disassembler->getInstruction(entry.instruction, entry.size, code.slice(at), entry.address, silent);
    if (status == MCDisassembler::Fail || entry.size == 0)
      return Error{name + ": '" + symbol + "' holds bytes that are no instruction of its target"};
    raw_string_ostream text(entry.text);
    tables.printer->printInst(&entry.instruction, entry.address, "", *tables.subtarget, text);
    entry.text = StringRef(entry.text).trim().str();
    std::replace(entry.text.begin(), entry.text.end(), '\t', ' ');
    uint64_t target = 0;
    if (tables.analysis->isBranch(entry.instruction) &&
        tables.analysis->evaluateBranch(entry.instruction, entry.address, entry.size, target))
      entry.branchTarget = target;
    DILineInfoSpecifier specifier(DILineInfoSpecifier::FileLineInfoKind::RawValue);
    if (std::optional<DILineInfo> line =
            lines->getLineInfoForAddress({entry.address, (*section)->getIndex()}, specifier)) {
      entry.line = line->Line;
      if (entry.line && function.file.empty())
        function.file = line->FileName;
    }
    at += entry.size;
    function.instructions.push_back(std::move(entry));
  }
  return function;
}

} // namespace tern
