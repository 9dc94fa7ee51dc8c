//===- agreement_test.cpp - The agreement rule, on made-up figures --------------===//
#include "runtime/measure/eval/prompts.h"
#include "runtime/measure/eval/windows.h"
#include "test/lib/checkpoint/small_safetensors.h"
#include "test/lib/temporary_folder.h"

#include <gmock/gmock.h>

#include <cmath>

namespace tern {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const AgreementRules &rules(const char *name) { return *findAgreementRules(name); }

TEST(AgreementRules, AreChosenByTheActivations) {
  Manifest manifest;
  EXPECT_EQ(agreementRulesOf(manifest).name, "codes");
  manifest.activations = Activations::TopK;
  EXPECT_EQ(agreementRulesOf(manifest).name, "cuts");
  manifest.activations = Activations::Converted;
  EXPECT_EQ(agreementRulesOf(manifest).name, "converted");
}

//===-- Layers ----------------------------------------------------------------===//

/// `clear` rows that are, and after them others that are not.
LockstepLayer layerOf(size_t clear, size_t others = 0) {
  LockstepLayer layer;
  layer.prompt = 2;
  layer.layer = 1;
  layer.rows = int64_t(clear + others);
  layer.codeMargin.assign(clear + others, 1e-3f);
  if (others)
    layer.codeMargin[clear] = 1e-6f;
  return layer;
}

/// What the rows of a layer are judged to be; `off` are errors by row, all others 1e-7.
Agreement judgeRows(const LockstepLayer &layer, const std::map<size_t, double> &off, const AgreementRules &rules) {
  LockstepErrors errors{&layer, std::vector<double>(size_t(layer.rows), 1e-7)};
  for (auto [row, error] : off)
    errors.rows[row] = error;
  Agreement agreement;
  judgeLockstep(std::span(&errors, 1), rules, agreement);
  return agreement;
}

TEST(ClearRows, NeedEveryMarginOfEarlierTokens) {
  LockstepLayer layer = layerOf(5);
  EXPECT_THAT(*layer.clearRows(), ElementsAre(true, true, true, true, true));
  layer.codeMargin = {1, 2e-5f, 0.9e-5f, 1, 1};
  EXPECT_THAT(*layer.clearRows(), ElementsAre(true, true, false, false, false));
  layer.cutMargin = {1, 0, 1, 1, 1};
  EXPECT_THAT(*layer.clearRows(), ElementsAre(true, false, false, false, false));
  layer.codeMargin.clear(); // cuts alone
  EXPECT_THAT(*layer.clearRows(), ElementsAre(true, false, false, false, false));
  layer.cutMargin[0] = std::nanf("");
  EXPECT_THAT(*layer.clearRows(), ElementsAre(false, false, false, false, false));
  layer.cutMargin.clear();
  EXPECT_FALSE(layer.clearRows());
}

TEST(Lockstep, OneClearRowInTwentyMayBeOff) {
  EXPECT_THAT(judgeRows(layerOf(40), {{3, 1.1e-5}, {9, 0.1}}, rules("codes")).failures, IsEmpty());
  EXPECT_THAT(judgeRows(layerOf(40), {{3, 0.9e-5}, {5, 0.9e-5}, {7, 0.9e-5}}, rules("codes")).failures, IsEmpty());
  Agreement agreement = judgeRows(layerOf(40), {{3, 1.1e-5}, {9, 0.1}, {20, 2e-5}}, rules("codes"));
  EXPECT_THAT(agreement.failures,
              ElementsAre(AllOf(HasSubstr("prompt 2, layer 1, position 3: is off by 1.1e-05, more than 1e-05"),
                                HasSubstr("3 of 40 rows, most at position 9, by 0.1"),
                                HasSubstr("of 40 clear rows in all layers 3 are off, 2 may be"))));
  EXPECT_EQ(agreement.report["layers"]["off"], 3);
  EXPECT_EQ(agreement.report["layers"]["each"][0]["relative_l2"][9], 0.1);
}

TEST(Lockstep, RowsThatAreNotClearMayBeOffAndDoNotCount) {
  EXPECT_THAT(judgeRows(layerOf(20, 20), {{3, 0.1}, {20, 0.1}, {30, 0.14}}, rules("codes")).failures, IsEmpty());
  EXPECT_EQ(judgeRows(layerOf(19, 21), {{3, 2e-5}}, rules("codes")).failures.size(), 1u);
}

TEST(Lockstep, QuotasAreOfAllLayersTogether) {
  LockstepLayer layer = layerOf(10);
  std::vector<LockstepErrors> errors(2, {&layer, std::vector<double>(10, 1e-7)});
  errors[0].rows[4] = 1e-4;
  Agreement agreement;
  judgeLockstep(errors, rules("codes"), agreement);
  EXPECT_THAT(agreement.failures, IsEmpty());
  errors[1].rows[4] = 1e-4;
  judgeLockstep(errors, rules("codes"), agreement);
  EXPECT_EQ(agreement.failures.size(), 2u);
}

TEST(Lockstep, NoRowAtAllMayBeFarOff) {
  for (double error : {0.16, HUGE_VAL})
    EXPECT_THAT(
        judgeRows(layerOf(20, 20), {{31, error}}, rules("codes")).failures,
        ElementsAre(AllOf(HasSubstr("prompt 2, layer 1, position 31: is off by "), HasSubstr("more than 0.15"))));
}

TEST(Lockstep, EveryRowOfFloatsIsJudged) {
  LockstepLayer layer = layerOf(40);
  layer.codeMargin.clear();
  EXPECT_THAT(judgeRows(layer, {{3, 0.9e-3}, {4, 0.9e-3}}, rules("floats")).failures, IsEmpty());
  EXPECT_THAT(judgeRows(layer, {{3, 1.1e-3}}, rules("floats")).failures, ElementsAre(HasSubstr("position 3")));
  Agreement agreement = judgeRows(layer, {{3, 1.1e-3}}, rules("codes"));
  EXPECT_THAT(agreement.failures, IsEmpty());
  EXPECT_THAT(agreement.notJudged,
              ElementsAre(HasSubstr("prompt_2.layer_1: has no margins"), "rows to 1e-05: none is clear"));
}

TEST(Lockstep, FilesHaveNothingElse) {
  test::TemporaryFolder folder;
  auto matrix = [](int64_t rows, int64_t columns) {
    return test::SmallTensor{"F32", {rows, columns}, test::bytesOf(std::vector<float>(size_t(rows * columns), 2))};
  };
  std::map<std::string, test::SmallTensor> right = {
      {"prompt_1.layer_0.input", matrix(3, 4)},
      {"prompt_1.layer_0.output", matrix(3, 2)},
      {"prompt_1.layer_0.code_margin", {"F32", {3}, test::bytesOf(std::vector<float>{1, 2, 3})}}};
  auto read = [&](const std::map<std::string, test::SmallTensor> &changes) {
    std::map<std::string, test::SmallTensor> tensors = right;
    for (const auto &[name, tensor] : changes)
      tensors[name] = tensor;
    return readLockstep(folder.write("lockstep.safetensors", test::safetensors(tensors)));
  };
  Result<std::vector<LockstepLayer>> layers = read({});
  ASSERT_TRUE(layers) << layers.error().message;
  ASSERT_EQ(layers->size(), 1u);
  EXPECT_EQ(layers->front().name(), "prompt_1.layer_0");
  EXPECT_EQ(layers->front().rows, 3);
  EXPECT_EQ(layers->front().inputColumns, 4);
  EXPECT_EQ(layers->front().outputColumns, 2);
  EXPECT_THAT(layers->front().codeMargin, ElementsAre(1, 2, 3));
  auto fails = [&](const std::map<std::string, test::SmallTensor> &changes, const char *why) {
    Result<std::vector<LockstepLayer>> read_ = read(changes);
    ASSERT_FALSE(read_) << why;
    EXPECT_THAT(read_.error().message, HasSubstr(why));
  };
  fails({{"prompt_1.layer_0.key_margin", matrix(3, 1)}}, "tensor prompt_1.layer_0.key_margin: is neither input");
  for (const char *name :
       {"prompt_1.layer_.input", "prompt_1", "layer_0.input", "prompt_1.layer_0", "prompt_-1.layer_0.input"})
    fails({{name, matrix(3, 4)}}, "is none of prompt_N.layer_N.input");
  fails({{"prompt_1.layer_1.input", matrix(3, 4)}}, "prompt_1.layer_1: has no output");
  fails({{"prompt_1.layer_0.output", matrix(2, 2)}}, "prompt_1.layer_0: has other rows in input and output");
  fails({{"prompt_1.layer_0.cut_margin", {"F32", {1}, test::bytesOf(std::vector<float>{1})}}},
        "another number of rows");
  fails({{"prompt_1.layer_0.cut_margin", matrix(3, 1)}}, "is no list of numbers");
}

//===-- Prompts ---------------------------------------------------------------===//

constexpr size_t kPositions = 4;

/// Prompts whose references and model agree, until a test says otherwise.
class Prompts : public testing::Test {
protected:
  Prompts() {
    reference.ids.assign(kPositions, 0);
    reference.logitRows = kPositions;
    for (size_t i = 0; i < errors.size(); ++i) {
      references.push_back(reference);
      references.back().name = std::to_string(i);
    }
    const std::vector<double> none(kPositions, 1e-7);
    for (size_t i = 0; i < errors.size(); ++i)
      errors[i] = {
          &references[i], &references[i], none, {{"block", none, none, {}}, {"token_by_token", none, none, {}}}};
  }

  std::vector<std::string> failures(const AgreementRules &rules) {
    agreement = {};
    judgePrompts(errors, rules, agreement);
    return agreement.failures;
  }
  /// The model's error from both references.
  void setOff(size_t prompt, size_t position, double error, size_t way = 0) {
    errors[prompt].runs[way].fromSingle[position] = errors[prompt].runs[way].fromWide[position] = error;
  }

  ReferencePrompt reference;
  std::vector<ReferencePrompt> references;
  std::vector<PromptErrors> errors = std::vector<PromptErrors>(3);
  Agreement agreement;
};

TEST_F(Prompts, AllSettledOnesButOneAgree) {
  EXPECT_THAT(failures(rules("codes")), IsEmpty());
  EXPECT_EQ(agreement.report["logits"]["settled"], 3);
  setOff(1, 2, 0.09);
  setOff(1, 3, 0.08, 1); // the same prompt counts once
  EXPECT_THAT(failures(rules("codes")), IsEmpty());
  EXPECT_EQ(agreement.report["logits"]["off"], 1);
  setOff(2, 0, 1.1e-5, 1);
  setOff(2, 3, 3e-5, 1);
  EXPECT_THAT(failures(rules("codes")),
              ElementsAre(HasSubstr("prompt 1, in one block, position 2: logits are off by 0.09, more than 1e-05"),
                          HasSubstr("prompt 1, token by token, position 3: logits are off by 0.08, more than 1e-05"),
                          AllOf(HasSubstr("prompt 2, token by token, position 0: logits are off by 1.1e-05"),
                                HasSubstr("most at position 3, by 3e-05"),
                                HasSubstr("of 3 settled prompts 2 are off, 1 may be"))));
  EXPECT_EQ(agreement.report["prompts"][0]["pass"], true);
  EXPECT_EQ(agreement.report["prompts"][2]["pass"], false);
}

TEST_F(Prompts, UnsettledOnesMayBeOff) {
  setOff(1, 2, 0.05);
  setOff(2, 2, 0.05);
  errors[2].apart[1] = 0.9e-5; // settled all the same
  EXPECT_EQ(failures(rules("codes")).size(), 2u);
  errors[2].apart[1] = 1.1e-5;
  EXPECT_THAT(failures(rules("codes")), IsEmpty());
  EXPECT_EQ(agreement.report["logits"]["settled"], 2);
  EXPECT_THAT(agreement.notJudged, IsEmpty());
  for (PromptErrors &each : errors)
    each.apart[0] = 1;
  EXPECT_THAT(failures(rules("codes")), IsEmpty());
  EXPECT_THAT(agreement.notJudged, ElementsAre("prompts to 1e-05: none is settled"));
  errors[2].apart[0] = 1e-7;
  errors[2].apart[1] = std::nan("");
  EXPECT_FALSE(errors[2].isSettled());
}

TEST_F(Prompts, OneReferenceIsEnough) {
  for (size_t prompt : {0, 1, 2})
    for (PromptRun &run : errors[prompt].runs)
      (prompt == 1 ? run.fromWide : run.fromSingle)[2] = 0.3;
  EXPECT_THAT(failures(rules("codes")), IsEmpty());
  for (size_t prompt : {0, 1}) // near one reference here and the other there is near neither
    for (PromptRun &run : errors[prompt].runs)
      (prompt == 1 ? run.fromSingle : run.fromWide)[1] = 0.3;
  EXPECT_EQ(failures(rules("codes")).size(), 4u);
}

TEST_F(Prompts, NoPositionMayBeFarOff) {
  errors[0].apart[0] = 1; // unsettled
  setOff(0, 3, 0.11);
  EXPECT_THAT(failures(rules("codes")),
              ElementsAre(AllOf(HasSubstr("prompt 0, in one block, position 3: logits are off by 0.11"),
                                HasSubstr("more than 0.1; no position of any prompt may be"))));
  EXPECT_THAT(failures(rules("cuts")), IsEmpty());
  setOff(0, 3, 0.29);
  EXPECT_THAT(failures(rules("cuts")), IsEmpty());
  setOff(0, 3, 0.31);
  EXPECT_EQ(failures(rules("cuts")).size(), 1u);
  setOff(0, 3, HUGE_VAL);
  EXPECT_EQ(failures(rules("cuts")).size(), 1u);
}

TEST_F(Prompts, EveryOneOfFloatsAgrees) {
  setOff(1, 2, 4.9e-3);
  setOff(2, 2, 4.9e-3);
  EXPECT_THAT(failures(rules("floats")), IsEmpty());
  errors[1].apart[0] = 1; // settled or not
  setOff(1, 2, 5.1e-3);
  EXPECT_THAT(failures(rules("floats")), ElementsAre(HasSubstr("of 3 prompts 1 are off, 0 may be")));
}

TEST_F(Prompts, OfOneReferenceOnlyTheFarOnesFail) {
  for (PromptErrors &each : errors) {
    each.wide = nullptr;
    each.apart.clear();
    for (PromptRun &run : each.runs)
      run.fromWide.clear(), run.fromSingle[1] = 0.05;
  }
  EXPECT_THAT(failures(rules("codes")), IsEmpty());
  errors[1].runs[1].fromSingle[1] = 0.11;
  EXPECT_EQ(failures(rules("codes")).size(), 1u);
}

TEST_F(Prompts, HalfOfThePositionsAreWithinTheMedian) {
  AgreementRules strict = rules("codes");
  strict.medianLogits = 1e-6;
  setOff(1, 0, 1e-5);
  EXPECT_THAT(failures(strict), IsEmpty());
  setOff(1, 1, 1e-5);
  EXPECT_THAT(failures(strict),
              ElementsAre(HasSubstr("prompt 1, in one block: half of the positions are off by 1e-05")));
}

TEST_F(Prompts, WithoutAllLogitsNoneIsSettled) {
  references[1].logitRows = 1;
  errors[1].apart.resize(1);
  for (PromptRun &run : errors[1].runs)
    run.fromSingle = run.fromWide = {0.2};
  EXPECT_THAT(failures(rules("codes")), ElementsAre(HasSubstr("prompt 1, in one block, position 3"),
                                                    HasSubstr("prompt 1, token by token, position 3")));
  EXPECT_THAT(agreement.notJudged,
              ElementsAre(HasSubstr("prompt 1: the references have logits of 1 of its 4 positions")));
}

TEST_F(Prompts, GreedyTokensAreThoseOfEitherReference) {
  ReferencePrompt single = reference, wide = reference;
  single.greedy = {1, 2, 3, 4}, single.greedyMargin = {0.9, 0.9, 0.06, 0.9};
  wide.greedy = {1, 2, 5, 6}, wide.greedyMargin = {0.9, 0.9, 0.051, 0.9};
  errors.resize(1);
  errors[0].single = &single, errors[0].wide = &wide;
  auto failuresOf = [&](const std::vector<int32_t> &block, const std::vector<int32_t> &single_) {
    errors[0].runs[0].greedy = block, errors[0].runs[1].greedy = single_;
    return failures(rules("codes"));
  };
  EXPECT_THAT(failuresOf({1, 2, 3, 4}, {1, 2, 5, 6}), IsEmpty());
  EXPECT_THAT(failuresOf({1, 2, 3, 4}, {1, 2, 5, 4}),
              ElementsAre(AllOf(
                  HasSubstr("token by token: greedy tokens differ from reference at token 2, where its margin is 0.06"),
                  HasSubstr("from reference64 at token 3, where its margin is 0.9"))));
}

TEST(Greedy, TokensMayPartAtANarrowMarginAndAfterIt) {
  ReferencePrompt prompt;
  prompt.greedy = {1, 2, 3, 4};
  prompt.greedyMargin = {0.9, 0.051, 0.049, 0.9};
  const AgreementRules &codes = rules("codes");
  auto pass = [&](const std::vector<int32_t> &tokens) {
    return judgeGreedy(tokens, prompt, codes.greedyMargin)["pass"].get<bool>();
  };
  EXPECT_TRUE(pass({1, 2, 3, 4}));
  EXPECT_TRUE(pass({1, 2, 9, 9}));
  EXPECT_TRUE(pass({1, 2, 3, 9}));
  EXPECT_FALSE(pass({1, 9, 3, 4}));
  EXPECT_FALSE(pass({9, 2, 3, 4}));
  EXPECT_EQ(judgeGreedy(std::vector{1, 9, 3, 4}, prompt, 0.05)["first_difference"]["at"], 1);
}

//===-- Windows ---------------------------------------------------------------===//

TEST(Windows, AreNearTheNearerReference) {
  ReferencePerplexity text{.name = "perplexity", .ids = {0, 0, 0}, .window = 2, .meanNll = 3};
  auto failures = [&](double nll, std::optional<double> wide, const char *name) {
    WindowFigures figures{&text, wide, nll};
    Agreement agreement;
    judgeWindows(std::span(&figures, 1), rules(name), agreement);
    return agreement.failures;
  };
  EXPECT_THAT(failures(3.0049, {}, "codes"), IsEmpty());
  EXPECT_THAT(failures(2.9949, {}, "codes"), ElementsAre(HasSubstr("perplexity: nll_mean 2.994900 is off by 0.0051")));
  EXPECT_THAT(failures(2.9949, 2.99, "codes"), IsEmpty());
  EXPECT_THAT(failures(3.0051, 2.99, "codes"), ElementsAre(HasSubstr("is off by 0.0051")));
  EXPECT_THAT(failures(3.0099, {}, "cuts"), IsEmpty());
  EXPECT_EQ(failures(3.0101, {}, "cuts").size(), 1u);
  EXPECT_THAT(failures(3.0009, {}, "floats"), IsEmpty());
  EXPECT_EQ(failures(3.0011, {}, "floats").size(), 1u);
  EXPECT_EQ(failures(std::nan(""), {}, "codes").size(), 1u);
  EXPECT_EQ(failures(std::nan(""), 3, "codes").size(), 1u);
}

} // namespace
} // namespace tern
