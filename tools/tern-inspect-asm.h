//===- tern-inspect-asm.h - tern-inspect --asm ----------------------------------===//
#pragma once

#include "lib/base/result.h"
#include "lib/object/model_file.h"

#include <string>

namespace tern {

/// The assembly of a kernel with its source lines, mix, predicted and, where this machine can run it, measured time; as
/// text or JSON. Without the compiler half it is an error that says what is needed.
Result<std::string> explainAssembly(const std::string &path, std::span<const std::byte> bytes,
                                    const ModelContents &model, const std::string &kernel, bool json);

/// Of the disassembler that is built in, for --version; empty without one.
std::string_view llvmVersion();

} // namespace tern
