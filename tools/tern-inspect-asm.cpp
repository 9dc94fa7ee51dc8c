//===- tern-inspect-asm.cpp - tern-inspect --asm, with LLVM ----------------------===//
#include "tools/tern-inspect-asm.h"

#include "compiler/explain/explain.h"
#include "runtime/measure/bench/kernel_clock.h"
#include "runtime/measure/bench/model_kernels.h"

#include "llvm/Config/llvm-config.h"

namespace tern {

/// Runs the kernel on this machine; nothing when its code was made for another one.
static Result<std::optional<KernelMeasurement>> measure(const std::string &path, const std::string &name) {
  Result<std::shared_ptr<Model>> model = Model::load(path, Verify::Auto);
  if (!model)
    return std::optional<KernelMeasurement>();
  Result<std::vector<NamedKernel>> kernels = modelKernels(*model);
  if (!kernels)
    return kernels.error();
  for (size_t i = 0; i < kernels->size(); ++i) {
    if ((*kernels)[i].family != name)
      continue;
    int64_t tokens = std::min((*model)->manifest().kernels[i].tokens, (*kernels)[i].kernel.shape.tokenBound);
    Result<KernelTiming> timing = timeKernel((*kernels)[i], tokens);
    if (!timing)
      return timing.error();
    return std::optional(KernelMeasurement{timing->secondsHot, timing->secondsCold, timing->clock});
  }
  return std::optional<KernelMeasurement>();
}

Result<std::string> explainAssembly(const std::string &path, std::span<const std::byte> bytes,
                                    const ModelContents &model, const std::string &kernel, bool json) {
  llvm::StringRef text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  Result<KernelExplanation> explanation = explainKernel(model.manifest, text, kernel, path);
  if (!explanation)
    return explanation.error();
  Result<std::optional<KernelMeasurement>> measured = measure(path, kernel);
  if (!measured)
    return measured.error();
  return json ? jsonText(explanationJson(*explanation, *measured), 2) + "\n" : explanationText(*explanation, *measured);
}

std::string_view llvmVersion() { return LLVM_VERSION_STRING; }

} // namespace tern
