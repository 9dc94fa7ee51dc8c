//===- halide_target.cpp - Halide's name of a target ----------------------===//
#include "compiler/dense/compiled_pipeline.h"
#include "compiler/dense/dense_kind.h"

#include <utility>

namespace tern {

/// Features that Halide and LLVM both have, by both names.
static constexpr std::pair<const char *, const char *> kX86Features[] = {
    {"sse41", "sse4.1"}, {"avx", "avx"}, {"avx2", "avx2"}, {"fma", "fma"}, {"f16c", "f16c"},
};

static std::string x86Name(const TargetInfo &target) {
  std::string name = "x86-64-linux";
  for (auto [halide, llvm] : kX86Features)
    if (target.has(llvm))
      name += std::string("-") + halide;
  if (vectorUnit(target).floatBytes == 64)
    name += "-avx512-avx512_skylake";
  return name;
}

Result<std::string> halideTargetName(const DenseKernel &kernel, const TargetInfo &target) {
  std::string architecture(target.architecture());
  if (architecture == "x86_64")
    return x86Name(target);
  if (architecture == "aarch64")
    return std::string("arm-64-linux");
  return denseError(kernel,
                    "no dense kernels for architecture '" + architecture + "'; supported are x86_64 and aarch64");
}

} // namespace tern
