//===- former_kernel.h - Kernels as tuning files had them -------------------===//
#pragma once

#include "lib/trit/layout.h"

#include "llvm/ADT/StringRef.h"

#include <string>

namespace tern {

/// The text of a kernel as a file has it now, "lanes<unroll = 2, width = 64>". Before each loop nest had its own
/// parameters, "dot, unroll = 2, width = 64" was in files, and the layout told the nest; parameters that this nest did
/// not read are left out, since they changed nothing. Any other text is returned as it is.
std::string currentKernelText(llvm::StringRef text, const Layout &layout);

} // namespace tern
