//===- prompts.cpp - A whole model beside its references ---------------------===//
#include "runtime/measure/eval/prompts.h"

#include "runtime/measure/eval/compare.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tern {
namespace {

/// For people: the way in a sentence.
std::string wayInWords(const PromptRun &run) { return run.way == "block" ? "in one block" : "token by token"; }

std::string whereOf(const PromptErrors &prompt, const PromptRun &run) {
  return "prompt " + prompt.single->name + ", " + wayInWords(run);
}

size_t worstRow(const std::vector<double> &errors) { return size_t(std::ranges::max_element(errors) - errors.begin()); }

double median(std::vector<double> errors) {
  std::ranges::sort(errors);
  return errors[errors.size() / 2];
}

double mean(const std::vector<double> &errors) {
  return std::reduce(errors.begin(), errors.end()) / double(errors.size());
}

bool isWithin(const std::vector<double> &errors, double tolerance) {
  return std::ranges::all_of(errors, [&](double error) { return error <= tolerance; });
}

/// "position 12: logits are off by 2.7e-3, more than 1e-5", and the worst position where that is another.
std::string positionsOff(const PromptErrors &prompt, const std::vector<double> &errors, double tolerance) {
  size_t first = 0;
  while (errors[first] <= tolerance)
    ++first;
  size_t worst = worstRow(errors);
  auto position = [&](size_t row) { return std::to_string(prompt.single->position(int64_t(row))); };
  return "position " + position(first) + ": logits are off by " + inWords(errors[first]) + ", more than " +
         inWords(tolerance) +
         (worst == first ? "" : "; most at position " + position(worst) + ", by " + inWords(errors[worst]));
}

/// The figures of one way, and failures of every position and of the median.
Json judgeLogits(const PromptErrors &prompt, const PromptRun &run, const AgreementRules &rules, Agreement &agreement) {
  std::vector<double> nearer = run.fromNearer();
  size_t worst = worstRow(nearer);
  if (!isWithin(nearer, rules.worstLogits))
    agreement.failures.push_back(whereOf(prompt, run) + ", " + positionsOff(prompt, nearer, rules.worstLogits) +
                                 "; no position of any prompt may be");
  if (!(median(nearer) <= rules.medianLogits))
    agreement.failures.push_back(whereOf(prompt, run) + ": half of the positions are off by " +
                                 inWords(median(nearer)) + " or more, which is more than " +
                                 inWords(rules.medianLogits));
  Json report = {{"max_relative_l2", nearer[worst]},
                 {"max_at", prompt.single->position(int64_t(worst))},
                 {"mean_relative_l2", mean(nearer)},
                 {"median_relative_l2", median(nearer)},
                 {"from_reference", run.fromSingle}};
  if (!run.fromWide.empty())
    report["from_reference64"] = run.fromWide;
  return report;
}

/// Greedy tokens beside both references, of which one must be met.
Json judgeGreedyRun(const PromptErrors &prompt, const PromptRun &run, const AgreementRules &rules,
                    Agreement &agreement) {
  Json report = {{"reference", judgeGreedy(run.greedy, *prompt.single, rules.greedyMargin)}};
  if (prompt.wide)
    report["reference64"] = judgeGreedy(run.greedy, *prompt.wide, rules.greedyMargin);
  bool pass = std::ranges::any_of(report, [](const Json &each) { return each["pass"].get<bool>(); });
  if (!pass) {
    std::string failure = whereOf(prompt, run) + ": greedy tokens differ";
    for (const auto &[name, each] : report.items())
      failure += (name == "reference" ? " from " : ", and from ") + name + " at token " +
                 std::to_string(each["first_difference"]["at"].get<int64_t>()) + ", where its margin is " +
                 inWords(each["first_difference"]["reference_margin"].get<double>());
    agreement.failures.push_back(failure + "; no margin up to there is under " + inWords(rules.greedyMargin));
  }
  report["pass"] = pass;
  return report;
}

int32_t highest(std::span<const float> logits) { return int32_t(std::ranges::max_element(logits) - logits.begin()); }

/// Decodes along the model's own choices from the logits of the prompt.
Result<std::vector<int32_t>> greedyTokens(Session &session, size_t count, size_t vocabulary) {
  std::vector<int32_t> tokens;
  while (tokens.size() < count) {
    tokens.push_back(highest(session.logits().last(vocabulary)));
    if (tokens.size() < count)
      if (Status status = session.append(std::span(&tokens.back(), 1), Session::Logits::Last); !status)
        return status.error();
  }
  return tokens;
}

std::vector<double> rowErrors(std::span<const float> actual, std::span<const float> expected, size_t rows) {
  std::vector<double> errors;
  size_t columns = expected.size() / rows;
  for (size_t row = 0; row < rows; ++row)
    errors.push_back(rowError(actual.subspan(row * columns, columns), expected.subspan(row * columns, columns)));
  return errors;
}

} // namespace

std::vector<double> PromptRun::fromNearer() const {
  std::vector<double> nearer = fromSingle;
  for (size_t row = 0; row < fromWide.size(); ++row)
    nearer[row] = std::min(nearer[row], fromWide[row]);
  return nearer;
}

const std::vector<double> &PromptRun::fromOne() const {
  return !fromWide.empty() && std::ranges::max(fromWide) < std::ranges::max(fromSingle) ? fromWide : fromSingle;
}

bool PromptErrors::isSettled() const {
  return apart.size() == single->ids.size() && isWithin(apart, AgreementRules::kSettled);
}

Json judgeGreedy(std::span<const int32_t> tokens, const ReferencePrompt &prompt, double margin) {
  size_t equal = 0;
  while (equal < prompt.greedy.size() && equal < tokens.size() && tokens[equal] == prompt.greedy[equal])
    ++equal;
  // At a place that even the reference nearly decides otherwise, two right models may part.
  auto narrow = std::ranges::find_if(prompt.greedyMargin, [&](double value) { return value < margin; });
  bool isEqual = equal == prompt.greedy.size();
  Json report = {{"equal", equal},
                 {"of", prompt.greedy.size()},
                 {"pass", isEqual || int64_t(equal) >= narrow - prompt.greedyMargin.begin()}};
  if (!isEqual)
    report["first_difference"] = {{"at", equal}, {"reference_margin", prompt.greedyMargin[equal]}};
  return report;
}

void judgePrompts(std::span<const PromptErrors> prompts, const AgreementRules &rules, Agreement &agreement) {
  Json reports = Json::array();
  int64_t judged = 0, settled = 0, promptsOff = 0;
  std::vector<std::string> off;
  for (const PromptErrors &prompt : prompts) {
    const size_t failuresBefore = agreement.failures.size();
    Json report = {{"name", prompt.single->name}, {"tokens", prompt.single->ids.size()}};
    if (prompt.wide) {
      report["settled"] = prompt.isSettled();
      report["references_apart"] = prompt.apart;
      settled += prompt.isSettled();
    }
    if (rules.onlySettledPrompts && prompt.wide && prompt.single->logitRows < int64_t(prompt.single->ids.size()))
      agreement.notJudged.push_back("prompt " + prompt.single->name + ": the references have logits of " +
                                    std::to_string(prompt.single->logitRows) + " of its " +
                                    std::to_string(prompt.single->ids.size()) +
                                    " positions; whether it is settled is unknown");
    bool isJudged = !rules.onlySettledPrompts || prompt.isSettled(), agrees = true;
    for (const PromptRun &run : prompt.runs) {
      report["logits"][run.way] = judgeLogits(prompt, run, rules, agreement);
      report["greedy"][run.way] = judgeGreedyRun(prompt, run, rules, agreement);
      if (isWithin(run.fromOne(), rules.logits))
        continue;
      agrees = false;
      if (isJudged)
        off.push_back(whereOf(prompt, run) + ", " + positionsOff(prompt, run.fromOne(), rules.logits));
    }
    judged += isJudged;
    promptsOff += isJudged && !agrees;
    report["judged"] = isJudged;
    report["agrees"] = agrees;
    report["pass"] = agreement.failures.size() == failuresBefore;
    reports.push_back(std::move(report));
  }
  if (judged == 0 && std::ranges::any_of(prompts, [](const PromptErrors &prompt) { return prompt.wide; }))
    agreement.notJudged.push_back("prompts to " + inWords(rules.logits) + ": none is settled");
  if (promptsOff > rules.promptsOff) {
    for (Json &report : reports)
      if (report["judged"].get<bool>() && !report["agrees"].get<bool>())
        report["pass"] = false;
    for (const std::string &text : off)
      agreement.failures.push_back(
          text + " (of " + std::to_string(judged) + (rules.onlySettledPrompts ? " settled" : "") + " prompts " +
          std::to_string(promptsOff) + " are off, " + std::to_string(rules.promptsOff) + " may be)");
  }
  agreement.report["prompts"] = std::move(reports);
  agreement.report["logits"] = {{"prompts", prompts.size()},
                                {"settled", settled},
                                {"judged", judged},
                                {"off", promptsOff},
                                {"may_be_off", rules.promptsOff}};
}

Result<PromptErrors> runPrompt(Session &session, const ReferencePrompt &single, const ReferencePrompt *wide) {
  const size_t vocabulary = session.model().header().vocab_size, rows = size_t(single.logitRows);
  if (single.logits.size() != rows * vocabulary)
    return Error{"has logits for a vocabulary of " + std::to_string(single.logits.size() / rows) + ", " +
                 session.model().path() + " has " + std::to_string(vocabulary)};
  PromptErrors errors{&single, wide, {}, {}};
  if (wide)
    errors.apart = rowErrors(wide->logits, single.logits, rows);
  for (auto [way, block] : {std::pair{"block", uint64_t(0)}, std::pair{"token_by_token", uint64_t(1)}}) {
    session.truncate(0);
    if (Status status = session.append(single.ids, Session::Logits::All, block); !status)
      return status.error();
    PromptRun run;
    run.way = way;
    std::span<const float> logits = session.logits().last(single.logits.size());
    run.fromSingle = rowErrors(logits, single.logits, rows);
    if (wide)
      run.fromWide = rowErrors(logits, wide->logits, rows);
    size_t count = std::max(single.greedy.size(), wide ? wide->greedy.size() : 0);
    Result<std::vector<int32_t>> greedy = greedyTokens(session, count, vocabulary);
    if (!greedy)
      return greedy.error();
    run.greedy = std::move(*greedy);
    errors.runs.push_back(std::move(run));
  }
  return errors;
}

} // namespace tern
