//===- program_version.cpp - What a tool's --version says -----------------===//
#include "lib/cpu/program_version.h"

#include "lib/base/version.h"
#include "lib/cpu/features.h"

namespace tern {

std::string programVersion(std::string_view tool, std::string_view llvm, std::string_view cpu) {
  std::string text(tool);
  text += std::string(" ") + TERN_VERSION;
  text += "\n  LLVM " + std::string(llvm.empty() ? "none" : llvm);
  text += "\n  host CPU " + (cpu.empty() ? hostCpuBrand() : std::string(cpu));
  return text;
}

} // namespace tern
