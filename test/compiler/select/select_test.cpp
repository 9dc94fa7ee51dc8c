//===- select_test.cpp - Phase ternary on whole models ---------------------===//
#include "compiler/import/import.h"
#include "compiler/kernels/kernel_table.h"
#include "compiler/kernels/support/family_name.h"
#include "compiler/select/kernel_choice.h"
#include "compiler/select/pipeline.h"
#include "compiler/target/target.h"
#include "dialects/decoder/Decoder.h"
#include "test/lib/test_files.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

using namespace mlir;

namespace tern {
namespace {

TargetInfo targetWith(ArrayRef<std::string_view> names) {
  TargetInfo target{.triple = "any-unknown-linux-gnu", .cpu = "test"};
  for (std::string_view feature : names)
    target.features.push_back("+" + std::string(feature));
  return target;
}

/// Every form of checkpoint with every kernel family.
class SelectModel : public testing::TestWithParam<std::tuple<std::string, const KernelFamily *>> {};

TEST_P(SelectModel, EveryProductHasAKernelAndEveryWeightALayout) {
  const auto &[name, family] = GetParam();
  Result<Checkpoint> checkpoint = Checkpoint::open(test::madeCheckpoint(name));
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  MLIRContext context(MLIRContext::Threading::DISABLED);
  Result<OwningOpRef<ModuleOp>> imported = importCheckpoint(context, *checkpoint, {});
  ASSERT_TRUE(imported) << imported.error().message;
  ModuleOp module = **imported;

  setTarget(module, targetWith(family->features));
  SelectOptions options;
  options.block = 7;
  options.family = family->name.str();
  PassManager manager(&context);
  buildSelectPipeline(manager, options);
  ASSERT_TRUE(succeeded(manager.run(module)));

  EXPECT_FALSE(module.lookupSymbol("forward"));
  const Json &config = checkpoint->config().config;
  int64_t linears = 7 * config.at("num_hidden_layers").get<int64_t>();
  for (auto [step, tokens] : {std::pair("tern_decode", 1), {"tern_prefill", 7}}) {
    auto function = module.lookupSymbol<func::FuncOp>(step);
    ASSERT_TRUE(function);
    EXPECT_EQ(cast<ShapedType>(function.getResultTypes()[0]).getShape(),
              ArrayRef<int64_t>({tokens, config.at("hidden_size").get<int64_t>()}));
    int64_t products = 0, quantizations = 0;
    function.walk([&, tokens = tokens](Operation *op) {
      for (Type type : op->getResultTypes())
        if (auto tensor = dyn_cast<RankedTensorType>(type)) {
          EXPECT_TRUE(tensor.hasStaticShape());
          EXPECT_EQ(tensor.getDimSize(0), tokens);
        }
      if (auto product = dyn_cast<ternary::MatmulOp>(op)) {
        ++products;
        ASSERT_TRUE(product.getKernel());
        EXPECT_LE(product.getKernel()->getTokens(), tokens);
      }
      quantizations += isa<ternary::QuantizeOp, decoder::RmsNormQuantizeOp>(op);
      EXPECT_FALSE(isa<ternary::LinearOp>(op));
    });
    EXPECT_EQ(products, linears);
    EXPECT_EQ(quantizations,
              4 * config.at("num_hidden_layers").get<int64_t>()); // before q/k/v, output, gate/up and down
  }
  module.walk([&, family = family](ternary::WeightOp weight) {
    ASSERT_TRUE(weight.getLayout());
    EXPECT_EQ(ternary::toLayout(*weight.getLayout()), family->layout);
  });
}

std::vector<const KernelFamily *> allFamilies() {
  std::vector<const KernelFamily *> families;
  for (const KernelFamily &family : kernelFamilies())
    families.push_back(&family);
  return families;
}

INSTANTIATE_TEST_SUITE_P(Models, SelectModel,
                         testing::Combine(testing::Values("bitnet-packed", "bitnet-master", "llama-packed"),
                                          testing::ValuesIn(allFamilies())),
                         [](const auto &info) {
                           std::string name = std::get<0>(info.param) + "_" + std::get<1>(info.param)->name.str();
                           std::ranges::replace_if(name, [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

TEST(KernelTable, NamesAreDistinctAndLayoutsAreValid) {
  std::set<std::string> names;
  bool everywhere = false;
  for (const KernelFamily &family : kernelFamilies()) {
    EXPECT_TRUE(names.insert(family.name.str()).second) << family.name.str();
    EXPECT_EQ(findKernelFamily(family.name), &family);
    Status status = family.layout.verify();
    EXPECT_TRUE(status) << family.name.str();
    EXPECT_GE(family.blockTokens, 1);
    EXPECT_GT(family.weightsPerCycle, 0);
    everywhere |= family.features.empty();
  }
  EXPECT_TRUE(everywhere) << "some family must run on every CPU";
  EXPECT_EQ(findKernelFamily("dot2"), nullptr);
}

/// The grammar of names, and that a family is what its name says (compiler/kernels/support/family_name.h).
TEST(KernelTable, NamesSayWhatFamiliesAre) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<ternary::TernaryDialect>();
  for (const KernelFamily &family : kernelFamilies()) {
    SCOPED_TRACE(family.name.str());
    Result<FamilyName> name = parseFamilyName(family.name);
    ASSERT_TRUE(name) << name.error().message;
    EXPECT_EQ(name->text(), family.name.str());
    ternary::KernelAttr one = family.one(&context, {}), block = family.block(&context, {});
    EXPECT_EQ(one.getTokens(), 1);
    EXPECT_EQ(one.getStrategy(), block.getStrategy());

    const EncodingRules &rules = rulesOf(family.layout.encoding);
    if (family.strategy == "dot")
      EXPECT_EQ(name->method, "dot" + (rules.fields == Fields::Base3 ? std::string("1.6") : std::string("2")));
    else if (family.strategy == "bit_serial")
      EXPECT_EQ(name->method, "bits" + std::to_string(rules.planes));
    else
      EXPECT_EQ(name->method, rules.name);
    EXPECT_NEAR(family.bitsPerWeight, 8.0 * double(rules.unitBytes) / double(rules.unitColumns), 1e-9);

    auto tables = dyn_cast<ternary::BitSerialAttr>(one);
    EXPECT_EQ(name->word == "column-lanes", isa<ternary::RowsAttr>(one));
    EXPECT_EQ(name->word == "columns", isa<ternary::ColumnsAttr>(one));
    EXPECT_EQ(name->word == "full", tables && family.exact && tables.getRange() == ternary::TableRange::Full);
    EXPECT_EQ(name->word == "lossy", !family.exact);

    int64_t width = one.getWidth() ? one.getWidth() : family.layout.tileBytes() / family.layout.tileRows;
    EXPECT_EQ(name->size == "amx", isa<ternary::AmxAttr>(block));
    EXPECT_EQ(name->size == "amx" ? "v64" : name->size, "v" + std::to_string(width));
    for (StringRef isa : {"vnni", "i8mm"})
      if (name->isa == isa)
        EXPECT_TRUE(llvm::any_of(family.features, [&](StringRef feature) { return feature.contains(isa); }));
    for (StringRef feature : block.getFeatures())
      EXPECT_TRUE(llvm::is_contained(family.features, std::string_view(feature)));
  }
}

TEST(KernelTable, WhatIsNoNameOfAFamilyIsAnError) {
  for (auto [name, problem] : {std::pair("v64", "begins with no method"),
                               {"dot-v64", "begins with no method"},
                               {"bits12-v64", "begins with no method"},
                               {"codes2-v64", "begins with no method"},
                               {"dot2", "has no size"},
                               {"dot2-rows-v64", "has no size"},
                               {"dot2-columns", "has no size"},
                               {"dot2-v128", "has no size"},
                               {"dot2-v64-avx", "ends with \"-avx\""}}) {
    Result<FamilyName> parsed = parseFamilyName(name);
    ASSERT_FALSE(parsed) << name;
    EXPECT_NE(parsed.error().message.find(problem), std::string::npos) << parsed.error().message;
  }
}

TEST(KernelTable, FamiliesAreFoundByTheirFormerNames) {
  for (auto [former, now] :
       {std::pair("dot2-rows-v64", "dot2-column-lanes-v64"), {"dot1.6-rows-v64", "dot1.6-column-lanes-v64"}}) {
    ASSERT_TRUE(findKernelFamily(former));
    EXPECT_EQ(findKernelFamily(former)->name, now);
  }
}

TEST(KernelTable, TablesOfBytesAreNotExactAndNothingInexactIsChosenUnasked) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<ternary::TernaryDialect>();
  int inexact = 0;
  for (const KernelFamily &family : kernelFamilies()) {
    auto tables = dyn_cast<ternary::BitSerialAttr>(family.one(&context, {}));
    bool bytes = tables && tables.getForm() == ternary::TableForm::Bytes;
    EXPECT_EQ(family.exact, !bytes) << family.name.str();
    inexact += !family.exact;
    for (double density : {0.1, 1.0}) {
      const KernelFamily &chosen = cheapestFamily(targetWith(family.features), {.density = density});
      EXPECT_TRUE(chosen.exact && chosen.automatic) << chosen.name.str();
    }
  }
  EXPECT_EQ(inexact, 3); // AVX-512, AVX2, portable
}

} // namespace
} // namespace tern
