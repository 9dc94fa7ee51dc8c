//===- tern-reduce.cpp - Makes an MLIR text that shows a problem smaller -------===//
#include "compiler/driver/command_line.h"
#include "compiler/driver/register.h"
#include "compiler/driver/text_tools.h"

#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/InitLLVM.h"

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  tern::beginLlvmTool("tern-reduce");
  tern::hideLlvmOptions();
  mlir::DialectRegistry registry;
  tern::registerDialects(registry);
  tern::registerPasses();
  return tern::reduceMain(argc, argv, registry);
}
