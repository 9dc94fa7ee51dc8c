//===- link_pipeline.cpp - Bitcode into the module that calls it ----------===//
#include "compiler/dense/link_pipeline.h"

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/LowerMemIntrinsics.h"

namespace tern {
namespace {

Error linkError(const DenseKernel &kernel, const std::string &what) {
  return Error{"dense kernel @" + kernel.symbol + " (" + kernel.kind + "): " + what};
}

/// The values of one operand in MLIR's memref convention, or the index in `aligned`.
struct Descriptor {
  llvm::Value *aligned = nullptr, *offset = nullptr;
  llvm::SmallVector<llvm::Value *, 3> sizes, strides;
};

int64_t elementBytes(DenseElement element) {
  switch (element) {
  case DenseElement::F32:
  case DenseElement::I32:
    return 4;
  case DenseElement::F16:
  case DenseElement::BF16:
  case DenseElement::I16:
    return 2;
  case DenseElement::I8:
    return 1;
  case DenseElement::Index:
    return 8;
  }
  return 0;
}

/// Builds the function's body around one call of the pipeline.
class BodyBuilder {
public:
  BodyBuilder(llvm::Function &function, const DenseKernel &kernel, const CompiledPipeline &pipeline)
      : b(function.getContext()), function(function), kernel(kernel), pipeline(pipeline) {}

  llvm::CallInst *build(llvm::Function *callee) {
    auto *entry = llvm::BasicBlock::Create(b.getContext(), "entry", &function);
    b.SetInsertPoint(entry);
    readArguments();
    auto *ret = llvm::BasicBlock::Create(b.getContext(), "done", &function);
    llvm::CallInst *call = overRows() ? buildRowLoop(callee, ret) : buildCall(callee, nullptr);
    if (!overRows())
      b.CreateBr(ret);
    b.SetInsertPoint(ret);
    b.CreateRetVoid();
    return call;
  }

private:
  bool overRows() const {
    return llvm::any_of(pipeline.arguments, [](const PipelineArgument &argument) { return argument.view.row; });
  }

  void readArguments() {
    auto *next = function.arg_begin();
    for (const DenseOperand &operand : kernel.operands) {
      Descriptor &descriptor = descriptors.emplace_back();
      if (operand.element == DenseElement::Index) {
        descriptor.aligned = &*next++;
        continue;
      }
      ++next; // the allocated pointer serves deallocation only
      // Operands do not overlap, except where both are only read.
      next->addAttr(llvm::Attribute::NoAlias);
      descriptor.aligned = &*next++;
      descriptor.offset = &*next++;
      for (int64_t size : operand.shape) {
        llvm::Value *dynamic = &*next++;
        descriptor.sizes.push_back(size == DenseOperand::dynamic ? dynamic : b.getInt64(uint64_t(size)));
      }
      for (size_t i = 0; i < operand.shape.size(); ++i)
        descriptor.strides.push_back(&*next++);
      if (!operand.shape.empty())
        descriptor.strides.back() = b.getInt64(1);
    }
  }

  llvm::CallInst *buildRowLoop(llvm::Function *callee, llvm::BasicBlock *ret) {
    llvm::BasicBlock *entry = b.GetInsertBlock();
    auto *body = llvm::BasicBlock::Create(b.getContext(), "row", &function, ret);
    llvm::Value *rows = descriptors[0].sizes[0];
    b.CreateCondBr(b.CreateICmpSGT(rows, b.getInt64(0)), body, ret);
    b.SetInsertPoint(body);
    llvm::PHINode *row = b.CreatePHI(b.getInt64Ty(), 2, "row");
    row->addIncoming(b.getInt64(0), entry);
    llvm::CallInst *call = buildCall(callee, row);
    llvm::Value *next = b.CreateNSWAdd(row, b.getInt64(1));
    row->addIncoming(next, b.GetInsertBlock());
    b.CreateCondBr(b.CreateICmpSLT(next, rows), body, ret);
    return call;
  }

  llvm::CallInst *buildCall(llvm::Function *callee, llvm::Value *row) {
    llvm::SmallVector<llvm::Value *> arguments;
    for (const PipelineArgument &argument : pipeline.arguments) {
      const Descriptor &descriptor = descriptors[argument.operand];
      if (kernel.operands[argument.operand].element == DenseElement::Index)
        arguments.push_back(b.CreateTrunc(descriptor.aligned, b.getInt32Ty()));
      else
        arguments.push_back(buildBuffer(argument, descriptor, row));
    }
    return b.CreateCall(callee, arguments);
  }

  /// A halide_buffer_t (HalideRuntime.h) on the stack; inlining and SROA make plain values of it.
  llvm::Value *buildBuffer(const PipelineArgument &argument, const Descriptor &descriptor, llvm::Value *row) {
    llvm::Type *i32 = b.getInt32Ty(), *i64 = b.getInt64Ty(), *pointer = b.getPtrTy();
    auto *bufferType = llvm::StructType::get(b.getContext(), {i64, pointer, pointer, i64, i32, i32, pointer, pointer});
    enum { HostField = 2, DimensionsField = 5, DimField = 6 };

    // Innermost first; a split innermost dimension is contiguous.
    llvm::SmallVector<std::pair<llvm::Value *, llvm::Value *>> dimensions; // extent, stride
    int64_t inner = 1;
    for (int factor : argument.view.split) {
      dimensions.push_back({b.getInt64(uint64_t(factor)), b.getInt64(uint64_t(inner))});
      inner *= factor;
    }
    llvm::Value *element = descriptor.offset;
    for (size_t i = descriptor.sizes.size(); i-- > 0;) {
      bool innermost = i + 1 == descriptor.sizes.size();
      if (argument.view.row && i == 0)
        element = b.CreateAdd(element, b.CreateMul(row, descriptor.strides[0]));
      else if (innermost)
        dimensions.push_back(
            {b.CreateSDiv(descriptor.sizes[i], b.getInt64(uint64_t(inner))), b.getInt64(uint64_t(inner))});
      else
        dimensions.push_back({descriptor.sizes[i], descriptor.strides[i]});
    }

    auto *dimensionType = llvm::StructType::get(b.getContext(), {i32, i32, i32, i32}); // min, extent, stride, flags
    auto *arrayType = llvm::ArrayType::get(dimensionType, dimensions.size());
    llvm::Value *array = onStack(arrayType), *buffer = onStack(bufferType);
    for (size_t i = 0; i < dimensions.size(); ++i) {
      auto field = [&](unsigned which) {
        return b.CreateInBoundsGEP(arrayType, array, {b.getInt32(0), b.getInt32(unsigned(i)), b.getInt32(which)});
      };
      b.CreateStore(b.CreateTrunc(dimensions[i].first, i32), field(1));
      b.CreateStore(b.CreateTrunc(dimensions[i].second, i32), field(2));
    }
    int64_t bytes = elementBytes(kernel.operands[argument.operand].element);
    llvm::Value *host =
        b.CreateGEP(b.getInt8Ty(), descriptor.aligned, b.CreateMul(element, b.getInt64(uint64_t(bytes))));
    b.CreateStore(host, b.CreateStructGEP(bufferType, buffer, HostField));
    b.CreateStore(b.getInt32(unsigned(dimensions.size())), b.CreateStructGEP(bufferType, buffer, DimensionsField));
    b.CreateStore(array, b.CreateStructGEP(bufferType, buffer, DimField));
    return buffer;
  }

  /// Zeroed room in the entry block.
  llvm::Value *onStack(llvm::Type *type) {
    llvm::IRBuilderBase::InsertPointGuard guard(b);
    llvm::BasicBlock &entry = function.getEntryBlock();
    b.SetInsertPoint(&entry, entry.getFirstInsertionPt());
    llvm::AllocaInst *room = b.CreateAlloca(type);
    b.CreateStore(llvm::Constant::getNullValue(type), room);
    return room;
  }

  llvm::IRBuilder<> b;
  llvm::Function &function;
  const DenseKernel &kernel;
  const CompiledPipeline &pipeline;
  std::vector<Descriptor> descriptors;
};

/// Memory that is not the pipeline's own stack is aligned to its elements only. Halide claims whole
/// vectors for outputs that it reads back.
void claimElementAlignment(llvm::Instruction &instruction) {
  auto isOwn = [](const llvm::Value *pointer) {
    return llvm::isa<llvm::AllocaInst>(llvm::getUnderlyingObject(pointer, 0));
  };
  auto lowered = [](llvm::Align claimed, llvm::Type *type) {
    return std::min(claimed, llvm::Align(std::max(1u, type->getScalarSizeInBits() / 8)));
  };
  if (auto *load = llvm::dyn_cast<llvm::LoadInst>(&instruction); load && !load->getType()->isPointerTy()) {
    if (!isOwn(load->getPointerOperand()))
      load->setAlignment(lowered(load->getAlign(), load->getType()));
  } else if (auto *store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
    if (!isOwn(store->getPointerOperand()))
      store->setAlignment(lowered(store->getAlign(), store->getValueOperand()->getType()));
  } else if (auto *memory = llvm::dyn_cast<llvm::MemIntrinsic>(&instruction)) {
    if (!isOwn(memory->getDest()))
      memory->setDestAlignment(llvm::Align(1));
    if (auto *transfer = llvm::dyn_cast<llvm::MemTransferInst>(memory); transfer && !isOwn(transfer->getSource()))
      transfer->setSourceAlignment(llvm::Align(1));
  }
}

/// Loops of stores that Halide's LLVM made a memset of become loops again: there is no library.
void expandFills(llvm::Function &function) {
  llvm::SmallVector<llvm::MemSetInst *> fills;
  for (llvm::Instruction &instruction : llvm::instructions(function))
    if (auto *fill = llvm::dyn_cast<llvm::MemSetInst>(&instruction))
      fills.push_back(fill);
  for (llvm::MemSetInst *fill : fills) {
    llvm::expandMemSetAsLoop(fill);
    fill->eraseFromParent();
  }
}

/// Makes the pipeline's module fit to be linked: one function, no claims about the target, no
/// aliasing facts of Halide's own, which name buffers within one pipeline only and would be wrong
/// between two that are inlined into one function.
Result<llvm::Function *> prepare(llvm::Module &source, const llvm::Module &module, const DenseKernel &kernel,
                                 bool contract) {
  source.setTargetTriple(module.getTargetTriple());
  source.setDataLayout(module.getDataLayout());
  while (!source.named_metadata_empty())
    source.eraseNamedMetadata(&*source.named_metadata_begin());
  llvm::Function *entry = source.getFunction(CompiledPipeline::symbol);
  if (!entry || entry->isDeclaration())
    return linkError(kernel, "Halide's bitcode has no function of this kernel");
  for (llvm::Function &function : llvm::make_early_inc_range(source)) {
    if (&function != entry && function.use_empty())
      function.eraseFromParent();
    else if (&function != entry && !function.isIntrinsic())
      return linkError(kernel, "the pipeline calls " + function.getName().str() + ", which nothing defines");
  }
  entry->setAttributes({});
  for (llvm::Instruction &instruction : llvm::instructions(*entry)) {
    instruction.setMetadata(llvm::LLVMContext::MD_tbaa, nullptr);
    claimElementAlignment(instruction);
    if (llvm::isa<llvm::FPMathOperator>(instruction)) {
      llvm::FastMathFlags flags;
      flags.setAllowContract(contract);
      instruction.copyFastMathFlags(flags);
    }
  }
  expandFills(*entry);
  return entry;
}

Status checkDeclaration(const llvm::Module &module, const DenseKernel &kernel) {
  const llvm::Function *function = module.getFunction(kernel.symbol);
  if (!function || !function->isDeclaration())
    return linkError(kernel, function ? "already has a body" : "is not declared in the module");
  std::vector<bool> isPointer;
  for (const DenseOperand &operand : kernel.operands) {
    if (operand.element != DenseElement::Index)
      isPointer.insert(isPointer.end(), {true, true});
    isPointer.insert(isPointer.end(), operand.element == DenseElement::Index ? 1 : 1 + 2 * operand.shape.size(), false);
  }
  bool fits = function->getReturnType()->isVoidTy() && function->arg_size() == isPointer.size();
  for (const llvm::Argument &argument : function->args())
    fits = fits &&
           (isPointer[argument.getArgNo()] ? argument.getType()->isPointerTy() : argument.getType()->isIntegerTy(64));
  if (!fits)
    return linkError(kernel, "the declaration's type is not that of its memrefs in MLIR's convention");
  return {};
}

} // namespace

Status linkPipeline(llvm::Module &module, const DenseKernel &kernel, const CompiledPipeline &pipeline) {
  if (Status fits = checkDeclaration(module, kernel); !fits)
    return fits;
  auto parsed = llvm::parseBitcodeFile(llvm::MemoryBufferRef(pipeline.bitcode, kernel.symbol), module.getContext());
  if (!parsed)
    return linkError(kernel, "LLVM cannot read Halide's bitcode: " + llvm::toString(parsed.takeError()));
  if (auto entry = prepare(**parsed, module, kernel, pipeline.contract); !entry)
    return entry.error();
  if (llvm::Linker::linkModules(module, std::move(*parsed)))
    return linkError(kernel, "LLVM cannot link Halide's bitcode");

  llvm::Function *callee = module.getFunction(CompiledPipeline::symbol);
  llvm::Function *function = module.getFunction(kernel.symbol);
  llvm::CallInst *call = BodyBuilder(*function, kernel, pipeline).build(callee);
  llvm::InlineFunctionInfo info;
  if (llvm::InlineResult inlined = llvm::InlineFunction(*call, info); !inlined.isSuccess())
    return linkError(kernel, std::string("LLVM cannot inline the pipeline: ") + inlined.getFailureReason());
  callee->eraseFromParent();
  return {};
}

} // namespace tern
