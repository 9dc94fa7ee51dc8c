//===- operators_test.cpp - What all operators have, and what none may lack -----===//
#include "compiler/operators/operators.h"

#include "compiler/dense/dense_kind.h"
#include "compiler/steps/lowering/operator_builder.h"
#include "compiler/steps/passes.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <set>

using namespace mlir;

namespace tern {
namespace {

TEST(Operators, EachHasALowering) {
  DialectRegistry registry;
  registerOperators(registry);
  MLIRContext context(registry);
  context.loadDialect<decoder::DecoderDialect, ternary::TernaryDialect>();
  int operators = 0;
  for (StringRef dialect : {"decoder", "ternary", "arith"})
    for (RegisteredOperationName name : context.getRegisteredOperationsByDialect(dialect))
      if (name.hasInterface<step::StepOperator>()) {
        ++operators;
        EXPECT_TRUE(name.hasInterface<StepLowering>()) << name.getStringRef().str();
      }
  EXPECT_GT(operators, 17);
}

TEST(Operators, KindsOfDenseKernelsHaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const DenseKind &kind : denseKinds())
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
  EXPECT_TRUE(names.contains("rms_norm"));
}

/// Reads the weight of a norm, but not its eps.
struct Forgetful : LoweringOf<Forgetful, decoder::RmsNormOp> {
  LogicalResult lower(Operation *, OperatorBuilder &step) const { return success(!step.symbol("weight").empty()); }
};

TEST(Operators, AnAttributeThatALoweringDoesNotReadIsAnError) {
  MLIRContext context;
  context.loadDialect<decoder::DecoderDialect, ternary::TernaryDialect, func::FuncDialect>();
  decoder::RmsNormOp::attachInterface<Forgetful>(context);
  auto module = parseSourceString<ModuleOp>(R"(
    module attributes {decoder.model = {max_context = 16 : i64}} {
      decoder.tensor @norm : tensor<64xf32> from "n"
      func.func @f(%x: tensor<1x64xf32> {step.port = #step.port<"input", rows>})
          -> (tensor<1x64xf32> {step.port = #step.port<"output", rows>}) {
        %n = decoder.rms_norm %x, @norm eps 1.0e-5 {step.partition = #step.partition<tokens, 1>} : tensor<1x64xf32>
        return %n : tensor<1x64xf32>
      }
    })",
                                            &context);
  ASSERT_TRUE(module);
  std::string message;
  ScopedDiagnosticHandler keeper(&context, [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  PassManager manager(&context);
  manager.addPass(createDecoderLowerToSteps());
  EXPECT_TRUE(failed(manager.run(*module)));
  EXPECT_EQ(message, "'decoder.rms_norm' op has an attribute 'eps' that its lowering to a step does not read");
}

TEST(Operators, ARewriteThatWouldLoseAnAttributeDoesNotMatch) {
  MLIRContext context;
  context.loadDialect<decoder::DecoderDialect, func::FuncDialect>();
  auto module = parseSourceString<ModuleOp>(R"(
    decoder.tensor @n : tensor<64xf32> from "n"
    func.func @f(%x: tensor<1x64xf32>) {
      %norm = decoder.rms_norm %x, @n eps 1.0e-5 : tensor<1x64xf32>
      %fused, %scale, %sum = decoder.rms_norm_quantize %x, @n eps 2.0 : tensor<1x64xf32> -> tensor<1x64xi8>, tensor<1xf32>, tensor<1xi32>
      %bias = decoder.add_bias %x, @n : tensor<1x64xf32>
      return
    })",
                                            &context);
  ASSERT_TRUE(module);
  auto at = module->getOps<func::FuncOp>().begin();
  Operation *norm = &(*at).getBody().front().front(), *fused = norm->getNextNode(), *bias = fused->getNextNode();
  EXPECT_TRUE(succeeded(step::copyProperties(norm, fused)));
  EXPECT_EQ(fused->getInherentAttr("eps"), norm->getInherentAttr("eps"));
  EXPECT_TRUE(failed(step::copyProperties(norm, bias)));
}

} // namespace
} // namespace tern
