//===- tern-eval.cpp - Compares a compiled model with its reference -----------===//
#include "runtime/measure/eval/evaluate.h"
#include "runtime/measure/eval/layers.h"
#include "runtime/measure/eval/windows.h"
#include "tools/arguments.h"
#include "tools/numbers.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

/// Exit statuses: kOutOfTolerance says of the model that it is wrong, kError that it was not compared.
static constexpr int kOutOfTolerance = 1, kError = 3;

/// The report, and the line that says what is out of tolerance; the exit status.
static int conclude(const tern::Tool &tool, const tern::Json &report, const std::string &problem) {
  if (int status = tool.print(tern::jsonText(report, 2) + "\n"))
    return status;
  if (report["pass"].get<bool>())
    return 0;
  if (!problem.empty())
    tool.fail(problem);
  return kOutOfTolerance;
}

static int checkLayers(const tern::Tool &tool, const std::shared_ptr<tern::Model> &model,
                       const tern::Reference &reference, const std::string &checkpointPath) {
  std::optional<tern::Checkpoint> checkpoint;
  if (!checkpointPath.empty()) {
    auto opened = tern::Checkpoint::open(checkpointPath, tern::i2sBlocksOf(model->manifest()));
    if (!opened)
      return tool.fail(opened.error().message);
    checkpoint = std::move(*opened);
  }
  std::vector<std::vector<int32_t>> prompts;
  for (const tern::ReferencePrompt &prompt : reference.prompts)
    prompts.push_back(prompt.ids);
  auto report = tern::checkLayers(model, checkpoint ? &*checkpoint : nullptr, prompts);
  if (!report)
    return tool.fail(report.error().message);
  if (report->contains("first"))
    return conclude(tool, *report,
                    model->path() + ": " + (*report)["first"]["operator"].get<std::string>() +
                        " is the first operator out of tolerance");
  return conclude(tool, *report,
                  model->path() + ": " + tern::jsonText((*report)["unchecked"]) + " could not be checked");
}

/// Tokens of a window of --perplexity: the logits of all of them are in memory at once.
static constexpr int64_t kWindow = 512;

static int evaluateText(const tern::Tool &tool, tern::Session &session, const std::string &path) {
  constexpr uint64_t kLargestText = 256 << 20;
  auto text = tern::readFile(path, kLargestText);
  if (!text)
    return tool.fail(text.error().message);
  auto tokenizer = session.model().tokenizer();
  if (!tokenizer)
    return tool.fail(tokenizer.error().message);
  auto ids = (*tokenizer)->encode(*text, /*addSpecialTokens=*/true, tern::Tokenizer::Specials::Text);
  if (!ids)
    return tool.fail(path + ": " + ids.error().message);
  auto report = tern::textPerplexity(session, *ids, kWindow);
  if (!report)
    return tool.fail(path + ": " + report.error().message);
  return tool.print(tern::jsonText({{"perplexity", *report}}, 2) + "\n");
}

/// Logits that have nothing in common with the reference's are another matter than inexact ones.
static bool isFar(const tern::Json &report) {
  constexpr double kFar = 0.5; // relative L2; two vectors that have nothing in common are 1.4 apart
  bool far = !report["prompts"].empty();
  for (const tern::Json &prompt : report["prompts"]) {
    const tern::Json &error = prompt["logits"]["block"]["mean_relative_l2"];
    far = far && !(error.is_number() && error.get<double>() < kFar);
  }
  return far;
}

/// Prints every figure, and on standard error what failed and what could not be judged; the exit status.
static int checkAgreement(const tern::Tool &tool, const std::shared_ptr<tern::Model> &model, uint64_t threads,
                          const std::string &referencePath, const tern::AgreementRules &rules) {
  auto references = tern::References::load(referencePath);
  if (!references)
    return tool.fail(references.error().message);
  auto agreement = tern::evaluate(model, threads, *references, rules);
  if (!agreement)
    return tool.fail(agreement.error().message);
  for (const std::string &what : agreement->notJudged)
    tool.warn("not judged: " + what);
  for (const std::string &failure : agreement->failures)
    tool.fail(failure);
  std::string verdict = model->path() + ": is out of tolerance";
  if (isFar(agreement->report))
    verdict = model->path() + ": its logits have little in common with those of " + referencePath +
              "; is that another model's?";
  return conclude(tool, agreement->report, verdict);
}

int main(int argc, char **argv) {
  tern::Tool tool("tern-eval", kError);
  std::string modelPath, referencePath, checkpointPath, textPath;
  uint64_t threads = 0;
  bool layers = false;
  std::string rulesName;
  std::optional<double> worstLogits, greedyMargin, nll;
  CLI::App app(
      "tern-eval: compares a compiled model with references (layer by layer, as a whole, greedy tokens and perplexity) "
      "or, with --layers, every operator\n"
      "of it with the scalar reference. Prints a JSON report, and on standard error what failed and what could not be "
      "judged.\nExit status: 0 all within tolerance, 1 a figure is not (or the report cannot be written), 2 a mistake "
      "in the command line, 3 the comparison could not be made.",
      tool.name);
  app.add_option("MODEL", modelPath, "Model object (model.tern)")->required();
  auto *reference = app.add_option("--reference", referencePath,
                                   "Folder with reference.json and reference.safetensors, or the JSON file; "
                                   "reference64.* and lockstep.safetensors beside them are compared too");
  auto *byLayer =
      app.add_flag("--layers", layers,
                   "Compare operator by operator, and name the first that is out of tolerance; prompts are those of "
                   "--reference, if given");
  app.add_option("--checkpoint", checkpointPath,
                 "With --layers: take the reference's weights from this checkpoint, not from the model object")
      ->needs(byLayer);
  app.add_option("--perplexity", textPath,
                 "Instead: the perplexity of this text, in windows of 512 tokens; nothing is compared")
      ->excludes(reference)
      ->excludes(byLayer);
  // What follows is of the comparison with --reference alone.
  tern::addWhole(app, "-t,--threads", threads, 0, 1024, "Threads (default: one for each processor)")->excludes(byLayer);
  constexpr double kAny = std::numeric_limits<double>::infinity();
  std::string rulesHelp = "How near is near enough";
  for (const tern::AgreementRules &each : tern::agreementRules())
    rulesHelp += (&each == tern::agreementRules().data() ? ": " : ", ") + each.name + " (" + each.of + ")";
  app.add_option("--rules", rulesName, rulesHelp + "; default: by the model")->type_name("NAME")->excludes(byLayer);
  tern::addReal(app, "--logits-tolerance", worstLogits, 0, kAny,
                "Relative L2 error of the logits that no position may pass (default: of the rules)")
      ->excludes(byLayer);
  tern::addReal(app, "--margin", greedyMargin, 0, kAny,
                "Greedy tokens may differ from a reference margin below this on (default: of the rules)")
      ->excludes(byLayer);
  tern::addReal(app, "--perplexity-tolerance", nll, 0, kAny,
                "Difference of nll_mean, the logarithm of the perplexity (default: of the rules)")
      ->excludes(byLayer);
  if (std::optional<int> status = tern::parseArguments(tool, app, argc, argv))
    return *status;
  if (referencePath.empty() && !layers && textPath.empty())
    return tool.usageError("--reference is required, unless --layers or --perplexity is given");
  if (!rulesName.empty() && !tern::findAgreementRules(rulesName))
    return tool.usageError("--rules: there are no rules " + tern::quote(rulesName));
  tern::CommandPaths paths;
  paths.reads("MODEL", modelPath);
  paths.reads("--reference", referencePath);
  paths.reads("--checkpoint", checkpointPath);
  paths.reads("--perplexity", textPath);
  if (tern::Status status = paths.check(false); !status)
    return tool.fail(status.error().message);

  auto model = tern::Model::load(modelPath, tern::Verify::Auto);
  if (!model)
    return tool.fail(model.error().message);
  if (layers) {
    tern::Reference expected;
    if (!referencePath.empty()) {
      auto loaded = tern::Reference::load(referencePath);
      if (!loaded)
        return tool.fail(loaded.error().message);
      expected = std::move(*loaded);
    }
    return checkLayers(tool, *model, expected, checkpointPath);
  }
  tool.warnOfThreads(int64_t(threads));
  if (!textPath.empty()) {
    auto session = tern::Session::create(*model, threads, 0);
    if (!session)
      return tool.fail(session.error().message);
    return evaluateText(tool, **session, textPath);
  }
  tern::AgreementRules rules =
      rulesName.empty() ? tern::agreementRulesOf((*model)->manifest()) : *tern::findAgreementRules(rulesName);
  rules.worstLogits = worstLogits.value_or(rules.worstLogits);
  rules.greedyMargin = greedyMargin.value_or(rules.greedyMargin);
  rules.nll = nll.value_or(rules.nll);
  return checkAgreement(tool, *model, threads, referencePath, rules);
}
