//===- compile_pipeline.cpp - From a kernel to bitcode --------------------===//
#include "compiler/dense/compiled_pipeline.h"
#include "compiler/dense/dense_kind.h"
#include "lib/base/memory_path.h"

#include <algorithm>

namespace tern {
namespace {

/// Keeps Halide off stderr: its warnings are advice on schedules, and its errors become values
/// below.
struct SilentReporter : Halide::CompileTimeErrorReporter {
  void warning(const char *) override {}
  void error(const char *message) override { throw Halide::CompileError(message); }
};

/// Halide's exceptions end here.
Result<CompiledPipeline> compile(const DenseKernel &kernel, const DenseKind &kind, const std::string &targetName,
                                 const VectorUnit &vectors) try {
  static SilentReporter reporter;
  Halide::set_custom_compile_time_error_reporter(&reporter);
  Halide::Target target(targetName);
  for (auto feature : {Halide::Target::NoRuntime, Halide::Target::NoAsserts, Halide::Target::NoBoundsQuery,
                       Halide::Target::StrictFloat})
    target.set_feature(feature);
  PipelineBuilder builder(kernel, {.lanes = int(vectors.floatBytes / 4), .registers = int(vectors.registers)});
  if (Status built = kind.build(builder); !built)
    return built.error();
  if (Status read = builder.parametersRead(); !read)
    return read.error();
  DensePipeline &pipeline = builder.pipeline;
  if (pipeline.largeBuffers)
    target.set_feature(Halide::Target::LargeBuffers);

  // Halide writes bitcode to a path only, and aborts the process when it cannot.
  Result<std::unique_ptr<WritablePath>> bitcode = WritablePath::create();
  if (!bitcode)
    return bitcode.error();
  Halide::Pipeline(pipeline.outputs)
      .compile_to_module(pipeline.inputs, CompiledPipeline::symbol, target, Halide::LinkageType::External)
      .compile({{Halide::OutputFileType::bitcode, (*bitcode)->path()}});
  return CompiledPipeline{(*bitcode)->finish(), std::move(pipeline.arguments), pipeline.contract};
} catch (const Halide::Error &error) {
  std::string message = error.what();
  std::replace(message.begin(), message.end(), '\n', ' ');
  return denseError(kernel, "Halide: " + message);
}

} // namespace

Result<CompiledPipeline> compilePipeline(const DenseKernel &kernel, const std::vector<DenseKind> &kinds,
                                         const std::string &halideTarget, const VectorUnit &vectors) {
  Result<const DenseKind *> kind = findDenseKind(kernel, kinds);
  if (!kind)
    return kind.error();
  if (Status fits = checkOperands(**kind, kernel); !fits)
    return fits.error();
  return compile(kernel, **kind, halideTarget, vectors);
}

} // namespace tern
