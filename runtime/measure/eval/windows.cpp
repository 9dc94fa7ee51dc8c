//===- windows.cpp - The perplexity of texts, beside its references ----------===//
#include "runtime/measure/eval/windows.h"

#include <algorithm>
#include <cmath>

namespace tern {

static double negativeLogLikelihood(std::span<const float> logits, int32_t id) {
  if (id < 0 || size_t(id) >= logits.size())
    return HUGE_VAL;
  double top = std::ranges::max(logits), sum = 0;
  for (float logit : logits)
    sum += std::exp(double(logit) - top);
  return top + std::log(sum) - double(logits[size_t(id)]);
}

void judgeWindows(std::span<const WindowFigures> windows, const AgreementRules &rules, Agreement &agreement) {
  Json reports = Json::array();
  for (const WindowFigures &each : windows) {
    double single = std::fabs(each.meanNll - each.single->meanNll);
    double off = std::min(single, each.wideMeanNll ? std::fabs(each.meanNll - *each.wideMeanNll) : single);
    bool pass = off <= rules.nll; // not of a NaN
    Json report = {{"name", each.single->name},
                   {"tokens", each.single->ids.size() - 1},
                   {"window", each.single->window},
                   {"nll_mean", each.meanNll},
                   {"reference", each.single->meanNll},
                   {"off", off},
                   {"perplexity", std::exp(each.meanNll)},
                   {"pass", pass}};
    if (each.wideMeanNll)
      report["reference64"] = *each.wideMeanNll;
    if (!pass)
      agreement.failures.push_back(each.single->name + ": nll_mean " + std::to_string(each.meanNll) + " is off by " +
                                   inWords(off) + " from the nearer reference, more than " + inWords(rules.nll));
    reports.push_back(std::move(report));
  }
  agreement.report["windows"] = std::move(reports);
}

Result<double> meanNll(Session &session, std::span<const int32_t> ids, int64_t window) {
  double sum = 0;
  size_t scored = ids.size() - 1, vocabulary = session.model().header().vocab_size;
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

Result<Json> textPerplexity(Session &session, std::span<const int32_t> ids, int64_t window) {
  if (ids.size() < 2)
    return Error{"a text needs at least two tokens for a perplexity; this one has " + std::to_string(ids.size())};
  window = std::min(window, int64_t(session.context()));
  Result<double> nll = meanNll(session, ids, window);
  if (!nll)
    return nll.error();
  return Json{{"tokens", ids.size() - 1}, {"window", window}, {"mean_nll", *nll}, {"value", std::exp(*nll)}};
}

} // namespace tern
