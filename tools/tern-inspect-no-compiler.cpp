//===- tern-inspect-no-compiler.cpp - --asm in a build without LLVM --------------===//
#include "tools/tern-inspect-asm.h"

namespace tern {

Result<std::string> explainAssembly(const std::string &, std::span<const std::byte>, const ModelContents &,
                                    const std::string &, bool) {
  return Error{"--asm needs LLVM's disassembler, and this tern-inspect was built without the compiler; build it with "
               "the release preset, or use "
               "objdump -d -l"};
}

std::string_view llvmVersion() { return {}; }

} // namespace tern
