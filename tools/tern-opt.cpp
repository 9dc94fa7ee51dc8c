//===- tern-opt.cpp - Runs passes and phase pipelines on MLIR text --------===//
#include "compiler/driver/register.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  tern::hideLlvmOptions();
  mlir::DialectRegistry registry;
  tern::registerDialects(registry);
  tern::registerPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "tern-opt: runs passes and phase pipelines on MLIR text\n\n"
               "  ternc CHECKPOINT --emit=graph -o - | tern-opt --tern-phase-ternary\n", registry));
}
