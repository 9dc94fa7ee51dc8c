//===- tern-eval.cpp - Compares a compiled model with its reference -----------===//
#include "runtime/eval/evaluate.h"
#include "runtime/eval/layers.h"
#include "tools/arguments.h"

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

static int fail(const std::string &message) {
  std::fprintf(stderr, "tern-eval: %s\n", message.c_str());
  return 1;
}

static int checkLayers(const std::shared_ptr<tern::Model> &model, const tern::Reference &reference,
                       const std::string &checkpointPath) {
  std::optional<tern::Checkpoint> checkpoint;
  if (!checkpointPath.empty()) {
    auto opened = tern::Checkpoint::open(checkpointPath);
    if (!opened)
      return fail(opened.error().message);
    checkpoint = std::move(*opened);
  }
  std::vector<std::vector<int32_t>> prompts;
  for (const tern::ReferencePrompt &prompt : reference.prompts)
    prompts.push_back(prompt.ids);
  auto report = tern::checkLayers(model, checkpoint ? &*checkpoint : nullptr, prompts);
  if (!report)
    return fail(report.error().message);
  std::printf("%s\n", tern::jsonText(*report, 2).c_str());
  if ((*report)["pass"].get<bool>())
    return 0;
  if (report->contains("first"))
    return fail(model->path() + ": " + (*report)["first"]["operator"].get<std::string>() +
                " is the first operator out of tolerance");
  return fail(model->path() + ": " + tern::jsonText((*report)["unchecked"]) + " could not be checked");
}

int main(int argc, char **argv) {
  std::string modelPath, referencePath, checkpointPath;
  uint64_t threads = 0;
  bool layers = false;
  tern::Tolerances tolerances;
  CLI::App app("tern-eval: compares a compiled model with a reference by Hugging Face transformers or, with --layers, "
               "every operator of it\n"
               "with the scalar reference. Prints a JSON report; exit status 1 when a figure is out of tolerance.",
               "tern-eval");
  app.add_option("MODEL", modelPath, "Model object (model.tern)")->required();
  app.add_option("--reference", referencePath,
                 "Folder with reference.json and reference.safetensors, or the JSON file");
  app.add_flag("--layers", layers,
               "Compare operator by operator, and name the first that is out of tolerance; prompts are those of "
               "--reference, if given");
  app.add_option("--checkpoint", checkpointPath,
                 "With --layers: take the reference's weights from this checkpoint, not from the model object");
  app.add_option("-t,--threads", threads, "Threads (default: one for each processor)")->check(CLI::Range(0, 1024));
  app.add_option("--logits-tolerance", tolerances.logits,
                 "Relative L2 error of the logits at any position (default 2e-3)");
  app.add_option("--margin", tolerances.margin,
                 "Greedy tokens may differ after a reference margin below this (default 0.02)");
  app.add_option("--perplexity-tolerance", tolerances.perplexity, "Relative error of the perplexity (default 5e-4)");
  if (std::optional<int> status = tern::parseArguments(app, argc, argv))
    return *status;
  if (referencePath.empty() && !layers) {
    fail("--reference is required, unless --layers is given; see tern-eval --help");
    return 2;
  }

  auto model = tern::Model::load(modelPath, tern::Verify::Auto);
  if (!model)
    return fail(model.error().message);
  tern::Reference reference;
  if (!referencePath.empty()) {
    auto loaded = tern::Reference::load(referencePath);
    if (!loaded)
      return fail(loaded.error().message);
    reference = std::move(*loaded);
  }
  if (layers)
    return checkLayers(*model, reference, checkpointPath);
  auto session = tern::Session::create(*model, threads, 0);
  if (!session)
    return fail(session.error().message);
  auto report = tern::evaluate(**session, reference, tolerances);
  if (!report)
    return fail(report.error().message);
  std::printf("%s\n", tern::jsonText(*report, 2).c_str());
  return (*report)["pass"].get<bool>() ? 0 : 1;
}
