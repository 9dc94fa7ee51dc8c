//===- model_frame.cpp - What makes code a model object ---------------------===//
#include "compiler/emit/model_frame.h"

#include "compiler/tile/weight_plan.h"
#include "dialects/decoder/Decoder.h"
#include "lib/base/text.h"
#include "lib/head/row_codes.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"
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

/// What the runtime has to know of the output head.
static Status describeHead(ModuleOp module, const WeightPlan &plan, tern_model_header &header) {
  auto model = module->getAttrOfType<DictionaryAttr>("decoder.model");
  auto hidden = model ? model.getAs<IntegerAttr>("hidden_size") : IntegerAttr();
  if (!hidden || hidden.getInt() < 1 || hidden.getInt() > INT32_MAX)
    return Error{"module attribute decoder.model: hidden_size is missing or out of range"};
  header.hidden_size = uint32_t(hidden.getInt());
  for (const WeightEntry &entry : plan.entries)
    if (entry.kind == WeightKind::RowFigures) {
      header.code_columns = uint32_t(codeColumns(hidden.getInt()));
      header.head_figures_offset = uint64_t(entry.offset);
    }
  return {};
}

Result<tern_model_header> describeModel(ModuleOp module, const TargetInfo &target) {
  tern_model_header header = {};
  std::memcpy(header.magic, TERN_MODEL_MAGIC, sizeof header.magic);
  header.abi_version = TERN_ABI_VERSION;
  header.header_bytes = sizeof header;

  NumberReader model(module, "decoder.model"), arenas(module, "step.arenas");
  header.vocab_size = model.read("vocab_size", 1, INT32_MAX);
  header.max_context = model.read("max_context", 1, INT32_MAX);
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
  if (Status status = describeHead(module, plan, header); !status)
    return status.error();
  for (auto cache : module.getOps<decoder::CacheOp>())
    header.cache_bytes_per_token += cast<decoder::CacheType>(cache.getType()).getPositionBytes();
  header.cache_page = decoder::CacheType::kPagePositions;

  std::string features = join(requiredFeatures(target), ",");
  if (features.size() >= sizeof header.features)
    return Error{"target '" + target.cpu + "' has more features than a model header can name"};
  std::memcpy(header.features, features.data(), features.size());
  return header;
}

void addModelFrame(llvm::Module &code, const tern_model_header &header) {
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
}

} // namespace tern
