//===- ternc.cpp - Compiles a ternary checkpoint for one CPU -----------------===//
#include "compiler/driver/command_line.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/output.h"
#include "compiler/driver/register.h"
#include "lib/base/text.h"
#include "lib/cpu/program_version.h"
#include "lib/object/model_file.h"
#include "runtime/text/tokenizer.h"

#include "mlir/IR/AsmState.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <unistd.h>

namespace cl = llvm::cl;

static void printVersion(llvm::raw_ostream &out) {
  out << tern::programVersion("ternc", LLVM_VERSION_STRING, tern::hostCpuName()) << "\n";
}

/// "FOLDER.tern" in the current folder, or the phase's own extension.
static std::string defaultOutput(llvm::StringRef checkpoint, tern::Phase phase) {
  llvm::SmallString<128> path(checkpoint);
  if (llvm::sys::fs::make_absolute(path))
    path = checkpoint; // the current folder is gone
  llvm::sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  llvm::StringRef name = llvm::sys::path::filename(llvm::StringRef(path).rtrim('/'));
  name.consume_back(".gguf");
  return (name + "." + llvm::StringRef(tern::kPhases[size_t(phase)].extension)).str();
}

static tern::Status checkTokenizer(std::string_view json, const std::string &path) {
  if (tern::Result<tern::Tokenizer> tokenizer = tern::Tokenizer::fromJson(json, path); !tokenizer)
    return tern::Error{tokenizer.error().message + "; --no-tokenizer compiles without it, for token ids only"};
  return {};
}

/// One line that is overwritten, for a person who waits.
static void showProgress(const tern::WeightEntry &entry, size_t index, size_t count) {
  llvm::errs() << "\r\033[K[" << index + 1 << "/" << count << "] " << entry.name << " "
               << tern::formatBytes(uint64_t(entry.bytes));
  if (index + 1 == count)
    llvm::errs() << "\r\033[K";
}

static std::string phaseNames() {
  std::vector<std::string> names;
  names.reserve(std::size(tern::kPhases));
  for (const tern::PhaseInfo &info : tern::kPhases)
    names.emplace_back(info.name);
  return tern::join(names, ", ");
}

namespace {

struct CommandLine {
  cl::OptionCategory category{"ternc options"};
  cl::opt<std::string> checkpoint{cl::Positional, cl::desc("CHECKPOINT"), cl::value_desc("folder or .gguf file"),
                                  cl::cat(category)};
  cl::opt<std::string> output{"o", cl::desc("Write to FILE, '-' for standard output (default: the checkpoint's name)"),
                              cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> cpu{"target-cpu", cl::desc("Compile for this CPU, by LLVM's name; 'host' is this machine"),
                           cl::value_desc("CPU"), cl::init("host"), cl::cat(category)};
  cl::opt<std::string> triple{"target-triple", cl::desc("Compile for this platform, e.g. aarch64-linux-gnu"),
                              cl::value_desc("TRIPLE"), cl::cat(category)};
  cl::opt<std::string> emit{"emit", cl::desc("Stop after a phase and write its output; the phases are listed above"),
                            cl::value_desc("PHASE"), cl::init("model"), cl::cat(category)};
  cl::opt<std::string> block{"prefill-block", cl::desc("Most tokens in one prefill step (default 128)"),
                             cl::value_desc("N"), cl::init("128"), cl::cat(category)};
  cl::opt<std::string> context{"context", cl::desc("Positions of context (default: what the checkpoint has)"),
                               cl::value_desc("N"), cl::cat(category)};
  cl::opt<std::string> cache{
      "kv",
      cl::desc(
          "Store keys and values as f32, as computed (default); f16, half the bytes, for long contexts; or int8, a "
          "quarter, codes with a scale for each position and head"),
      cl::value_desc("TYPE"), cl::init("f32"), cl::cat(category)};
  cl::opt<std::string> activations{
      "activations",
      cl::desc("Of a model that was trained with float activations, take them as 16bit codes (default), near enough to "
               "count as exact, or int8, twice as fast in prefill, whose loss tern-eval shows"),
      cl::value_desc("CODES"), cl::init("16bit"), cl::cat(category)};
  cl::opt<std::string> kernel{"kernel", cl::desc("Use this kernel family instead of the one the cost model takes"),
                              cl::value_desc("NAME"), cl::cat(category)};
  cl::opt<std::string> lmHead{
      "lm-head",
      cl::desc("Output head: screened by low-bit codes, full (every row, no codes), or auto by the cost model"),
      cl::value_desc("MODE"), cl::init("auto"), cl::cat(category)};
  cl::opt<bool> noTokenizer{"no-tokenizer",
                            cl::desc("Leave tokenizer.json out: the model then takes and gives token ids only"),
                            cl::cat(category)};
  cl::opt<std::string> i2s{
      "gguf-i2s",
      cl::desc("Read a GGUF file's I2_S tensors in the order that bitnet.cpp has on x86 (default) or aarch64"),
      cl::value_desc("CPU"), cl::init("x86"), cl::cat(category)};
  cl::opt<std::string> sanitize{
      "sanitize", cl::desc("Instrument the generated code: address or thread (needs a runtime built alike)"),
      cl::value_desc("KIND"), cl::init("none"), cl::cat(category)};
  cl::opt<std::string> only{
      "only", cl::desc("Keep this one linear layer, e.g. blk.0.ffn_down, to read its way through a phase"),
      cl::value_desc("NAME"), cl::cat(category)};
  cl::opt<std::string> exported{
      "export", cl::desc("Make an object of this one export, e.g. blk.0, a layer from hidden states to hidden states"),
      cl::value_desc("NAME"), cl::cat(category)};
  cl::opt<std::string> dump{"dump-phases", cl::desc("Write every phase's output to DIR, numbered: 0-graph.mlir, ..."),
                            cl::value_desc("DIR"), cl::cat(category)};
  cl::opt<std::string> from{"from",
                            cl::desc("Go on from an MLIR phase's output; the checkpoint then only gives the weights"),
                            cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> tuning{"tuning", cl::desc("Take the kernels that tern-tune found for the target CPU"),
                              cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> schedule{"schedule", cl::desc("Take the kernels of this file, an edited one of --dump-schedule"),
                                cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> dumpSchedule{"dump-schedule", cl::desc("Write which kernel each weight gets to FILE"),
                                    cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> transform{
      "transform", cl::desc("Run @__transform_main of this transform-dialect file on the output of phase tiled"),
      cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> kernelLibrary{"kernel-library",
                                     cl::desc("Replace kernel functions of phase tiled by those of this MLIR file"),
                                     cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> remarks{
      "remarks",
      cl::desc("Say each choice on stderr: what was taken, against what, by which figure; as text, "
               "or as JSON lines with --remarks=json"),
      cl::value_desc("FORM"),
      cl::ValueOptional,
      cl::init("none"),
      cl::cat(category)};
  cl::opt<bool> quiet{"quiet", cl::desc("Say nothing but errors"), cl::cat(category)};
  cl::opt<bool> force{"force", cl::desc("Let an output replace a file of another kind, a dump, or a file that is read"),
                      cl::cat(category)};

  /// What is asked for, or why the options do not go together.
  tern::Result<tern::CompileOptions> toOptions() const;
  /// Of the options given, those that a phase reads, or changes its output by.
  std::vector<tern::PhaseOption> phaseOptions() const;
  /// That no output takes the place of what it should not.
  tern::Status checkPaths(const tern::CompileOptions &options) const;
};

/// "there is no WHAT 'NAME'; there are: ...".
static tern::Error noSuch(const char *what, const std::string &name, const std::string &known) {
  return {std::string("there is no ") + what + " '" + tern::printable(name) + "'; there are: " + known};
}

static std::optional<tern::CacheElement> parseCache(const std::string &name) {
  if (name == "f32")
    return tern::CacheElement::F32;
  if (name == "f16")
    return tern::CacheElement::F16;
  if (name == "int8")
    return tern::CacheElement::Int8;
  return std::nullopt;
}

static std::optional<tern::ActivationCodes> parseActivations(const std::string &name) {
  if (name == "16bit")
    return tern::ActivationCodes::wide();
  if (name == "int8")
    return tern::ActivationCodes();
  return std::nullopt;
}

/// A decimal number of the range.
static tern::Result<int64_t> wholeNumber(const cl::opt<std::string> &option, int64_t low, int64_t high) {
  int64_t value = 0;
  if (llvm::StringRef(option.getValue()).getAsInteger(10, value) || value < low || value > high)
    return tern::Error{"--" + option.ArgStr.str() + ": " + tern::quote(option.getValue()) +
                       " is no whole number from " + std::to_string(low) + " to " + std::to_string(high)};
  return value;
}

std::vector<tern::PhaseOption> CommandLine::phaseOptions() const {
  using tern::Phase;
  struct Acting {
    const cl::Option &option;
    Phase phase;
    bool onOutput;
  };
  std::vector<tern::PhaseOption> given;
  for (const Acting &acting :
       {Acting{only, Phase::Graph, true}, Acting{block, Phase::Ternary, false}, Acting{kernel, Phase::Ternary, false},
        Acting{exported, Phase::Ternary, true}, Acting{lmHead, Phase::Ternary, false},
        Acting{tuning, Phase::Ternary, false}, Acting{schedule, Phase::Ternary, false},
        Acting{remarks, Phase::Ternary, false}, Acting{dumpSchedule, Phase::Ternary, true},
        Acting{transform, Phase::Tiled, true}, Acting{kernelLibrary, Phase::Tiled, true}})
    if (acting.option.getNumOccurrences() > 0)
      given.push_back({"--" + acting.option.ArgStr.str(), acting.phase, acting.onOutput});
  return given;
}

tern::Result<tern::CompileOptions> CommandLine::toOptions() const {
  std::optional<tern::Phase> phase = tern::parsePhase(emit.getValue());
  std::optional<tern::Sanitizer> sanitizer = tern::parseSanitizer(sanitize.getValue());
  std::optional<tern::RemarkForm> remarkForm = tern::RemarkForm::None;
  if (remarks.getNumOccurrences() > 0)
    remarkForm = tern::parseRemarkForm(remarks.empty() ? "text" : remarks.getValue());
  if (checkpoint.empty() && from.empty())
    return tern::Error{"no checkpoint given"};
  if (!phase)
    return noSuch("phase", emit, phaseNames());
  if (!sanitizer)
    return noSuch("sanitizer", sanitize, "address, thread");
  if (!remarkForm)
    return noSuch("form of remarks", remarks, "text, json");
  if (lmHead != "auto" && lmHead != "screened" && lmHead != "full")
    return noSuch("output head", lmHead, "auto, screened, full");
  if (i2s != "x86" && i2s != "aarch64")
    return noSuch("order of I2_S tensors", i2s, "x86, aarch64");
  std::optional<tern::CacheElement> cacheElement = parseCache(cache);
  if (!cacheElement)
    return noSuch("type of keys and values", cache, "f32, f16, int8");
  std::optional<tern::ActivationCodes> floats = parseActivations(activations);
  if (!floats)
    return noSuch("kind of codes", activations, "16bit, int8");
  tern::Result<int64_t> blockTokens = wholeNumber(block, 1, 4096), positions = int64_t(0);
  if (!blockTokens)
    return blockTokens.error();
  if (context.getNumOccurrences() > 0)
    positions = wholeNumber(context, 1, INT32_MAX);
  if (!positions)
    return positions.error();
  if (output == "-" && *phase == tern::Phase::Model)
    return tern::Error{"a model object cannot go to standard output; name a file with -o"};
  if (!from.empty() && *phase == tern::Phase::Model && checkpoint.empty())
    return tern::Error{"a model object needs weights; name the checkpoint after --from=" + from};
  for (const cl::Option *fixed : {static_cast<const cl::Option *>(&cpu), static_cast<const cl::Option *>(&triple),
                                  static_cast<const cl::Option *>(&context), static_cast<const cl::Option *>(&cache),
                                  static_cast<const cl::Option *>(&activations)})
    if (!from.empty() && fixed->getNumOccurrences() > 0)
      return tern::Error{"--" + fixed->ArgStr.str() + " does not go with --from: the file has it"};

  tern::CompileOptions options;
  options.checkpoint = checkpoint;
  options.i2s = i2s == "x86" ? tern::I2sBlocks::X86 : tern::I2sBlocks::Aarch64;
  options.phase = *phase;
  options.from = from;
  options.only = only;
  options.exported = exported;
  options.dumpFolder = dump;
  options.tuning = tuning;
  options.schedule = schedule;
  options.scheduleOutput = dumpSchedule;
  options.kernelChanges = {kernelLibrary, transform};
  options.output = output;
  if (output.empty())
    options.output = defaultOutput(checkpoint.empty() ? from : checkpoint, *phase);
  options.cpu = cpu;
  options.triple = triple;
  options.prefillBlock = *blockTokens;
  options.context = *positions;
  options.cache = *cacheElement;
  if (activations.getNumOccurrences() > 0)
    options.floatActivations = floats;
  options.kernelFamily = kernel;
  options.lmHead = lmHead;
  options.keepTokenizer = !noTokenizer;
  options.checkTokenizer = checkTokenizer;
  options.remarks = *remarkForm;
  options.sanitizer = *sanitizer;
  options.phaseOptions = phaseOptions();
  options.mlirOptions = true;
  options.report = [](const std::string &line) { llvm::errs() << line << "\n"; };
  if (!quiet && *remarkForm != tern::RemarkForm::Json) { // whose reader wants nothing else
    options.warn = [](const std::string &line) { llvm::errs() << "warning: " << line << "\n"; };
    options.note = [](const std::string &line) { llvm::errs() << line << "\n"; };
    options.onTarget = [](const tern::TargetInfo &target) {
      llvm::errs() << "target: " << target.cpu << (target.isHost ? " (this machine)" : "") << ", " << target.triple
                   << "\n";
    };
    if (::isatty(STDERR_FILENO))
      options.progress = showProgress;
  }
  return options;
}

tern::Status CommandLine::checkPaths(const tern::CompileOptions &options) const {
  if (tern::isOfKind(options.checkpoint, tern::kModelKind))
    return tern::Error{options.checkpoint +
                       ": is a model object already, which tern-run runs; a checkpoint is a folder or a GGUF file"};
  tern::CommandPaths paths;
  paths.reads("the checkpoint", options.checkpoint);
  paths.reads("--from", options.from);
  paths.reads("--tuning", options.tuning);
  paths.reads("--schedule", options.schedule);
  paths.reads("--transform", options.kernelChanges.transform);
  paths.reads("--kernel-library", options.kernelChanges.library);
  paths.writes("-o", options.output, tern::kindOf(options.phase));
  paths.dumps("--dump-schedule", options.scheduleOutput);
  for (const std::string &path : tern::PhaseDump::paths(options.dumpFolder, options.phase))
    paths.dumps("--dump-phases", path);
  return paths.check(force);
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  tern::beginLlvmTool("ternc");
  std::string phases;
  for (const tern::PhaseInfo &info : tern::kPhases)
    phases += "\n  " + std::string(info.name) + std::string(10 - info.name.size(), ' ') + std::string(info.purpose);

  CommandLine line;
  // MLIR's own: --mlir-print-ir-after-all, --mlir-timing, --mlir-pass-statistics, ...; some take the
  // name of a pass.
  tern::registerPasses();
  mlir::registerAsmPrinterCLOptions();
  mlir::registerPassManagerCLOptions();
  mlir::registerDefaultTimingManagerCLOptions();
  cl::HideUnrelatedOptions(line.category);
  cl::SetVersionPrinter(printVersion);
  std::string overview = "ternc: compiles a ternary checkpoint ahead of time for one CPU\n\n  "
                         "ternc CHECKPOINT -o model.tern\n\nPHASES:" +
                         phases +
                         "\n\nMLIR's own options (--mlir-print-ir-after-all, --mlir-timing, "
                         "--mlir-pass-statistics,\n--mlir-pass-pipeline-crash-reproducer=FILE, ...) "
                         "are in --help-hidden.";
  if (std::optional<int> status = tern::parseLlvmOptions(argc, argv, overview))
    return *status;
  tern::Result<tern::CompileOptions> options = line.toOptions();
  if (!options)
    return tern::usageErrorOfTool(options.error().message);
  if (tern::Status status = line.checkPaths(*options); !status)
    return tern::failTool(status.error().message);
  if (tern::Status status = tern::compile(*options); !status)
    return tern::failTool(status.error().message);
  return 0;
}
