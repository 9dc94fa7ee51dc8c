//===- define_kernel_test.cpp - Declarations, errors, the cache -----------===//
#include "compiler/dense/read_dense_kernel.h"
#include "test/compiler/dense/dense_jit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <gmock/gmock.h>

using testing::HasSubstr;
using testing::IsEmpty;

namespace tern::test {
namespace {

/// Reads a declaration with this value of step.dense.
Result<DenseKernel> read(const std::string &dense) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::func::FuncDialect>();
  context.allowUnregisteredDialects();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      "func.func private @a() attributes {step.dense = " + dense + "}", &context);
  if (!module)
    return Error{"does not parse"};
  return readDenseKernel(*module->getOps<mlir::func::FuncOp>().begin());
}

TEST(ReadDenseKernel, ReadsParametersAndOperands) {
  auto kernel = read(
      R"({kind = "rms_norm", eps = 1.0e-5 : f32, scale = 0.125 : f32, head_dim = 64 : i64, activation = "silu", operands =
      [memref<?x256xf32, strided<[?, 1], offset: ?>>, memref<8x2xbf16>, memref<4xi8>, memref<?xi32>, index]})");
  ASSERT_TRUE(kernel) << kernel.error().message;
  EXPECT_EQ(kernel->symbol, "a");
  EXPECT_EQ(kernel->kind, "rms_norm");
  EXPECT_EQ(kernel->parameters,
            (std::map<std::string, DenseParameter>{
                {"eps", 1e-5f}, {"scale", 0.125f}, {"head_dim", int64_t(64)}, {"activation", std::string("silu")}}));
  ASSERT_EQ(kernel->operands.size(), 5u);
  EXPECT_EQ(kernel->operands[0].shape, (std::vector<int64_t>{dynamic, 256}));
  EXPECT_EQ(kernel->operands[1].element, DenseElement::BF16);
  EXPECT_EQ(kernel->operands[2].element, DenseElement::I8);
  EXPECT_EQ(kernel->operands[3].element, DenseElement::I32);
  EXPECT_EQ(kernel->operands[4].element, DenseElement::Index);
}

TEST(ReadDenseKernel, NamesWhatItDoesNotUnderstand) {
  auto message = [](const std::string &text) {
    auto kernel = read(text);
    return kernel ? "no error" : kernel.error().message;
  };
  EXPECT_THAT(message("3 : i64"), HasSubstr("@a: needs the attribute step.dense"));
  EXPECT_THAT(message("{kind = \"x\"}"), HasSubstr("needs the attribute step.dense"));
  EXPECT_THAT(message("{kind = \"x\", size = [3], operands = []}"), HasSubstr("parameter 'size' is neither"));
  EXPECT_THAT(message("{kind = \"x\", operands = [memref<4x4xf32, strided<[1, 4]>>]}"), HasSubstr("operand 0"));
  EXPECT_THAT(message("{kind = \"x\", operands = [index, f32]}"), HasSubstr("operand 1"));
  EXPECT_THAT(message("{kind = \"x\", operands = [memref<4xf64>]}"), HasSubstr("operand 0"));
}

/// What defineDenseKernel says about a kernel whose declaration is a function of these words.
std::string problemOf(const DenseKernel &kernel, const std::string &triple = "x86_64-unknown-linux-gnu",
                      unsigned pointers = 0) {
  llvm::LLVMContext context;
  llvm::Module module("test", context);
  std::vector<llvm::Type *> types(pointers, llvm::PointerType::get(context, 0));
  llvm::Function::Create(llvm::FunctionType::get(llvm::Type::getVoidTy(context), types, false),
                         llvm::Function::ExternalLinkage, "k", module);
  DenseCache cache{denseKinds()};
  Status status = defineDenseKernel(module, kernel, {.triple = triple}, cache);
  return status ? "no error" : status.error().message;
}

/// The codes that BitNet b1.58 makes of activations.
const std::map<std::string, DenseParameter> kCodes = {{"bits", int64_t(8)},
                                                      {"statistic", std::string("absmax")},
                                                      {"range", 127.0f},
                                                      {"floor", 1e-5f},
                                                      {"roundings", int64_t(2)}};

DenseKernel gate() {
  DenseKernel kernel{.symbol = "k", .kind = "gate", .operands = {3, f32({dynamic, 64})}};
  kernel.parameters["activation"] = "silu";
  return kernel;
}

TEST(DefineDenseKernel, NamesWhatDoesNotFit) {
  auto with = [](auto change) {
    DenseKernel kernel = gate();
    change(kernel);
    return problemOf(kernel);
  };
  EXPECT_THAT(with([](auto &k) { k.kind = "convolution"; }),
              HasSubstr("unknown kind; the kinds are attention_combine, "));
  EXPECT_THAT(with([](auto &k) { k.operands.pop_back(); }), HasSubstr("@k (gate): has 2 operands, the kind has 3"));
  EXPECT_THAT(with([](auto &k) { k.operands[1].element = DenseElement::I8; }),
              HasSubstr("operand 1 (up) is of i8, expected f32"));
  EXPECT_THAT(with([](auto &k) { k.operands[2].shape = {64}; }), HasSubstr("operand 2 (y) has rank 1, expected 2"));
  EXPECT_THAT(with([](auto &k) { k.operands[2].shape[1] = 32; }), HasSubstr("dimension F is 32, but 64"));
  EXPECT_THAT(with([](auto &k) { k.operands[0].shape[1] = 0; }), HasSubstr("outside 1 .."));
  EXPECT_THAT(with([](auto &k) { k.parameters["activation"] = "gelu"; }), HasSubstr("'gelu', expected relu2 or silu"));
  EXPECT_THAT(with([](auto &k) { k.symbol = "other"; }), HasSubstr("not declared"));
  EXPECT_THAT(problemOf(gate(), "x86_64-unknown-linux-gnu", 1), HasSubstr("the declaration's type"));
  EXPECT_THAT(problemOf(gate(), "mips64-unknown-linux-gnu"), HasSubstr("architecture 'mips64'"));

  DenseKernel norm{
      .symbol = "k", .kind = "rms_norm", .operands = {f32({dynamic, dynamic}), f32({64}), f32({dynamic, 64})}};
  EXPECT_THAT(problemOf(norm), HasSubstr("operand 0 (x) dimension d must be static"));
  norm.operands[0].shape[1] = 64;
  EXPECT_THAT(problemOf(norm), HasSubstr("lacks the parameter eps"));
  norm.parameters["eps"] = int64_t(1);
  EXPECT_THAT(problemOf(norm), HasSubstr("lacks the parameter eps, or it has another type"));
  norm.parameters["eps"] = 1e-5f;
  norm.parameters["groups"] = int64_t(4);
  EXPECT_THAT(problemOf(norm), HasSubstr("does not know the parameter groups"));
  DenseKernel quantize{
      .symbol = "k",
      .kind = "quantize",
      .parameters = kCodes,
      .operands = {
          f32({dynamic, 64}), {DenseElement::I8, {dynamic, 32}}, f32({dynamic}), {DenseElement::I32, {dynamic}}}};
  EXPECT_THAT(problemOf(quantize), HasSubstr("narrower"));
}

TEST(DefineDenseKernel, CompilesEqualKernelsOnce) {
  llvm::LLVMContext context;
  llvm::Module module("test", context);
  DenseCache cache{denseKinds()};
  TargetInfo target{.triple = "x86_64-unknown-linux-gnu", .features = {"+avx2"}};
  DenseKernel kernel = gate();
  for (const char *name : {"a", "b"}) {
    kernel.symbol = name;
    llvm::Function *function = declareKernel(module, kernel);
    Status status = defineDenseKernel(module, kernel, target, cache);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_FALSE(function->isDeclaration());
  }
  EXPECT_EQ(cache.pipelines.size(), 1u);
  kernel.parameters["activation"] = "relu2";
  kernel.symbol = "c";
  declareKernel(module, kernel);
  ASSERT_TRUE(defineDenseKernel(module, kernel, target, cache));
  EXPECT_EQ(cache.pipelines.size(), 2u);
  EXPECT_FALSE(llvm::verifyModule(module, &llvm::errs()));
}

TEST(DefineDenseKernel, SaysNothing) {
  testing::internal::CaptureStderr();
  CompiledKernel kernel({.symbol = "k",
                         .kind = "quantize",
                         .parameters = kCodes,
                         .operands = {f32({dynamic, 100}),
                                      {DenseElement::I8, {dynamic, 128}},
                                      f32({dynamic}),
                                      {DenseElement::I32, {dynamic}}}},
                        runnableTargets()[0].target);
  DenseKernel broken = gate();
  broken.kind = "linear";
  EXPECT_NE(problemOf(broken), "no error");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

/// Symbols that the object of every kind asks for.
std::vector<std::string> undefinedSymbols(const TargetInfo &target) {
  llvm::InitializeAllTargetInfos();
  llvm::InitializeAllTargets();
  llvm::InitializeAllTargetMCs();
  llvm::InitializeAllAsmPrinters();
  llvm::Triple triple(target.triple);
  std::string error;
  const llvm::Target *entry = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!entry)
    return {error};
  std::unique_ptr<llvm::TargetMachine> machine(entry->createTargetMachine(triple, "", "", {}, llvm::Reloc::PIC_));
  llvm::LLVMContext context;
  llvm::Module module("test", context);
  module.setTargetTriple(triple);
  module.setDataLayout(machine->createDataLayout());

  DenseOperand x = f32({dynamic, 100}), columns = f32({dynamic, dynamic}), perRow = f32({dynamic});
  DenseOperand codes{DenseElement::I8, {dynamic, 256}}, sums{DenseElement::I32, {dynamic}};
  DenseOperand index{DenseElement::Index, {}}, weights{DenseElement::BF16, {dynamic, 100}};
  DenseOperand keys = f32({4, 50, 64}), values = f32({1, 256, 50}), scores = f32({dynamic, 2, 256});
  DenseOperand groups = f32({dynamic, 2}), stored = f32({100, dynamic}), inStrips = f32({2, dynamic, 50});
  DenseOperand parts = f32({dynamic, dynamic, 100}), figures = f32({dynamic, dynamic, 2});
  DenseCache cache{denseKinds()};
  std::vector<std::string> problems;
  for (auto &[kind, operands] : std::vector<std::pair<const char *, std::vector<DenseOperand>>>{
           {"rms_norm", {x, f32({100}), x}},
           {"rms_norm_quantize", {x, f32({100}), codes, perRow, sums}},
           {"quantize", {x, codes, perRow, sums}},
           {"rope", {columns, f32({64, 2, 32}), columns, index}},
           {"attention", {x, keys, values, index, scores, scores, x, groups, groups}},
           {"attention_combine", {parts, figures, figures, x}},
           {"cache_store_keys", {x, stored}},
           {"cache_store_values", {x, inStrips}},
           {"gate", {columns, columns, columns}},
           {"linear", {x, weights, columns}},
           {"linear_f32", {x, x, columns}}}) {
    DenseKernel kernel{.symbol = kind, .kind = kind, .operands = operands};
    if (kernel.kind.ends_with("quantize"))
      kernel.parameters = kCodes;
    if (kernel.kind.starts_with("rms_norm"))
      kernel.parameters["eps"] = 1e-5f;
    if (kernel.kind == "attention")
      kernel.parameters["scale"] = 0.1f;
    if (kernel.kind == "rope")
      kernel.parameters["head_dim"] = int64_t(64);
    if (kernel.kind == "gate")
      kernel.parameters["activation"] = "silu";
    declareKernel(module, kernel);
    if (Status defined = defineDenseKernel(module, kernel, target, cache); !defined)
      problems.push_back(defined.error().message);
  }
  EXPECT_FALSE(llvm::verifyModule(module, &llvm::errs()));

  llvm::SmallString<0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager passes;
  machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile);
  passes.run(module);
  auto file = llvm::cantFail(llvm::object::ObjectFile::createObjectFile({object, "object"}));
  for (const llvm::object::SymbolRef &symbol : file->symbols())
    if (llvm::cantFail(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined)
      if (llvm::StringRef name = llvm::cantFail(symbol.getName()); !name.empty())
        problems.push_back(name.str());
  return problems;
}

TEST(DefineDenseKernel, EveryKindNeedsNothingOnX86) {
  EXPECT_THAT(undefinedSymbols({.triple = "x86_64-unknown-linux-gnu"}), IsEmpty());
}

TEST(DefineDenseKernel, EveryKindNeedsNothingOnAarch64) {
  EXPECT_THAT(undefinedSymbols({.triple = "aarch64-unknown-linux-gnu", .features = {"+neon"}}), IsEmpty());
}

} // namespace
} // namespace tern::test
