//===- agreement.cpp - A compiled model beside transformers' references --------===//
#include "test/conformance/agreement.h"

#include "test/conformance/compiled_model.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tern::test {

/// The error at each position of a prompt; `block` as in Session::append.
static std::vector<double> errorsOf(Session &session, const ReferencePrompt &prompt, uint64_t block) {
  session.truncate(0);
  EXPECT_TRUE(session.append(prompt.ids, Session::Logits::All, block));
  size_t vocabulary = session.model().header().vocab_size, rows = size_t(prompt.logitRows);
  std::span<const float> logits = session.logits().last(rows * vocabulary), expected = prompt.logits;
  std::vector<double> errors;
  for (size_t row = 0; row < rows; ++row)
    errors.push_back(
        relativeError(logits.subspan(row * vocabulary, vocabulary), expected.subspan(row * vocabulary, vocabulary)));
  return errors;
}

void expectAgreement(const std::shared_ptr<Model> &model, const std::string &references, const Tolerances &tolerances,
                     double medianLogits) {
  Result<Reference> reference = Reference::load(references);
  ASSERT_TRUE(reference) << reference.error().message;
  Result<std::unique_ptr<Session>> session = Session::create(model, 2, 0);
  ASSERT_TRUE(session) << session.error().message;

  for (size_t i = 0; i < reference->prompts.size(); ++i)
    for (uint64_t block : {0, 1}) {
      SCOPED_TRACE(testing::Message() << "prompt " << i << (block ? ", token by token" : ""));
      std::vector<double> errors = errorsOf(**session, reference->prompts[i], block);
      std::ranges::sort(errors);
      EXPECT_LT(errors[errors.size() / 2], medianLogits);
      EXPECT_LT(errors.back(), tolerances.logits);
    }

  Result<Json> report = evaluate(**session, *reference, tolerances);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->at("pass").get<bool>()) << report->dump(1);
  EXPECT_LE(report->at("perplexity").at("relative_error").get<double>(), tolerances.perplexity);
}

} // namespace tern::test
