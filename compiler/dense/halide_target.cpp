//===- halide_target.cpp - Halide's name of a target ----------------------===//
#include "compiler/dense/compiled_pipeline.h"
#include "compiler/dense/kinds.h"

#include <algorithm>

namespace tern {

/// A Halide feature and the LLVM features that it stands for, all of which must be there.
struct HalideFeature {
  const char *name;
  std::vector<const char *> needs;
};

static std::string x86Name(const std::vector<std::string> &features) {
  static const HalideFeature known[] = {
      {"sse41", {"sse4.1"}}, {"avx", {"avx"}},
      {"avx2", {"avx2"}},    {"fma", {"fma"}},
      {"f16c", {"f16c"}},    {"avx512-avx512_skylake", {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}},
  };
  std::string name = "x86-64-linux";
  for (const HalideFeature &feature : known)
    if (std::ranges::all_of(feature.needs, [&](const char *need) { return std::ranges::count(features, need) > 0; }))
      name += std::string("-") + feature.name;
  return name;
}

Result<std::string> halideTargetName(const DenseKernel &kernel, const DenseTarget &target) {
  std::string architecture = target.triple.substr(0, target.triple.find('-'));
  if (architecture == "x86_64")
    return x86Name(target.features);
  if (architecture == "aarch64")
    return std::string("arm-64-linux");
  return denseError(kernel,
                    "no dense kernels for architecture '" + architecture + "'; supported are x86_64 and aarch64");
}

} // namespace tern
