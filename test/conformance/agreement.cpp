//===- agreement.cpp - A compiled model beside references ----------------------===//
#include "test/conformance/agreement.h"

#include <gmock/gmock.h>

namespace tern::test {

AgreementRules rulesOfOneReference(double worstLogits) {
  AgreementRules rules = *findAgreementRules("codes");
  rules.medianLogits = 1e-6;
  rules.worstLogits = worstLogits;
  rules.greedyMargin = 0.02;
  rules.nll = 5e-4;
  return rules;
}

void expectAgreement(const std::shared_ptr<Model> &model, const std::string &folder, const AgreementRules &rules,
                     const std::vector<std::string> &notJudged) {
  Result<References> references = References::load(folder);
  ASSERT_TRUE(references) << references.error().message;
  Result<Agreement> agreement = evaluate(model, 2, *references, rules);
  ASSERT_TRUE(agreement) << agreement.error().message;
  EXPECT_THAT(agreement->failures, testing::IsEmpty());
  std::vector<testing::Matcher<std::string>> begins;
  for (const std::string &each : notJudged)
    begins.push_back(testing::StartsWith(each));
  EXPECT_THAT(agreement->notJudged, testing::ElementsAreArray(begins));
  EXPECT_EQ(agreement->report["pass"], agreement->failures.empty());
  if (references->lockstep) {
    EXPECT_GT(agreement->report["layers"]["judged_rows"], 0);
  }
}

} // namespace tern::test
