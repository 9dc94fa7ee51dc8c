//===- tern-eval.cpp - Compares a compiled model with its reference -----------===//
#include "runtime/eval/evaluate.h"
#include "tools/arguments.h"

#include <cstdio>
#include <string>

static int fail(const std::string &message) {
  std::fprintf(stderr, "tern-eval: %s\n", message.c_str());
  return 1;
}

int main(int argc, char **argv) {
  std::string modelPath, referencePath;
  uint64_t threads = 0;
  tern::Tolerances tolerances;
  CLI::App app("tern-eval: compares a compiled model with a reference by Hugging Face transformers.\n"
               "Prints a JSON report; exit status 1 when a figure is out of tolerance.",
               "tern-eval");
  app.add_option("MODEL", modelPath, "Model object (model.tern)")->required();
  app.add_option("--reference", referencePath, "Folder with reference.json and reference.safetensors, or the JSON file")->required();
  app.add_option("-t,--threads", threads, "Threads (default: one for each processor)")->check(CLI::Range(0, 1024));
  app.add_option("--logits-tolerance", tolerances.logits, "Relative L2 error of the logits at any position (default 2e-3)");
  app.add_option("--margin", tolerances.margin, "Greedy tokens may differ after a reference margin below this (default 0.02)");
  app.add_option("--perplexity-tolerance", tolerances.perplexity, "Relative error of the perplexity (default 5e-4)");
  if (std::optional<int> status = tern::parseArguments(app, argc, argv))
    return *status;

  auto model = tern::Model::load(modelPath, tern::Verify::Auto);
  if (!model)
    return fail(model.error().message);
  auto reference = tern::Reference::load(referencePath);
  if (!reference)
    return fail(reference.error().message);
  auto session = tern::Session::create(*model, threads, 0);
  if (!session)
    return fail(session.error().message);
  auto report = tern::evaluate(**session, *reference, tolerances);
  if (!report)
    return fail(report.error().message);
  std::printf("%s\n", report->dump(2).c_str());
  return (*report)["pass"].get<bool>() ? 0 : 1;
}
