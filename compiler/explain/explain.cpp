//===- explain.cpp - A kernel's assembly with where it comes from ---------------===//
#include "compiler/explain/explain.h"

#include "lib/base/text.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace tern {
namespace {

/// A line of phase tiled, or an empty text when it is outside the kernel's function.
std::string sourceLine(const ManifestKernel &kernel, unsigned line) {
  if (line < kernel.sourceLine)
    return "";
  StringRef rest = kernel.source;
  for (unsigned at = kernel.sourceLine; at < line; ++at)
    rest = rest.split('\n').second;
  return rest.split('\n').first.trim().str();
}

/// Whether a line of the kernel loads packed weights: they are its third argument.
bool loadsWeights(const std::string &line) { return StringRef(line).contains("load %arg2"); }

struct Figures {
  double iterations = 0;     ///< of the loop in a call for one thread
  double cyclesMeasured = 0; ///< of an iteration, hot
};

/// The measured time as cycles of an iteration of the hot loop.
std::optional<Figures> perIteration(const KernelExplanation &explanation, const KernelMeasurement &measured) {
  if (explanation.weightBytes <= 0)
    return std::nullopt;
  Figures figures;
  // Every tile of weights passes through the loop once for the tokens of each register tile, and one is measured.
  figures.iterations = explanation.matrixBytes / explanation.weightBytes;
  figures.cyclesMeasured = measured.secondsHot * measured.clock / figures.iterations;
  return figures;
}

} // namespace

Result<KernelExplanation> explainKernel(const Manifest &manifest, StringRef bytes, const std::string &name,
                                        const std::string &path) {
  KernelExplanation result;
  std::vector<std::string> names;
  bool found = false;
  for (const ManifestKernel &kernel : manifest.kernels) {
    names.push_back(kernel.name);
    if (kernel.name == name) {
      result.kernel = kernel;
      found = true;
    }
  }
  if (!found)
    return Error{path + ": has no kernel '" + name + "'; there are: " + join(names, ", ")};
  result.target.triple = manifest.targetTriple;
  result.target.cpu = manifest.targetCpu;
  for (const std::string &feature : splitCommas(manifest.targetFeatures))
    result.target.features.push_back("+" + feature);
  Result<std::unique_ptr<MachineTables>> tables = MachineTables::create(result.target);
  if (!tables)
    return tables.error();
  Result<MachineFunction> function = disassemble(**tables, bytes, name, path);
  if (!function)
    return function.error();
  result.function = std::move(*function);
  result.loop = result.function.hotLoop();
  ArrayRef<MachineInstruction> body = result.function.instructions;
  if (result.loop)
    body = body.slice(result.loop->first, result.loop->second - result.loop->first);
  result.mix = instructionMix(**tables, body);
  for (const ManifestTensor &tensor : manifest.tensors)
    if (tensor.layout == result.kernel.layout &&
        tensor.shape == std::vector<int64_t>{result.kernel.rows, result.kernel.columns})
      result.matrixBytes = double(tensor.bytes);
  if (!result.loop) {
    result.noPrediction = "the function has no loop";
    return result;
  }
  for (const MachineInstruction &entry : body)
    if (loadsWeights(sourceLine(result.kernel, entry.line)))
      result.weightBytes += loadedBytes(**tables, entry);
  Result<LoopPrediction> prediction = predictLoop(**tables, result.target, body);
  if (prediction)
    result.prediction = *prediction;
  else
    result.noPrediction = prediction.error().message;
  return result;
}

std::string explanationText(const KernelExplanation &explanation, const std::optional<KernelMeasurement> &measured) {
  const ManifestKernel &kernel = explanation.kernel;
  std::string text = formatv("{0}: {1} x {2}, {3}, {4}, for {5}\n", kernel.name, kernel.rows, kernel.columns,
                             kernel.layout, kernel.variant, explanation.target.cpu);
  if (kernel.source.empty())
    text += "(the object has no line table: it was compiled without one)\n";
  unsigned line = 0;
  for (size_t i = 0; i < explanation.function.instructions.size(); ++i) {
    const MachineInstruction &entry = explanation.function.instructions[i];
    if (entry.line && entry.line != line) {
      line = entry.line;
      std::string source = sourceLine(kernel, line);
      if (!source.empty())
        text += formatv("\n; {0}:{1}  {2}\n", explanation.function.file, line, source);
    }
    bool hot = explanation.loop && i >= explanation.loop->first && i < explanation.loop->second;
    text += formatv("{0} {1,8:x}  {2}\n", hot ? "|" : " ", entry.address, entry.text);
  }
  text += formatv("\n{0} of {1} instructions are the hot loop (marked |). Its mix:\n",
                  explanation.loop ? explanation.loop->second - explanation.loop->first : 0,
                  explanation.function.instructions.size());
  for (const MixEntry &entry : explanation.mix)
    text += formatv("  {0,4}  {1,-12} {2}\n", entry.count, entry.kind, entry.mnemonics);

  text += "\nAn iteration of the hot loop:\n";
  if (explanation.weightBytes > 0)
    text += formatv("  reads      {0:f0} bytes of weights\n", explanation.weightBytes);
  if (explanation.prediction) {
    const LoopPrediction &predicted = *explanation.prediction;
    text += formatv("  predicted  {0:f2} cycles by LLVM's model of {1}: {2:f0} micro-ops, {3} a cycle at most; the "
                    "busiest unit is {4}, {5:f2} cycles\n",
                    predicted.cycles, explanation.target.cpu, predicted.microOps, predicted.dispatchWidth,
                    predicted.bottleneck, predicted.pressure);
  } else {
    text += "  predicted  no: " + explanation.noPrediction + "\n";
  }
  if (!measured)
    return text + "  measured   no: this machine cannot run the object's code\n";
  if (std::optional<Figures> figures = perIteration(explanation, *measured))
    text += formatv("  measured   {0:f2} cycles at {1:f2} GHz, data in the caches, mean over a whole call\n",
                    figures->cyclesMeasured, measured->clock * 1e-9);
  double macs = double(kernel.rows) * double(kernel.columns) * double(kernel.tokens);
  text +=
      formatv("A call, one thread: {0:f1} us in the caches ({1:f1} GMAC/s), {2:f1} us from memory ({3:f1} GMAC/s)\n",
              measured->secondsHot * 1e6, macs / measured->secondsHot * 1e-9, measured->secondsCold * 1e6,
              macs / measured->secondsCold * 1e-9);
  return text;
}

Json explanationJson(const KernelExplanation &explanation, const std::optional<KernelMeasurement> &measured) {
  const ManifestKernel &kernel = explanation.kernel;
  Json root = {{"kernel", kernel.name},         {"rows", kernel.rows},
               {"columns", kernel.columns},     {"layout", kernel.layout},
               {"variant", kernel.variant},     {"tokens", kernel.tokens},
               {"cpu", explanation.target.cpu}, {"file", explanation.function.file},
               {"instructions", Json::array()}, {"mix", Json::array()}};
  for (size_t i = 0; i < explanation.function.instructions.size(); ++i) {
    const MachineInstruction &entry = explanation.function.instructions[i];
    bool hot = explanation.loop && i >= explanation.loop->first && i < explanation.loop->second;
    root["instructions"].push_back(
        {{"address", entry.address}, {"text", entry.text}, {"line", entry.line}, {"hot", hot}});
  }
  for (const MixEntry &entry : explanation.mix)
    root["mix"].push_back({{"kind", entry.kind}, {"count", entry.count}, {"mnemonics", entry.mnemonics}});
  if (explanation.prediction)
    root["predicted"] = {{"cycles", explanation.prediction->cycles},
                         {"micro_ops", explanation.prediction->microOps},
                         {"bottleneck", explanation.prediction->bottleneck},
                         {"pressure", explanation.prediction->pressure}};
  if (measured) {
    root["measured"] = {
        {"seconds_hot", measured->secondsHot}, {"seconds_cold", measured->secondsCold}, {"clock", measured->clock}};
    if (std::optional<Figures> figures = perIteration(explanation, *measured))
      root["measured"]["cycles"] = figures->cyclesMeasured;
  }
  return root;
}

} // namespace tern
