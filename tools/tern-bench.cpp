//===- tern-bench.cpp - Measures a model, or single kernels -------------------===//
#include "runtime/measure/bench/density.h"
#include "runtime/measure/bench/html_report.h"
#include "runtime/measure/bench/model_kernels.h"
#include "runtime/measure/bench/report_tables.h"
#include "tools/arguments.h"
#include "tools/numbers.h"
#include "tools/report_option.h"
#include "tools/tern-bench-kernels.h"

#include <cstdio>
#include <optional>
#include <string>
#include <unistd.h>

/// One line that is overwritten, for a person who waits.
static void showProgress(size_t done, size_t total) {
  std::fprintf(stderr, "\r\033[K[%zu/%zu]%s", done + 1, total, done + 1 == total ? "\r\033[K" : "");
}

/// What the command line asks for.
struct Request {
  std::string model, format = "md", lmHead = "auto";
  tern::ReportOption report;
  bool kernels = false, own = false, listKernels = false;
  double density = 1;
  int64_t coldMegabytes = 384;
  tern::ModelBenchOptions options;
  tern::KernelRequest kernel;

  /// What a page is named after.
  std::string subject() const { return model.empty() ? "kernels" : model; }
};

/// The kernels of a model object as they are, for single tokens or for its blocks of them.
static tern::Result<tern::KernelReport> benchOwnKernels(const std::string &path, const tern::KernelRequest &request,
                                                        const tern::KernelBenchOptions &options) {
  tern::Result<std::shared_ptr<tern::Model>> model = tern::Model::load(path, tern::Verify::Auto);
  if (!model)
    return model.error();
  tern::Result<std::vector<tern::NamedKernel>> kernels = tern::modelKernels(*model);
  if (!kernels)
    return kernels.error();
  std::erase_if(*kernels, [&](const tern::NamedKernel &kernel) {
    return (kernel.kernel.shape.tokenBound == 1) != (request.tokens == 1);
  });
  for (tern::NamedKernel &kernel : *kernels)
    kernel.density = request.density;
  return tern::benchKernels(*kernels, options);
}

static int run(const tern::Tool &tool, Request &request) {
  if (request.listKernels) {
    tern::Result<std::string> list = tern::listKernels(request.kernel);
    if (!list)
      return tool.fail(list.error().message);
    return tool.print(*list);
  }
  std::optional<tern::ModelReport> modelReport;
  std::optional<tern::KernelReport> kernelReport;
  std::string text, modelName;
  tern::Json json;
  bool csv = request.format == "csv";
  if (!request.model.empty()) {
    tern::Result<std::shared_ptr<tern::Model>> model = tern::Model::load(request.model, tern::Verify::Auto);
    if (!model)
      return tool.fail(model.error().message);
    modelName = (*model)->manifest().name;
    if (request.density < 1)
      if (tern::Status status = tern::limitDensity(**model, request.density); !status)
        return tool.fail(status.error().message);
    if (request.kernels && request.kernel.shapes.empty())
      request.kernel.shapes = tern::productShapes((*model)->manifest());
    tern::Result<tern::ModelReport> report = tern::benchModel(*model, request.options);
    if (!report)
      return tool.fail(report.error().message);
    modelReport = std::move(*report);
    text += tern::reportText(*modelReport, **model, csv);
    json = modelReport->toJson(**model);
  }
  if (request.kernels) {
    tern::KernelBenchOptions options;
    options.threads = request.options.threads;
    options.repetitions = request.options.repetitions;
    options.progress = request.options.progress;
    options.coldBytes = uint64_t(request.coldMegabytes) << 20;
    request.kernel.density = request.density;
    tern::Result<tern::KernelReport> report = request.own ? benchOwnKernels(request.model, request.kernel, options)
                                                          : tern::benchRequestedKernels(request.kernel, options);
    if (!report)
      return tool.fail(report.error().message);
    kernelReport = std::move(*report);
    text += (text.empty() ? "" : "\n") + tern::reportText(*kernelReport, csv);
    (modelReport ? json["kernel_report"] : json) = kernelReport->toJson();
  }
  if (request.report.isAsked()) {
    std::string page =
        tern::htmlReport(modelReport ? &*modelReport : nullptr, modelName, kernelReport ? &*kernelReport : nullptr);
    if (tern::Status status = request.report.write(page, request.subject()); !status)
      return tool.fail(status.error().message);
  }
  if (request.format == "json")
    text = tern::jsonText(json, 2) + "\n";
  if (int status = tool.print(text))
    return status;
  if (kernelReport)
    for (const tern::KernelFigures &figures : kernelReport->kernels)
      if (figures.wrong != 0)
        return tool.fail(figures.family + ": " + std::to_string(figures.wrong) +
                         " sums differ from the scalar product");
  return 0;
}

int main(int argc, char **argv) {
  tern::Tool tool("tern-bench");
  Request request;
  tern::PathOptions paths;
  tern::ModelBenchOptions &options = request.options;
  CLI::App app(
      "tern-bench: measures prefill and decode of a model, or single kernels, beside the ceilings of this machine",
      tool.name);
  auto *model = app.add_option("MODEL", request.model, "Model object (model.tern)");
  tern::addWhole(app, "-p", options.promptTokens, 0, 1 << 20, "Tokens of the prefill test, 0: none (default 512)")
      ->needs(model);
  tern::addWhole(app, "-n", options.decodeTokens, 0, 1 << 20, "Tokens of the decode test, 0: none (default 128)")
      ->needs(model);
  tern::addWhole(app, "-d,--depth", options.depth, 0, 1 << 20, "Positions of context before the tests (default 0)")
      ->needs(model);
  tern::addWhole(app, "-t,--threads", options.threads, 1, 1024, "Numbers of threads, comma-separated (default 1)")
      ->delimiter(',');
  tern::addWhole(app, "-r", options.repetitions, 1, 10000, "Rounds; all tests run in each (default 5)");
  app.add_option("-o", request.format, "Output: md, csv or json (default md)")
      ->check(CLI::IsMember({"md", "csv", "json"}));
  request.report.addTo(app, "MODEL's name with .html, or kernels.html");
  tern::addReal(
      app, "--density", request.density, 0, 1,
      "At most this fraction of the inputs of ffn_down, or of a single kernel's columns, is not zero (default 1)");
  app.add_option("--lm-head", request.lmHead,
                 "auto: skip rows of the output head that cannot decide; full: compute every logit")
      ->check(CLI::IsMember({"auto", "full"}))
      ->needs(model);
  auto *single = app.add_flag("--kernels", request.kernels, "Measure single kernels on cold weights");
  auto *own = app.add_flag("--own", request.own,
                           "With MODEL: its own kernels as they are in the object, instead of the families")
                  ->needs(single)
                  ->needs(model);
  tern::addWhole(app, "--cold", request.coldMegabytes, 1, 1 << 16,
                 "Megabytes that the copies of the weights take, more than the caches (default 384)")
      ->needs(single);
  tern::addWhole(app, "--tokens", request.kernel.tokens, 1, 4096, "Tokens of a call (default 1)")->needs(single);
  // What follows chooses among the families, or changes their kernels: those of an object are as they are.
  auto addFamilyOption = [&](const char *name, auto &value, const char *description) {
    return app.add_option(name, value, description)->needs(single)->excludes(own);
  };
  addFamilyOption("--shape", request.kernel.shapes,
                  "ROWSxCOLUMNS of the weights, comma-separated (default: those of MODEL, or of BitNet b1.58 2B4T)")
      ->delimiter(',');
  addFamilyOption("--kernel", request.kernel.families, "Only the kernel families of these names, comma-separated")
      ->delimiter(',');
  addFamilyOption("--transform", request.kernel.transform,
                  "Also measure the kernels as this transform-dialect file changes them");
  addFamilyOption("--kernel-library", request.kernel.kernelLibrary,
                  "Also measure them with kernel functions out of this MLIR file");
  addFamilyOption("--strategy", request.kernel.strategy, "Only families of this strategy: dot, ...");
  addFamilyOption("--layout", request.kernel.layout, "Only families of this layout: codes2, codes2:4x256, ...");
  app.add_flag("--list-kernels", request.listKernels, "List the kernel families and end")
      ->excludes(single)
      ->excludes(model);
  app.add_option("--target-cpu", request.kernel.cpu, "Compile for this CPU, which must run here (default host)")
      ->excludes(own);
  paths.addTo(app);
  if (std::optional<int> status = tern::parseArguments(tool, app, argc, argv, tern::llvmVersion()))
    return *status;
  if (request.model.empty() && !request.kernels && !request.listKernels)
    return tool.usageError("name a model object, or give --kernels or --list-kernels");
  if (!request.model.empty() && options.promptTokens == 0 && options.decodeTokens == 0 && !request.kernels)
    return tool.usageError("-p 0 and -n 0 leave nothing to measure");
  paths.reads("MODEL", request.model);
  paths.reads("--transform", request.kernel.transform);
  paths.reads("--kernel-library", request.kernel.kernelLibrary);
  request.report.listIn(paths, request.subject());
  if (tern::Status status = paths.check(); !status)
    return tool.fail(status.error().message);
  options.fullHead = request.lmHead == "full";
  if (::isatty(STDERR_FILENO))
    options.progress = showProgress;
  return run(tool, request);
}
