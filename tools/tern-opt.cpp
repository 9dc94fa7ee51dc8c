//===- tern-opt.cpp - Runs passes and phase pipelines on MLIR text --------===//
#include "compiler/driver/register.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  tern::registerDialects(registry);
  tern::registerPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Tern pass runner\n", registry));
}
