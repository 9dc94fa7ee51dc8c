//===- kernel_library.cpp - Products compiled by the pipelines ----------------===//
#include "compiler/jit/kernel_library.h"

#include "compiler/driver/mlir_phases.h"
#include "compiler/driver/register.h"
#include "compiler/kernels/support/kernel_function.h"
#include "compiler/machine/codegen.h"
#include "compiler/machine/optimize.h"
#include "compiler/object/link.h"
#include "compiler/select/kernel_choice.h"
#include "dialects/ternary/Ternary.h"
#include "lib/base/memory_file.h"
#include "lib/base/text.h"
#include "lib/cpu/tile_registers.h"
#include "lib/object/decoder_exports.h"
#include "lib/object/model_abi.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/DebugStringHelper.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Target/TargetMachine.h"

#include <dlfcn.h>
#include <map>
#include <tuple>

using namespace mlir;

namespace tern {
namespace {

/// Phase graph: one linear layer for every shape, on an argument of its own. Shapes of one call
/// have one token bound.
std::string graphText(std::span<const KernelShape> shapes) {
  std::string weights, arguments, body, results, resultTypes;
  for (size_t i = 0; i < shapes.size(); ++i) {
    std::string n = std::to_string(i), comma = i == 0 ? "" : ", ";
    std::string rows = std::to_string(shapes[i].rows), columns = std::to_string(shapes[i].columns);
    std::string in = "tensor<?x" + columns + "xf32>", out = "tensor<?x" + rows + "xf32>";
    std::string format = shapes[i].group == 0 ? "master format <trits, scale <tensor, absmean>>"
                                              : "trits format <trits, scale <group " + std::to_string(shapes[i].group) +
                                                    ", stored>> scales \"s\"";
    weights += "ternary.weight @w" + n + " " + rows + " x " + columns + " from \"w" + n + "\" as " + format + "\n";
    arguments += comma + "%x" + n + ": " + in;
    const char *codes = shapes[i].planes == 1 ? "" : " codes <i16, absmax 32512.0, floor 1.0e-20, rounded once>";
    body += "%y" + n + " = ternary.linear %x" + n + ", @w" + n + codes + " : " + in + " -> " + out + "\n";
    results += comma + "%y" + n;
    resultTypes += comma + out;
  }
  return "module attributes {decoder.model = {max_context = 1 : i64}} {\n" + weights + "func.func @forward(" +
         arguments + ") -> (" + resultTypes + ") {\n" + body + "return " + results + " : " + resultTypes + "\n}\n}\n";
}

/// Puts the choices of the shapes that have one onto their weights.
Status addChoices(ModuleOp module, std::span<const KernelShape> shapes) {
  for (size_t i = 0; i < shapes.size(); ++i) {
    if (shapes[i].choice.family.empty())
      continue;
    Result<DictionaryAttr> choice = toAttribute(module.getContext(), shapes[i].choice, "this program");
    if (!choice)
      return choice.error();
    module.lookupSymbol("w" + std::to_string(i))->setAttr(kChoiceAttr, *choice);
  }
  return {};
}

/// Runs the passes of one phase, as for a model; the first error that they report is returned.
Status runPhase(ModuleOp module, Phase phase, const CompileOptions &options) {
  std::string error = "a pass failed";
  ScopedDiagnosticHandler keeper(module.getContext(), [&](Diagnostic &diagnostic) { error = diagnostic.str(); });
  PassManager manager(module.getContext());
  buildPhase(phase, manager, options);
  if (phase == Phase::Tiled)
    addKernelChanges(manager, options.kernelChanges);
  if (failed(manager.run(module)))
    return Error{error};
  return {};
}

/// Which function computes each product.
struct Functions {
  /// Rows, columns, most tokens, group, layout and kernel.
  using Key = std::tuple<int64_t, int64_t, int64_t, int64_t, const void *, const void *>;
  std::map<Key, size_t> numbers;
  std::vector<size_t> ofProduct;
};

/// Makes functions around a ternary.gemm for the products of a step graph, as the tile phase does. Products of the same
/// sizes, layout and kernel share a function: candidates of one step differ in one of two kernels.
void addKernels(ModuleOp module, func::FuncOp graph, std::vector<ProductKernel> &products, Functions &functions) {
  OpBuilder b(module.getContext());
  SymbolTable symbols(module);
  for (auto matmul : graph.getOps<ternary::MatmulOp>()) {
    auto weight = symbols.lookup<ternary::WeightOp>(matmul.getWeight());
    auto codes = cast<RankedTensorType>(matmul.getCodes().getType());
    auto result = cast<RankedTensorType>(matmul.getResult().getType());
    ternary::KernelAttr kernel = *matmul.getKernel();
    int64_t planes = matmul.getPlanes(), group = weight.getFormat().group();
    int64_t bound = planes * codes.getDimSize(0), tokens = llvm::alignTo(bound, kernel.getTokens());
    ProductShape shape{int64_t(weight.getRows()),
                       int64_t(weight.getColumns()),
                       bound,
                       tokens,
                       result.getDimSize(1) / planes,
                       codes.getDimSize(1) / planes,
                       ternary::toLayout(weight.getLayoutAttr()),
                       !kernel.isExact(),
                       group};
    int64_t bytes = shape.layout.matrixBytes(shape.rows, shape.columns);
    auto index = b.getIndexType();
    Type sum = group == 0 ? Type(b.getI32Type()) : b.getF32Type();
    SmallVector<Type> operands = {MemRefType::get({tokens, shape.paddedColumns}, b.getI8Type()),
                                  group == 0 ? MemRefType::get({tokens}, b.getI32Type())
                                             : MemRefType::get({tokens, shape.groups()}, b.getI32Type()),
                                  MemRefType::get({bytes}, b.getI8Type())};
    if (group != 0)
      operands.push_back(MemRefType::get({shape.paddedRows * shape.groups()}, sum));
    operands.append({MemRefType::get({tokens, shape.paddedRows}, sum), index, index, index});
    auto type = b.getFunctionType(operands, {});
    b.setInsertionPointToEnd(module.getBody());
    products.push_back({shape, debugString(kernel), nullptr});
    auto [known, isNew] =
        functions.numbers.try_emplace({shape.rows, shape.columns, bound, group,
                                       weight.getLayoutAttr().getAsOpaquePointer(), kernel.getAsOpaquePointer()},
                                      functions.numbers.size());
    functions.ofProduct.push_back(known->second);
    if (!isNew)
      continue;
    std::string name = "product_" + std::to_string(known->second);
    auto function = func::FuncOp::create(b, b.getUnknownLoc(), name, type);
    defineKernel(function, weight.getLayoutAttr(), kernel, {shape.rows, shape.columns});
  }
}

/// `ptr tern_model_query(i64)`: the address of a product. Only a model's own symbols stay visible after
/// the optimiser, so the products are reached through one of them.
void addDirectory(llvm::Module &code, size_t count) {
  llvm::IRBuilder<> b(code.getContext());
  std::vector<llvm::Constant *> addresses;
  for (size_t i = 0; i < count; ++i)
    addresses.push_back(code.getFunction("product_" + std::to_string(i)));
  auto *type = llvm::ArrayType::get(b.getPtrTy(), count);
  auto *table = new llvm::GlobalVariable(code, type, true, llvm::GlobalValue::InternalLinkage,
                                         llvm::ConstantArray::get(type, addresses), "products");
  auto *directory = llvm::Function::Create(llvm::FunctionType::get(b.getPtrTy(), {b.getInt64Ty()}, false),
                                           llvm::GlobalValue::ExternalLinkage, TERN_SYMBOL_QUERY, code);
  b.SetInsertPoint(llvm::BasicBlock::Create(code.getContext(), "", directory));
  b.CreateRet(b.CreateLoad(b.getPtrTy(), b.CreateGEP(b.getPtrTy(), table, directory->getArg(0))));
}

Result<std::string> machineCode(ModuleOp module, const TargetInfo &target, size_t products,
                                const std::optional<Emulation> &emulation) {
  Result<std::unique_ptr<llvm::TargetMachine>> machine = createTargetMachine(target);
  if (!machine)
    return machine.error();
  llvm::LLVMContext context;
  Result<std::unique_ptr<llvm::Module>> translated = translateCode(module, "products", **machine, context);
  if (!translated)
    return translated.error();
  std::unique_ptr<llvm::Module> code = std::move(*translated);
  if (emulation) {
    Result<std::unique_ptr<llvm::Module>> replaced = emulation->replace(std::move(code));
    if (!replaced)
      return replaced.error();
    code = std::move(*replaced);
  }
  addDirectory(*code, products);
  optimizeModule(*code, **machine, target, Sanitizer::None);
  if (llvm::verifyModule(*code, &llvm::errs()))
    return Error{"invalid LLVM IR"};
  Result<std::string> object = emitCode(*code, target, CodeForm::Object);
  if (!object)
    return object;
  return linkSharedObject(*object, /*allowUndefined=*/false);
}

Result<std::shared_ptr<void>> load(const std::string &bytes) {
  Result<MemoryFile> file = MemoryFile::create("tern-products");
  if (!file)
    return file.error();
  if (Status status = file->write(bytes); !status)
    return status.error();
  void *library = dlopen(file->path().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return Error{std::string("the compiled products cannot be loaded: ") + dlerror()};
  // The file stays open as long: dlopen knows libraries by their names, and the next file would have this one's.
  auto open = std::make_shared<MemoryFile>(std::move(*file));
  return std::shared_ptr<void>(library, [open](void *library) { dlclose(library); });
}

} // namespace

Result<std::vector<ProductKernel>> compileProducts(const TargetInfo &target, const std::string &family,
                                                   std::span<const KernelShape> shapes, const KernelChanges &changes,
                                                   const std::optional<Emulation> &emulation) {
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(graphText(shapes), &context);
  if (!module)
    return Error{"the graph does not parse"};
  setTarget(*module, target);
  if (Status status = addChoices(*module, shapes); !status)
    return status.error();
  CompileOptions options;
  options.prefillBlock = shapes.front().tokenBound;
  options.kernelFamily = family;
  options.kernelChanges = changes;
  if (Status status = runPhase(*module, Phase::Ternary, options); !status)
    return status.error();

  std::vector<ProductKernel> products;
  Functions functions;
  for (const char *name : {kForwardRowExport, kForwardBlockExport}) {
    auto graph = cast<func::FuncOp>(step::findExport(*module, name));
    addKernels(*module, graph, products, functions);
    graph.erase();
  }
  for (Phase phase : {Phase::Tiled, Phase::Vector, Phase::Llvm})
    if (Status status = runPhase(*module, phase, options); !status)
      return status.error();
  const TargetInfo &machine = emulation ? emulation->machine : target;
  Result<std::string> code = machineCode(*module, machine, functions.numbers.size(), emulation);
  if (!code)
    return code.error();
  if (Status enabled = enableFeatures(join(requiredFeatures(machine), ",")); !enabled)
    return enabled.error();
  Result<std::shared_ptr<void>> handle = load(*code);
  if (!handle)
    return handle.error();
  auto find = reinterpret_cast<void *(*)(int64_t)>(dlsym(handle->get(), TERN_SYMBOL_QUERY));
  for (size_t i = 0; i < products.size(); ++i)
    products[i].run = [code = *handle, address = find(int64_t(functions.ofProduct[i])), shape = products[i].shape](
                          const KernelCall &operands) { callProduct(address, shape, operands); };
  return products;
}

} // namespace tern
