//===- tern-reduce.cpp - Makes an MLIR text that shows a problem smaller -------===//
#include "compiler/driver/register.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Reducer/Passes.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  tern::hideLlvmOptions();
  mlir::DialectRegistry registry;
  tern::registerDialects(registry);
  tern::registerPasses();
  mlir::registerReducerPasses();
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
