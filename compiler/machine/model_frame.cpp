//===- model_frame.cpp - What makes code a model object ---------------------===//
#include "compiler/machine/model_frame.h"

#include "compiler/steps/plan/weight_plan.h"
#include "dialects/decoder/Decoder.h"
#include "lib/base/text.h"
#include "lib/head/row_codes.h"
#include "lib/object/decoder_exports.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

#include <cstring>

using namespace mlir;

namespace tern {
namespace {

/// Reads the numbers of a module attribute; the first one that is missing or out of range is kept
/// as the error.
class NumberReader {
public:
  NumberReader(ModuleOp module, StringRef name)
      : name(name.str()), numbers(module->getAttrOfType<DictionaryAttr>(name)) {}

  uint64_t read(StringRef field, int64_t low, int64_t high) {
    auto number = numbers ? numbers.getAs<IntegerAttr>(field) : IntegerAttr();
    if (number && number.getInt() >= low && number.getInt() <= high)
      return uint64_t(number.getInt());
    if (error.empty())
      error = "module attribute " + name + ": " + field.str() + (number ? " is out of range" : " is missing");
    return 0;
  }
  const std::string &firstError() const { return error; }

private:
  std::string name, error;
  DictionaryAttr numbers;
};

} // namespace

/// What the runtime has to know of the codes of an output head.
static void describeHead(const WeightPlan &plan, tern_model_header &header) {
  for (const WeightEntry &entry : plan.entries)
    if (entry.kind == WeightKind::RowFigures) {
      header.code_columns = uint32_t(codeColumns(header.hidden_size));
      header.head_figures_offset = uint64_t(entry.offset);
    }
}

Result<tern_model_header> describeModel(ModuleOp module, const TargetInfo &target) {
  tern_model_header header = {};
  std::memcpy(header.magic, TERN_MODEL_MAGIC, sizeof header.magic);
  header.abi_version = TERN_ABI_VERSION;
  header.header_bytes = sizeof header;

  NumberReader model(module, "decoder.model"), arenas(module, "step.arenas");
  bool text = step::findExport(module, kDecodeExport);
  bool positions = !module.getOps<decoder::CacheOp>().empty() || !module.getOps<decoder::RopeTableOp>().empty();
  if (text) {
    header.vocab_size = uint32_t(model.read("vocab_size", 1, INT32_MAX));
    header.hidden_size = uint32_t(model.read("hidden_size", 1, INT32_MAX));
  }
  if (text || positions)
    header.max_context = uint32_t(model.read("max_context", 1, INT32_MAX));
  header.shared_bytes = arenas.read("shared", 0, INT64_MAX);
  header.scratch_bytes = arenas.read("scratch", 0, INT64_MAX);
  header.prefill_block = arenas.read("prefill_block", 1, INT32_MAX);
  for (const NumberReader *reader : {&model, &arenas})
    if (!reader->firstError().empty())
      return Error{reader->firstError()};
  if (header.scratch_bytes % TERN_ARENA_ALIGN)
    return Error{"module attribute step.arenas: scratch is no multiple of " + std::to_string(TERN_ARENA_ALIGN)};

  WeightPlan plan = planWeights(module);
  header.weights_bytes = plan.bytes;
  describeHead(plan, header);
  for (auto cache : module.getOps<decoder::CacheOp>())
    header.cache_bytes_per_token += cast<decoder::CacheType>(cache.getType()).getPositionBytes();
  header.cache_page = decoder::CacheType::kPagePositions;

  std::string features = join(requiredFeatures(target), ",");
  if (features.size() >= sizeof header.features)
    return Error{"target '" + target.cpu + "' has more features than a model header can name"};
  std::memcpy(header.features, features.data(), features.size());
  return header;
}

namespace {

/// Builds struct tern_library of model_abi.h out of constants.
class LibraryBuilder {
public:
  LibraryBuilder(llvm::Module &code)
      : code(code), i32(llvm::Type::getInt32Ty(code.getContext())), i64(llvm::Type::getInt64Ty(code.getContext())),
        pointer(llvm::PointerType::getUnqual(code.getContext())) {}

  llvm::Constant *library(ModuleOp module, uint32_t sanitizer) {
    std::vector<llvm::Constant *> exports;
    for (Operation &op : module.getOps())
      if (auto name = op.getAttrOfType<StringAttr>(step::kExportAttr))
        exports.push_back(exported(op, name.getValue()));
    return global(record({word(TERN_ABI_VERSION), word(sanitizer), wide(exports.size()), table(exports)}));
  }

private:
  llvm::Constant *word(uint64_t value) { return llvm::ConstantInt::get(i32, value); }
  llvm::Constant *wide(uint64_t value) { return llvm::ConstantInt::get(i64, value); }
  llvm::Constant *record(ArrayRef<llvm::Constant *> fields) {
    return llvm::ConstantStruct::getAnon(code.getContext(), fields);
  }
  llvm::Constant *global(llvm::Constant *value) {
    return new llvm::GlobalVariable(code, value->getType(), /*isConstant=*/true, llvm::GlobalValue::PrivateLinkage,
                                    value, "tern_exports");
  }
  llvm::Constant *text(StringRef string) {
    return global(llvm::ConstantDataArray::getString(code.getContext(), string));
  }
  llvm::Constant *table(ArrayRef<llvm::Constant *> entries) {
    if (entries.empty())
      return llvm::ConstantPointerNull::get(pointer);
    return global(llvm::ConstantArray::get(llvm::ArrayType::get(entries[0]->getType(), entries.size()), entries));
  }

  llvm::Constant *exported(Operation &function, StringRef name) {
    std::vector<llvm::Constant *> ports;
    SmallVector<step::Port> declared = step::portsOf(&function);
    for (const step::Port &port : declared)
      ports.push_back(described(port));
    return record({text(name), code.getFunction(SymbolTable::getSymbolName(&function)), wide(mostRowsOf(declared)),
                   wide(ports.size()), table(ports)});
  }

  llvm::Constant *described(const step::Port &port) {
    SmallVector<uint64_t, 3> shape(3, 1);
    llvm::copy(port.type.getShape(), shape.begin());
    return record({text(port.port.getName()), word(portType(port)), word(portExtent(port)), word(port.output),
                   word(uint64_t(port.type.getRank())),
                   llvm::ConstantDataArray::get(code.getContext(), ArrayRef<uint64_t>(shape))});
  }

  llvm::Module &code;
  llvm::Type *i32, *i64;
  llvm::PointerType *pointer;
};

/// tern_model_query: the library for this version, null for others.
void addQuery(llvm::Module &code, llvm::Constant *library) {
  llvm::IRBuilder<> b(code.getContext());
  auto *query = llvm::Function::Create(llvm::FunctionType::get(b.getPtrTy(), {b.getInt32Ty()}, false),
                                       llvm::GlobalValue::ExternalLinkage, TERN_SYMBOL_QUERY, code);
  b.SetInsertPoint(llvm::BasicBlock::Create(code.getContext(), "", query));
  llvm::Value *known = b.CreateICmpEQ(query->getArg(0), b.getInt32(TERN_ABI_VERSION));
  b.CreateRet(b.CreateSelect(known, library, llvm::ConstantPointerNull::get(b.getPtrTy())));
}

} // namespace

uint32_t portType(const step::Port &port) {
  Type element = port.type.getElementType();
  return element.isF32()         ? TERN_TYPE_F32
         : element.isBF16()      ? TERN_TYPE_BF16
         : element.isInteger(32) ? TERN_TYPE_I32
                                 : TERN_TYPE_I8;
}

uint32_t portExtent(const step::Port &port) {
  switch (port.port.getExtent()) {
  case step::PortExtent::Rows:
    return TERN_EXTENT_ROWS;
  case step::PortExtent::Outputs:
    return TERN_EXTENT_OUTPUTS;
  case step::PortExtent::Listed:
    return TERN_EXTENT_LISTED;
  case step::PortExtent::Fixed:
  case step::PortExtent::Weights:
    return TERN_EXTENT_FIXED;
  }
  llvm_unreachable("extents are listed above");
}

uint32_t mostRowsOf(ArrayRef<step::Port> ports) {
  int64_t most = 1;
  for (const step::Port &port : ports)
    if (port.port.getExtent() == step::PortExtent::Rows)
      most = std::max(most, port.type.getDimSize(0));
  return uint32_t(most);
}

void addModelFrame(llvm::Module &code, ModuleOp module, const tern_model_header &header, uint32_t sanitizer) {
  std::string bytes(reinterpret_cast<const char *>(&header), sizeof header);
  auto *value = llvm::ConstantDataArray::getString(code.getContext(), bytes, /*AddNull=*/false);
  auto *global = new llvm::GlobalVariable(code, value->getType(), /*isConstant=*/true,
                                          llvm::GlobalValue::ExternalLinkage, value, TERN_SYMBOL_HEADER);
  global->setSection(TERN_SECTION_HEADER);
  global->setAlignment(llvm::Align(alignof(tern_model_header)));

  // A section without flags "a" takes no address space: the weights are mapped by the runtime, not
  // by the dynamic loader.
  for (const char *section : {TERN_SECTION_WEIGHTS, TERN_SECTION_TOKENIZER, TERN_SECTION_MANIFEST})
    code.appendModuleInlineAsm(std::string(".section ") + section + ",\"\",%progbits\n.byte 0\n");
  addQuery(code, LibraryBuilder(code).library(module, sanitizer));
}

} // namespace tern
