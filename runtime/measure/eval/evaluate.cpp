//===- evaluate.cpp - A model against its references --------------------------===//
#include "runtime/measure/eval/evaluate.h"

#include "lib/object/decoder_exports.h"
#include "runtime/measure/eval/prompts.h"
#include "runtime/measure/eval/windows.h"

#include <algorithm>

namespace tern {
namespace {

Status comparePrompts(Session &session, const References &references, const AgreementRules &rules,
                      Agreement &agreement) {
  const Reference &single = references.single;
  std::vector<PromptErrors> prompts;
  for (size_t i = 0; i < single.prompts.size(); ++i) {
    Result<PromptErrors> run =
        runPrompt(session, single.prompts[i], references.wide ? &references.wide->prompts[i] : nullptr);
    if (!run)
      return Error{single.path + ": prompts[" + single.prompts[i].name + "]: " + run.error().message};
    prompts.push_back(std::move(*run));
  }
  judgePrompts(prompts, rules, agreement);
  return {};
}

Status compareWindows(Session &session, const References &references, const AgreementRules &rules,
                      Agreement &agreement) {
  std::vector<WindowFigures> windows;
  for (const ReferencePerplexity &text : references.single.perplexities) {
    WindowFigures &figures = windows.emplace_back(WindowFigures{.single = &text, .wideMeanNll = {}});
    if (references.wide) {
      auto wide = std::ranges::find(references.wide->perplexities, text.name, &ReferencePerplexity::name);
      if (wide != references.wide->perplexities.end())
        figures.wideMeanNll = wide->meanNll;
    }
    Result<double> nll = meanNll(session, text.ids, text.window);
    if (!nll)
      return Error{references.single.path + ": " + text.name + ": " + nll.error().message};
    figures.meanNll = *nll;
  }
  judgeWindows(windows, rules, agreement);
  return {};
}

/// Prompts and windows, where the model is one that goes on with a text.
Status compareTexts(const std::shared_ptr<Model> &model, uint64_t threads, const References &references,
                    const AgreementRules &rules, Agreement &agreement) {
  if (!model->find(kDecodeExport)) {
    if (!agreement.report.contains("layers") || agreement.report["layers"]["rows"] == 0)
      return Error{model->path() + ": exports nothing that " + references.single.path + " could be compared with"};
    agreement.notJudged.push_back("prompts and windows: " + model->path() + " exports no " + kDecodeExport);
    judgePrompts({}, rules, agreement);
    judgeWindows({}, rules, agreement);
    return {};
  }
  Result<std::unique_ptr<Session>> session = Session::create(model, threads, 0);
  if (!session)
    return session.error();
  if (Status status = comparePrompts(**session, references, rules, agreement); !status)
    return status;
  return compareWindows(**session, references, rules, agreement);
}

/// What the folder does not have, and so nobody judges.
void nameWhatIsMissing(const References &references, const AgreementRules &rules, Agreement &agreement) {
  if (!references.lockstep)
    agreement.notJudged.push_back("layers: there is no " + references.lockstepPath);
  if (!references.wide)
    agreement.notJudged.push_back(
        std::string(rules.onlySettledPrompts ? "settled prompts (which are settled is unknown), and the" : "the") +
        " distance from a reference64.json: there is none beside " + references.single.path);
  if (references.single.prompts.empty())
    agreement.notJudged.push_back("prompts: " + references.single.path + " has none");
  if (references.single.perplexities.empty())
    agreement.notJudged.push_back("windows: " + references.single.path + " has none");
}

} // namespace

Result<Agreement> evaluate(const std::shared_ptr<Model> &model, uint64_t threads, const References &references,
                           const AgreementRules &rules) {
  Agreement agreement;
  nameWhatIsMissing(references, rules, agreement);
  if (references.lockstep)
    if (Status status = compareLockstep(model, threads, *references.lockstep, rules, agreement); !status)
      return Error{references.lockstepPath + ": " + status.error().message};
  if (Status status = compareTexts(model, threads, references, rules, agreement); !status)
    return status.error();
  agreement.report["rules"] = rules.toJson();
  agreement.report["failures"] = agreement.failures;
  agreement.report["not_judged"] = agreement.notJudged;
  agreement.report["pass"] = agreement.pass();
  return agreement;
}

} // namespace tern
