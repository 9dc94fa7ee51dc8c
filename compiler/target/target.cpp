//===- target.cpp - Targets by name, in IR, and LLVM's view of them --------===//
#include "compiler/target/target.h"

#include "lib/base/text.h"
#include "lib/cpu/features.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

#include <mutex>

using namespace llvm;

namespace tern {
namespace {

const char *const kTargetAttr = "llvm.target";

void initializeBackends() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
  });
}

/// The names of instruction-set features. A subtarget also lists tuning flags ("fast-gather"),
/// which follow from the CPU and are no property that a machine has or lacks.
const StringSet<> &instructionSetFeatures(const Triple &triple) {
  static const StringSet<> arm = [] {
    StringSet<> names;
    for (const AArch64::ExtensionInfo &extension : AArch64::Extensions)
      if (!extension.PosTargetFeature.empty())
        names.insert(extension.PosTargetFeature.drop_front());
    return names;
  }();
  static const StringSet<> x86 = [] {
    StringSet<> names;
    SmallVector<StringRef> cpus, features;
    X86::fillValidCPUArchList(cpus, /*Only64Bit=*/true);
    for (StringRef cpu : cpus) {
      features.clear();
      X86::getFeaturesForCPU(cpu, features);
      names.insert_range(features);
    }
    return names;
  }();
  return triple.isAArch64() ? arm : x86;
}

std::vector<std::string> processorNames(const MCSubtargetInfo &subtarget) {
  std::vector<std::string> names;
  for (const SubtargetSubTypeKV &processor : subtarget.getAllProcessorDescriptions())
    names.push_back(processor.Key);
  return names;
}

Error unknownName(const std::string &what, const std::string &name, const std::vector<std::string> &candidates) {
  std::vector<std::string> near = nearestNames(name, candidates, 5);
  std::string message = "unknown " + what + " '" + name + "'";
  if (!near.empty())
    message += "; near names: " + join(near, ", ");
  return {message};
}

Result<const Target *> findBackend(const Triple &triple) {
  initializeBackends();
  if ((triple.getArch() != Triple::x86_64 && triple.getArch() != Triple::aarch64) || !triple.isOSLinux())
    return Error{"target triple '" + triple.str() + "' is not supported; x86_64-linux-gnu and aarch64-linux-gnu are"};
  std::string error;
  const Target *backend = TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return Error{"target triple '" + triple.str() + "': " + error};
  return backend;
}

StringSet<> enabledFeatures(const Target &backend, const Triple &triple, StringRef cpu, StringRef changes,
                            const StringSet<> &instructionSet) {
  std::unique_ptr<MCSubtargetInfo> subtarget(backend.createMCSubtargetInfo(triple, cpu, changes));
  StringSet<> names;
  for (const SubtargetFeatureKV &feature : subtarget->getEnabledProcessorFeatures())
    if (instructionSet.contains(feature.Key))
      names.insert(feature.Key);
  return names;
}

} // namespace

std::string hostCpuName() { return sys::getHostCPUName().str(); }

Result<TargetInfo> resolveTarget(const std::string &cpu, const std::string &tripleText,
                                 std::span<const std::string> extraFeatures) {
  Triple host(sys::getDefaultTargetTriple());
  Triple triple = tripleText.empty() ? host : Triple(Triple::normalize(tripleText));
  Result<const Target *> backend = findBackend(triple);
  if (!backend)
    return backend.error();

  TargetInfo target;
  target.triple = triple.str();
  target.isHost = cpu == "host";
  target.cpu = target.isHost ? hostCpuName() : cpu;
  if (target.isHost && triple.getArch() != host.getArch())
    return Error{"target CPU 'host' is " + host.getArchName().str() + " but the triple is '" + triple.str() +
                 "'; name a CPU of that architecture"};

  // LLVM only warns about an unknown CPU, and compiles for a generic one.
  std::unique_ptr<MCSubtargetInfo> generic((*backend)->createMCSubtargetInfo(triple, "", ""));
  if (!generic->isCPUStringValid(target.cpu))
    return unknownName("target CPU", target.cpu, processorNames(*generic));

  std::vector<std::string> known, changes;
  for (const SubtargetFeatureKV &feature : generic->getAllProcessorFeatures())
    known.push_back(feature.Key);
  if (target.isHost)
    for (const auto &feature : sys::getHostCPUFeatures())
      if (is_contained(known, feature.first()))
        changes.push_back((feature.second ? "+" : "-") + feature.first().str());
  for (const std::string &feature : extraFeatures) {
    if (feature.size() < 2 || (feature[0] != '+' && feature[0] != '-'))
      return Error{"target feature '" + feature + "' must begin with + or -"};
    if (!is_contained(known, feature.substr(1)))
      return unknownName("target feature", feature.substr(1), known);
    changes.push_back(feature);
  }

  const StringSet<> &instructionSet = instructionSetFeatures(triple);
  StringSet<> implied = enabledFeatures(**backend, triple, target.cpu, "", instructionSet);
  StringSet<> enabled = enabledFeatures(**backend, triple, target.cpu, join(changes, ","), instructionSet);
  for (const auto &feature : enabled)
    target.features.push_back("+" + feature.first().str());
  for (const auto &feature : implied)
    if (!enabled.contains(feature.first()))
      target.features.push_back("-" + feature.first().str());
  llvm::sort(target.features);
  return target;
}

std::vector<std::string> requiredFeatures(const TargetInfo &target) {
  std::vector<std::string> required;
  for (const std::string &feature : target.features)
    if (feature[0] == '+' && isKnownFeature(feature.substr(1)))
      required.push_back(feature.substr(1));
  llvm::sort(required); // those of a module that somebody wrote are in any order
  return required;
}

void setTarget(mlir::ModuleOp module, const TargetInfo &target) {
  mlir::MLIRContext *context = module.getContext();
  context->loadDialect<mlir::LLVM::LLVMDialect>();
  SmallVector<StringRef> features(target.features.begin(), target.features.end());
  auto string = [&](StringRef text) { return mlir::StringAttr::get(context, text); };
  module->setAttr(kTargetAttr, mlir::LLVM::TargetAttr::get(
                                   context, string(target.triple), string(target.cpu),
                                   mlir::LLVM::TargetFeaturesAttr::get(context, ArrayRef<StringRef>(features))));
}

Result<TargetInfo> getTarget(mlir::ModuleOp module) {
  auto attr = module->getAttrOfType<mlir::LLVM::TargetAttr>(kTargetAttr);
  if (!attr)
    return Error{"the module has no llvm.target attribute"};
  TargetInfo target;
  target.triple = attr.getTriple().str();
  target.cpu = attr.getChip().str();
  if (mlir::LLVM::TargetFeaturesAttr features = attr.getFeatures())
    for (mlir::StringAttr feature : features.getFeatures())
      target.features.push_back(feature.str());
  return target;
}

const CpuFacts &cpuFactsOf(mlir::ModuleOp module) {
  auto attr = module->getAttrOfType<mlir::LLVM::TargetAttr>(kTargetAttr);
  return cpuFacts(attr ? std::string_view(attr.getChip().getValue()) : std::string_view());
}

std::optional<std::vector<std::string>> lackingFeatures(const TargetInfo &target,
                                                        std::span<const std::string_view> features) {
  const StringSet<> &known = instructionSetFeatures(Triple(target.triple));
  std::vector<std::string> missing;
  for (std::string_view feature : features) {
    if (!known.contains(feature))
      return std::nullopt;
    if (!target.has(feature))
      missing.emplace_back(feature);
  }
  return missing;
}

Result<std::unique_ptr<TargetMachine>> createTargetMachine(const TargetInfo &target) {
  Triple triple(target.triple);
  Result<const Target *> backend = findBackend(triple);
  if (!backend)
    return backend.error();
  std::unique_ptr<TargetMachine> machine((*backend)->createTargetMachine(triple, target.cpu, target.featureString(),
                                                                         TargetOptions(), Reloc::PIC_, CodeModel::Small,
                                                                         CodeGenOptLevel::Aggressive));
  if (!machine)
    return Error{"LLVM has no code generator for '" + target.triple + "'"};
  return machine;
}

} // namespace tern
