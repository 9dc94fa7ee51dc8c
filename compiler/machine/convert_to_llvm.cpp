//===- convert_to_llvm.cpp - Step functions and kernels to LLVM -----------===//
#include "compiler/machine/passes.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"
#include "lib/object/model_abi.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/AMX/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Transforms/DialectConversion.h"

#include <cstddef>

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNCONVERTTOLLVM
#include "compiler/machine/Passes.h.inc"

namespace {

/// The number of a mark among those of its function, while this pass runs.
constexpr StringLiteral kStageNumber = "stage_number";

using step::StepBuffer;
using step::StepValue;

/// Loads what lies `offset` bytes behind a pointer to struct tern_step, or to what it points to. These do not change
/// while a step runs.
Value loadField(OpBuilder &b, Location loc, Value step, size_t offset, Type type) {
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value address = LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), step, ArrayRef<LLVM::GEPArg>{int32_t(offset)});
  auto load = LLVM::LoadOp::create(b, loc, type, address);
  load.setInvariant(true);
  return load;
}

size_t fieldOf(StepBuffer buffer) {
  switch (buffer) {
  case StepBuffer::Weights:
    return offsetof(tern_step, weights);
  case StepBuffer::Shared:
    return offsetof(tern_step, shared);
  case StepBuffer::Scratch:
    return offsetof(tern_step, scratch);
  case StepBuffer::Cache:
    return offsetof(tern_step, cache);
  }
  llvm_unreachable("buffers are listed above");
}

size_t fieldOf(StepValue value) {
  switch (value) {
  case StepValue::RowCount:
    return offsetof(tern_step, n_rows);
  case StepValue::RunCount:
    return offsetof(tern_step, n_runs);
  case StepValue::FirstOutput:
    return offsetof(tern_step, first_output);
  case StepValue::ListedCount:
    return offsetof(tern_step, n_listed);
  }
  llvm_unreachable("values are listed above");
}

struct StepValueLowering : ConvertOpToLLVMPattern<step::ValueOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(step::ValueOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, loadField(rewriter, op.getLoc(), adaptor.getStep(), fieldOf(op.getValue()), getIndexType()));
    return success();
  }
};

/// A memref of one dimension at this address.
Value memrefAt(ConversionPatternRewriter &rewriter, Location loc, Type converted, MemRefType type, Value address) {
  auto descriptor = MemRefDescriptor::poison(rewriter, loc, converted);
  descriptor.setAllocatedPtr(rewriter, loc, address);
  descriptor.setAlignedPtr(rewriter, loc, address);
  descriptor.setConstantOffset(rewriter, loc, 0);
  // A dynamic size is bounded by the step's contract, not known here; it is never read.
  int64_t size = type.hasStaticShape() ? type.getDimSize(0) : std::numeric_limits<int64_t>::max();
  descriptor.setConstantSize(rewriter, loc, 0, size);
  descriptor.setConstantStride(rewriter, loc, 0, 1);
  return descriptor;
}

struct StepBufferLowering : ConvertOpToLLVMPattern<step::BufferOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(step::BufferOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<MemRefType>(op.getResult().getType());
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    Value base = loadField(rewriter, loc, adaptor.getStep(), fieldOf(op.getBuffer()), pointer);
    if (Value thread = adaptor.getThread()) {
      // Arenas of threads lie one after the other, each as large as this type says.
      Value bytes = createIndexAttrConstant(rewriter, loc, getIndexType(), type.getDimSize(0));
      Value offset = LLVM::MulOp::create(rewriter, loc, thread, bytes);
      base = LLVM::GEPOp::create(rewriter, loc, pointer, rewriter.getI8Type(), base, ArrayRef<LLVM::GEPArg>{offset});
    }
    rewriter.replaceOp(op, memrefAt(rewriter, loc, getTypeConverter()->convertType(type), type, base));
    return success();
  }
};

struct PortLowering : ConvertOpToLLVMPattern<step::PortOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(step::PortOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<MemRefType>(op.getResult().getType());
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    auto ports = step::portsOf(op->getParentOfType<FunctionOpInterface>());
    auto named = [&](const step::Port &port) { return port.port.getName() == op.getPort(); };
    size_t place = size_t(llvm::find_if(ports, named) - ports.begin()); // there, as the verifier has seen
    Value list = loadField(rewriter, loc, adaptor.getStep(), offsetof(tern_step, ports), pointer);
    Value address = loadField(rewriter, loc, list, place * sizeof(void *), pointer);
    rewriter.replaceOp(op, memrefAt(rewriter, loc, getTypeConverter()->convertType(type), type, address));
    return success();
  }
};

struct RunLowering : ConvertOpToLLVMPattern<step::RunOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(step::RunOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<MemRefType>(op.getPages().getType());
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    Value runs = loadField(rewriter, loc, adaptor.getStep(), offsetof(tern_step, runs), pointer);
    Value size = createIndexAttrConstant(rewriter, loc, getIndexType(), sizeof(tern_run));
    Value offset = LLVM::MulOp::create(rewriter, loc, adaptor.getIndex(), size);
    Value run = LLVM::GEPOp::create(rewriter, loc, pointer, rewriter.getI8Type(), runs, ArrayRef<LLVM::GEPArg>{offset});
    Value pages = loadField(rewriter, loc, run, offsetof(tern_run, pages), pointer);
    rewriter.replaceOp(op, {loadField(rewriter, loc, run, offsetof(tern_run, rows), getIndexType()),
                            loadField(rewriter, loc, run, offsetof(tern_run, position), getIndexType()),
                            memrefAt(rewriter, loc, getTypeConverter()->convertType(type), type, pages)});
    return success();
  }
};

struct BarrierLowering : ConvertOpToLLVMPattern<step::BarrierOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(step::BarrierOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    Value function = loadField(rewriter, loc, adaptor.getStep(), offsetof(tern_step, barrier), pointer);
    Value team = loadField(rewriter, loc, adaptor.getStep(), offsetof(tern_step, team), pointer);
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(getContext()), {pointer, getIndexType()});
    LLVM::CallOp::create(rewriter, loc, type, ValueRange{function, team, adaptor.getThread()});
    rewriter.eraseOp(op);
    return success();
  }
};

/// A call of the profiler, if the step has one: a test, and a branch that is not expected to be taken.
struct MarkLowering : ConvertOpToLLVMPattern<step::MarkOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(step::MarkOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto number = op->getAttrOfType<IntegerAttr>(kStageNumber);
    if (!number)
      return failure();
    Location loc = op.getLoc();
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    Block *before = op->getBlock();
    Block *after = rewriter.splitBlock(before, std::next(op->getIterator()));
    Block *told = rewriter.createBlock(after);
    rewriter.setInsertionPointToEnd(before);
    Value function = loadField(rewriter, loc, adaptor.getStep(), offsetof(tern_step, mark), pointer);
    Value null = LLVM::ZeroOp::create(rewriter, loc, pointer);
    Value asked = LLVM::ICmpOp::create(rewriter, loc, LLVM::ICmpPredicate::ne, function, null);
    LLVM::CondBrOp::create(rewriter, loc, asked, told, ValueRange(), after, ValueRange(),
                           std::pair<uint32_t, uint32_t>(1, 2000));
    rewriter.setInsertionPointToEnd(told);
    Value profiler = loadField(rewriter, loc, adaptor.getStep(), offsetof(tern_step, profiler), pointer);
    Value stage = createIndexAttrConstant(rewriter, loc, getIndexType(), number.getInt());
    auto type =
        LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(getContext()), {pointer, getIndexType(), getIndexType()});
    LLVM::CallOp::create(rewriter, loc, type, ValueRange{function, profiler, adaptor.getThread(), stage});
    LLVM::BrOp::create(rewriter, loc, ValueRange(), after);
    rewriter.eraseOp(op);
    return success();
  }
};

/// Numbers the marks of each function, and keeps their names, parts and operators on the module for the manifest.
void numberStages(ModuleOp module) {
  Builder b(module.getContext());
  SmallVector<NamedAttribute> stages, operators;
  NamedAttrList parts;
  for (auto func : module.getOps<func::FuncOp>()) {
    SmallVector<Attribute> names, described;
    bool any = false;
    func.walk([&](step::MarkOp mark) {
      mark->setAttr(kStageNumber, b.getI64IntegerAttr(int64_t(names.size())));
      names.push_back(mark.getStageAttr());
      if (auto part = mark->getAttrOfType<StringAttr>(step::kPartAttr))
        parts.set(mark.getStage().split(' ').first, part);
      auto op = mark->getAttrOfType<DictionaryAttr>(step::kOperatorAttr);
      any |= op != nullptr;
      described.push_back(op ? op : b.getDictionaryAttr({}));
    });
    if (!names.empty())
      stages.push_back(b.getNamedAttr(func.getSymName(), b.getArrayAttr(names)));
    if (any)
      operators.push_back(b.getNamedAttr(func.getSymName(), b.getArrayAttr(described)));
  }
  module->setAttr(step::kStagesAttr, b.getDictionaryAttr(stages));
  module->setAttr(step::kPartsAttr, parts.getDictionary(module.getContext()));
  if (!operators.empty())
    module->setAttr(step::kOperatorsAttr, b.getDictionaryAttr(operators));
}

/// A declaration of a dense kernel loses its operands' types here; phase llvm still needs them to build the kernel.
void keepDenseOperands(ModuleOp module) {
  Builder b(module.getContext());
  for (auto func : module.getOps<func::FuncOp>()) {
    auto dense = func->getAttrOfType<DictionaryAttr>("step.dense");
    if (!dense)
      continue;
    NamedAttrList attributes(dense);
    attributes.set("operands", b.getTypeArrayAttr(func.getArgumentTypes()));
    func->setAttr("step.dense", attributes.getDictionary(module.getContext()));
  }
}

/// The conversions of loops and branches carry what a loop says about its unrolling to its back edge, as an attribute
/// that the translation to LLVM IR does not read: it becomes the branch's own.
void annotateLoops(ModuleOp module) {
  constexpr StringLiteral kLoop = "llvm.loop_annotation";
  module.walk([&](LLVM::BrOp branch) {
    if (auto annotation = branch->getAttrOfType<LLVM::LoopAnnotationAttr>(kLoop)) {
      branch.setLoopAnnotationAttr(annotation);
      branch->removeDiscardableAttr(kLoop);
    }
  });
}

struct ConvertToLLVM : impl::TernConvertToLLVMBase<ConvertToLLVM> {
  void runOnOperation() override {
    functions += countOps<func::FuncOp>(getOperation());
    keepDenseOperands(getOperation());
    numberStages(getOperation());
    MLIRContext *context = &getContext();
    LowerToLLVMOptions options(context);
    LLVMTypeConverter converter(context, options);
    converter.addConversion([](step::StepType type) { return LLVM::LLVMPointerType::get(type.getContext()); });

    RewritePatternSet patterns(context);
    patterns.add<StepValueLowering, StepBufferLowering, PortLowering, RunLowering, BarrierLowering, MarkLowering>(
        converter);
    populateFuncToLLVMConversionPatterns(converter, patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    index::populateIndexToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    vector::populateVectorBitCastLoweringPatterns(patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    populateAMXLegalizeForLLVMExportPatterns(converter, patterns);

    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp>();
    target.addLegalOp<ternary::WeightOp, decoder::TensorOp, decoder::RopeTableOp, decoder::CacheOp,
                      decoder::RowCodesOp>();
    target.addIllegalDialect<ternary::TernaryDialect, decoder::DecoderDialect>();
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns))))
      return signalPassFailure();
    annotateLoops(getOperation());
  }
};

} // namespace
} // namespace tern
