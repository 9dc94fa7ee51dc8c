//===- text_tools.cpp - tern-opt and tern-reduce -------------------------------===//
#include "compiler/driver/text_tools.h"

#include "compiler/driver/command_line.h"
#include "compiler/driver/output.h"
#include "compiler/driver/statistics.h"
#include "compiler/driver/text_bounds.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Reducer/Passes.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/ParseUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
namespace cl = llvm::cl;

namespace tern {
namespace {

/// One text in and one out.
struct TextOptions {
  cl::opt<std::string> input{cl::Positional, cl::desc("<input file>"), cl::init("-")};
  cl::opt<std::string> output{"o", cl::desc("Write to FILE (default: '-', standard output)"), cl::value_desc("FILE"),
                              cl::init("-")};
  cl::opt<bool> force{"force", cl::desc("Let the output replace the input, or a file that is no MLIR text")};

  /// The input as it is, once the output can take its place.
  Result<std::unique_ptr<llvm::MemoryBuffer>> read() const {
    CommandPaths paths;
    paths.reads("the input", input);
    paths.writes("-o", output, kMlirKind);
    if (Status status = paths.check(force); !status)
      return status.error();
    if (Status status = checkOutput(output); !status)
      return status.error();
    // Not mapped: it may be replaced, or cut short by somebody else.
    auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(input, /*IsText=*/false, /*RequiresNullTerminator=*/true);
    if (!buffer)
      return Error{input + ": cannot open: " + buffer.getError().message()};
    llvm::StringRef text = (*buffer)->getBuffer();
    bool isBytecode = text.starts_with("ML\xefR");
    if (Status status = isBytecode ? Status() : checkTextBounds(text, input); !status)
      return status.error();
    return std::move(*buffer);
  }
};

} // namespace

int optMain(int argc, char **argv, DialectRegistry &registry) {
  TextOptions options;
  std::string overview = registerCLIOptions("tern-opt: runs passes and phase pipelines on MLIR text\n\n"
                                            "  ternc CHECKPOINT --emit=graph -o - | tern-opt --tern-phase-ternary\n",
                                            registry);
  if (std::optional<int> status = parseLlvmOptions(argc, argv, overview))
    return *status;
  MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  if (config.shouldShowDialects()) {
    llvm::outs() << "Available Dialects: ";
    llvm::interleave(registry.getDialectNames(), llvm::outs(), ",");
    llvm::outs() << "\n";
    return 0;
  }
  if (config.shouldListPasses()) {
    printRegisteredPasses();
    return 0;
  }
  if (options.input == "-" && llvm::sys::Process::FileDescriptorIsDisplayed(fileno(stdin)))
    llvm::errs() << "tern-opt: reads standard input; Ctrl-D ends it\n";
  Result<std::unique_ptr<llvm::MemoryBuffer>> text = options.read();
  if (!text)
    return failTool(text.error().message);
  config.setPassPipelineSetupFn([inner = config](PassManager &manager) {
    reportStatistics(manager);
    return inner.setupPassPipeline(manager);
  });
  std::string result;
  llvm::raw_string_ostream stream(result);
  if (failed(MlirOptMain(stream, std::move(*text), registry, config)))
    return 1; // MLIR has said why
  Status written = writeOutput(result, options.output);
  return written ? 0 : failTool(written.error().message);
}

int reduceMain(int argc, char **argv, DialectRegistry &registry) {
  TextOptions options;
  cl::opt<bool> noImplicitModule{"no-implicit-module", cl::desc("The input's only operation is what is reduced")};
  registerReducerPasses();
  PassPipelineCLParser passes("", "Reduction passes to run");
  if (std::optional<int> status =
          parseLlvmOptions(argc, argv, "tern-reduce: makes an MLIR text that shows a problem smaller\n"))
    return *status;
  Result<std::unique_ptr<llvm::MemoryBuffer>> text = options.read();
  if (!text)
    return failTool(text.error().message);
  MLIRContext context(registry);
  auto source = std::make_shared<llvm::SourceMgr>();
  source->AddNewSourceBuffer(std::move(*text), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(*source, &context);
  OwningOpRef<Operation *> module =
      parseSourceFileForTool(source, ParserConfig(&context), /*insertImplicitModule=*/!noImplicitModule);
  if (!module)
    return 1;
  PassManager manager(&context, module.get()->getName().getStringRef());
  auto report = [&](const Twine &message) {
    emitError(UnknownLoc::get(&context)) << message;
    return failure();
  };
  if (failed(passes.addToPipeline(manager, report)) || failed(manager.run(*module)))
    return 1;
  std::string result;
  llvm::raw_string_ostream stream(result);
  module.get()->print(stream);
  Status written = writeOutput(result, options.output);
  return written ? 0 : failTool(written.error().message);
}

} // namespace tern
