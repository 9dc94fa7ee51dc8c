//===- weight_hashes.cpp - Hashes of packed weights, for objects.py -----------===//
//
//   weight_hashes CHECKPOINT CPU TRIPLE HEAD
//
// Prints the hash that a model object's trailer has for its weights. No code is made: phase ternary decides how weights
// are packed.
//
//===----------------------------------------------------------------------===//
#include "compiler/driver/register.h"
#include "compiler/import/open_model.h"
#include "compiler/object/pack.h"
#include "compiler/select/pipeline.h"
#include "lib/object/model_hash.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"

#include <cinttypes>
#include <cstdio>
#include <vector>

using namespace tern;

static Result<uint64_t> hashOf(const std::string &folder, const std::string &cpu, const std::string &triple,
                               const std::string &head) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  Result<OpenedModel> model = openModel(context, folder, {.cpu = cpu, .triple = triple});
  if (!model)
    return model.error();
  SelectOptions options;
  options.lmHead = head;
  mlir::PassManager manager(&context);
  buildSelectPipeline(manager, options);
  if (mlir::failed(manager.run(*model->module)))
    return Error{"phase ternary failed"};
  std::vector<std::byte> bytes;
  auto sink = [&](std::span<const std::byte> part) -> Status {
    bytes.insert(bytes.end(), part.begin(), part.end());
    return {};
  };
  if (Status status = packWeights(planWeights(*model->module), model->checkpoint, sink, nullptr); !status)
    return status.error();
  return hashWeights(bytes, 0, bytes.size());
}

int main(int argc, char **argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: weight_hashes CHECKPOINT CPU TRIPLE HEAD\n");
    return 2;
  }
  Result<uint64_t> hash = hashOf(argv[1], argv[2], argv[3], argv[4]);
  if (!hash) {
    std::fprintf(stderr, "weight_hashes: %s\n", hash.error().message.c_str());
    return 1;
  }
  std::printf("%016" PRIx64 "\n", *hash);
}
