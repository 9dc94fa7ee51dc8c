//===- evaluate.cpp - A model against its reference ---------------------------===//
#include "runtime/eval/evaluate.h"

#include <algorithm>
#include <cmath>

namespace tern {
namespace {

double relativeError(std::span<const float> actual, std::span<const float> expected) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    difference += (double(actual[i]) - expected[i]) * (double(actual[i]) - expected[i]);
    norm += double(expected[i]) * expected[i];
  }
  double error = std::sqrt(difference / norm);
  return std::isfinite(error) ? error : HUGE_VAL; // NaN logits are as wrong as can be
}

int32_t highest(std::span<const float> logits) {
  return int32_t(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

class Evaluation {
public:
  Evaluation(Session &session, const Tolerances &tolerances)
      : session(session), tolerances(tolerances), vocabulary(session.model().header().vocab_size) {}

  Result<Json> prompt(const ReferencePrompt &prompt) {
    Json report = {{"tokens", prompt.ids.size()}};
    bool pass = true;
    if (prompt.logits.size() != size_t(prompt.logitRows) * vocabulary)
      return Error{"has logits for a vocabulary of " + std::to_string(prompt.logits.size() / size_t(prompt.logitRows)) +
                   ", " + session.model().path() + " has " + std::to_string(vocabulary)};
    for (auto [mode, block] : {std::pair{"block", uint64_t(0)}, std::pair{"token_by_token", uint64_t(1)}}) {
      session.truncate(0);
      if (Status status = session.append(prompt.ids, Session::Logits::All, block); !status)
        return status.error();
      double worst = 0, sum = 0;
      std::span<const float> last = session.logits().last(prompt.logits.size()), expected = prompt.logits;
      for (int64_t row = 0; row < prompt.logitRows; ++row) {
        double error = relativeError(last.subspan(size_t(row) * vocabulary, vocabulary),
                                     expected.subspan(size_t(row) * vocabulary, vocabulary));
        worst = std::max(worst, error);
        sum += error;
      }
      report["logits"][mode] = {{"max_relative_l2", worst}, {"mean_relative_l2", sum / double(prompt.logitRows)}};
      pass = pass && worst <= tolerances.logits;
      Result<Json> greedyReport = greedy(prompt);
      if (!greedyReport)
        return greedyReport;
      pass = pass && (*greedyReport)["pass"].get<bool>();
      report["greedy"][mode] = std::move(*greedyReport);
    }
    report["pass"] = pass;
    return report;
  }

  /// The mean of -log p(next token) over all positions of all windows, each of which begins an empty context.
  Result<double> meanNll(std::span<const int32_t> ids, int64_t window) {
    double sum = 0;
    size_t scored = ids.size() - 1;
    for (size_t first = 0; first < scored; first += size_t(window)) {
      size_t count = std::min(size_t(window), scored - first);
      session.truncate(0);
      if (Status status = session.append(ids.subspan(first, count), Session::Logits::All); !status)
        return status.error();
      for (size_t i = 0; i < count; ++i)
        sum += negativeLogLikelihood(session.logits().subspan(i * vocabulary, vocabulary), ids[first + i + 1]);
    }
    return sum / double(scored);
  }

  Result<Json> perplexity(const ReferencePerplexity &reference) {
    Result<double> mean = meanNll(reference.ids, reference.window);
    if (!mean)
      return mean.error();
    size_t scored = reference.ids.size() - 1;
    double nll = *mean, expected = std::exp(reference.meanNll);
    double error = std::fabs(std::exp(nll) - expected) / expected;
    return Json{{"tokens", scored},
                {"mean_nll", nll},
                {"reference_mean_nll", reference.meanNll},
                {"value", std::exp(nll)},
                {"reference", expected},
                {"relative_error", error},
                {"pass", error <= tolerances.perplexity}};
  }

private:
  /// Decodes along the model's own choices from the logits of the prompt.
  Result<Json> greedy(const ReferencePrompt &prompt) {
    size_t equal = 0;
    int64_t firstDifference = -1;
    double margin = 0;
    std::span<const float> logits = session.logits().last(vocabulary);
    for (; equal < prompt.greedy.size(); ++equal) {
      int32_t id = highest(logits);
      if (id != prompt.greedy[equal]) {
        firstDifference = int64_t(equal);
        margin = prompt.greedyMargin[equal];
        break;
      }
      if (equal + 1 == prompt.greedy.size())
        continue;
      if (Status status = session.append(std::span(&id, 1), Session::Logits::Last); !status)
        return status.error();
      logits = session.logits();
    }
    // After a position that even the reference nearly decides otherwise, two right models may part.
    auto narrow = std::find_if(prompt.greedyMargin.begin(), prompt.greedyMargin.end(),
                               [&](double value) { return value < tolerances.margin; });
    bool pass = firstDifference < 0 || firstDifference >= narrow - prompt.greedyMargin.begin();
    Json report = {{"equal", equal}, {"of", prompt.greedy.size()}, {"pass", pass}};
    if (firstDifference >= 0)
      report["first_difference"] = {{"at", firstDifference}, {"reference_margin", margin}};
    return report;
  }

  double negativeLogLikelihood(std::span<const float> logits, int32_t id) {
    if (id < 0 || size_t(id) >= logits.size())
      return HUGE_VAL;
    double top = *std::max_element(logits.begin(), logits.end()), sum = 0;
    for (float logit : logits)
      sum += std::exp(double(logit) - top);
    return top + std::log(sum) - double(logits[size_t(id)]);
  }

  Session &session;
  Tolerances tolerances;
  size_t vocabulary;
};

} // namespace

Result<Json> textPerplexity(Session &session, std::span<const int32_t> ids, int64_t window) {
  if (ids.size() < 2)
    return Error{"a text needs at least two tokens for a perplexity; this one has " + std::to_string(ids.size())};
  window = std::min(window, int64_t(session.context()));
  Result<double> nll = Evaluation(session, {}).meanNll(ids, window);
  if (!nll)
    return nll.error();
  return Json{{"tokens", ids.size() - 1}, {"window", window}, {"mean_nll", *nll}, {"value", std::exp(*nll)}};
}

Result<Json> evaluate(Session &session, const Reference &reference, const Tolerances &tolerances) {
  Evaluation evaluation(session, tolerances);
  Json report = {
      {"tolerances",
       {{"logits", tolerances.logits}, {"margin", tolerances.margin}, {"perplexity", tolerances.perplexity}}},
      {"prompts", Json::array()}};
  bool pass = true;
  for (const ReferencePrompt &prompt : reference.prompts) {
    Result<Json> result = evaluation.prompt(prompt);
    if (!result)
      return Error{reference.path + ": prompts[" + std::to_string(report["prompts"].size()) +
                   "]: " + result.error().message};
    pass = pass && (*result)["pass"].get<bool>();
    report["prompts"].push_back(std::move(*result));
  }
  if (reference.perplexity) {
    Result<Json> result = evaluation.perplexity(*reference.perplexity);
    if (!result)
      return Error{reference.path + ": perplexity: " + result.error().message};
    pass = pass && (*result)["pass"].get<bool>();
    report["perplexity"] = std::move(*result);
  }
  report["pass"] = pass;
  return report;
}

} // namespace tern
