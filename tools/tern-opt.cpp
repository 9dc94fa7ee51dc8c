//===- tern-opt.cpp - Runs passes and phase pipelines on MLIR text --------===//
#include "compiler/driver/register.h"
#include "compiler/driver/statistics.h"
#include "compiler/target/target.h"
#include "lib/cpu/program_version.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"

int main(int argc, char **argv) {
  tern::hideLlvmOptions();
  llvm::cl::SetVersionPrinter([](llvm::raw_ostream &out) {
    out << tern::programVersion("tern-opt", LLVM_VERSION_STRING, tern::hostCpuName()) << "\n";
  });
  mlir::DialectRegistry registry;
  tern::registerDialects(registry);
  tern::registerPasses();
  auto [input, output] =
      mlir::registerAndParseCLIOptions(argc, argv,
                                       "tern-opt: runs passes and phase pipelines on MLIR text\n\n"
                                       "  ternc CHECKPOINT --emit=graph -o - | tern-opt --tern-phase-ternary\n",
                                       registry);
  return mlir::asMainReturnCode(tern::runOpt(argc, argv, input, output, registry));
}
