//===- tern-lsp-server.cpp - MLIR's language server with Tern's dialects ------===//
#include "compiler/driver/command_line.h"
#include "compiler/driver/register.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  tern::beginLlvmTool("tern-lsp-server");
  tern::hideLlvmOptions();
  mlir::DialectRegistry registry;
  tern::registerDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
