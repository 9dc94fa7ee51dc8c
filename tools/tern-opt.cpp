//===- tern-opt.cpp - Runs passes and phase pipelines on MLIR text --------===//
#include "compiler/driver/command_line.h"
#include "compiler/driver/register.h"
#include "compiler/driver/text_tools.h"
#include "compiler/target/target.h"
#include "lib/cpu/program_version.h"

#include "mlir/IR/DialectRegistry.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  tern::beginLlvmTool("tern-opt");
  tern::hideLlvmOptions();
  llvm::cl::SetVersionPrinter([](llvm::raw_ostream &out) {
    out << tern::programVersion("tern-opt", LLVM_VERSION_STRING, tern::hostCpuName()) << "\n";
  });
  mlir::DialectRegistry registry;
  tern::registerDialects(registry);
  tern::registerPasses();
  return tern::optMain(argc, argv, registry);
}
