//===- emulated_instructions.cpp - Instructions that this CPU does not have ---===//
#include "test/conformance/emulated_instructions.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstring>

using namespace llvm;

namespace tern::test {
namespace {

/// Operands and result of one instruction, each in memory of its own. Vectors lie there lane after lane.
struct Operands {
  const void *const *operands;
  void *result;
  int64_t bytes; ///< of the result

  template <typename T> const T *in(int i) const { return static_cast<const T *>(operands[i]); }
  template <typename T> T *out() const { return static_cast<T *>(result); }
  template <typename T> int64_t lanes() const { return bytes / int64_t(sizeof(T)); }
};

/// VPDPBUSD, USDOT: to each 32-bit sum four products of an unsigned and a signed byte, without saturation.
void dotOfBytes(const Operands &v) {
  for (int64_t lane = 0; lane < v.lanes<int32_t>(); ++lane) {
    uint32_t sum = v.in<uint32_t>(0)[lane];
    for (int64_t j = 4 * lane; j < 4 * lane + 4; ++j)
      sum += uint32_t(int32_t(v.in<uint8_t>(1)[j]) * v.in<int8_t>(2)[j]);
    v.out<uint32_t>()[lane] = sum;
  }
}

/// PMADDUBSW: two products of an unsigned and a signed byte, saturated to 16 bits.
void pairsOfBytes(const Operands &v) {
  for (int64_t lane = 0; lane < v.lanes<int16_t>(); ++lane) {
    int32_t sum = 0;
    for (int64_t j = 2 * lane; j < 2 * lane + 2; ++j)
      sum += int32_t(v.in<uint8_t>(0)[j]) * v.in<int8_t>(1)[j];
    v.out<int16_t>()[lane] = int16_t(std::clamp(sum, -32768, 32767));
  }
}

/// PMADDWD: two products of signed 16-bit numbers.
void pairsOfHalves(const Operands &v) {
  for (int64_t lane = 0; lane < v.lanes<int32_t>(); ++lane) {
    uint32_t sum = 0;
    for (int64_t j = 2 * lane; j < 2 * lane + 2; ++j)
      sum += uint32_t(int32_t(v.in<int16_t>(0)[j]) * v.in<int16_t>(1)[j]);
    v.out<uint32_t>()[lane] = sum;
  }
}

/// VPERMB, VPERMW: lanes of one register, indices modulo their number.
template <typename T> void permute(const Operands &v) {
  for (int64_t lane = 0; lane < v.lanes<T>(); ++lane)
    v.out<T>()[lane] = v.in<T>(0)[v.in<T>(1)[lane] % v.lanes<T>()];
}

/// VPERMI2B: lanes of two registers.
void permuteTwo(const Operands &v) {
  for (int64_t lane = 0, lanes = v.lanes<uint8_t>(); lane < lanes; ++lane) {
    int64_t index = v.in<uint8_t>(1)[lane] % (2 * lanes);
    v.out<uint8_t>()[lane] = v.in<uint8_t>(index < lanes ? 0 : 2)[index % lanes];
  }
}

/// PSHUFB: bytes of the same 16; an index with its top bit set gives 0.
void shuffleBytes(const Operands &v) {
  for (int64_t lane = 0; lane < v.lanes<uint8_t>(); ++lane) {
    uint8_t index = v.in<uint8_t>(1)[lane];
    v.out<uint8_t>()[lane] = index & 0x80 ? 0 : v.in<uint8_t>(0)[lane / 16 * 16 + index % 16];
  }
}

/// TBL with one register: an index past it gives 0.
void lookUpBytes(const Operands &v) {
  for (int64_t lane = 0, lanes = v.lanes<uint8_t>(); lane < lanes; ++lane) {
    uint8_t index = v.in<uint8_t>(1)[lane];
    v.out<uint8_t>()[lane] = index < lanes ? v.in<uint8_t>(0)[index] : 0;
  }
}

/// VPCOMPRESSD on registers: the lanes with their bit of the mask set, one after the other; what follows is kept.
void compressWords(const Operands &v) {
  int64_t next = 0;
  for (int64_t lane = 0; lane < v.lanes<int32_t>(); ++lane)
    if (v.in<uint8_t>(2)[lane / 8] >> lane % 8 & 1)
      v.out<int32_t>()[next++] = v.in<int32_t>(0)[lane];
  for (; next < v.lanes<int32_t>(); ++next)
    v.out<int32_t>()[next] = v.in<int32_t>(1)[next];
}

constexpr int64_t kTileRowBytes = 64;

/// TILEZERO
void clearTile(const Operands &v) { std::memset(v.result, 0, size_t(v.bytes)); }

/// TILELOADD: rows, bytes of a row, address, stride. What the tile has besides is 0.
void loadTile(const Operands &v) {
  clearTile(v);
  for (int64_t row = 0; row < *v.in<int16_t>(0); ++row)
    std::memcpy(v.out<char>() + row * kTileRowBytes, *v.in<const char *>(2) + row * *v.in<int64_t>(3),
                size_t(*v.in<int16_t>(1)));
}

/// TILESTORED: the same, and the tile.
void storeTile(const Operands &v) {
  for (int64_t row = 0; row < *v.in<int16_t>(0); ++row)
    std::memcpy(*v.in<char *>(2) + row * *v.in<int64_t>(3), v.in<char>(4) + row * kTileRowBytes,
                size_t(*v.in<int16_t>(1)));
}

/// TDPBSSD: rows, bytes of a row of sums, bytes of a row of the left side; sums, left, right. A row of the right side
/// holds four rows of its matrix.
void multiplyTiles(const Operands &v) {
  int64_t rows = *v.in<int16_t>(0), columns = *v.in<int16_t>(1) / 4, quads = *v.in<int16_t>(2) / 4;
  clearTile(v);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      uint32_t sum = v.in<uint32_t>(3)[row * kTileRowBytes / 4 + column];
      for (int64_t quad = 0; quad < quads; ++quad)
        for (int64_t j = 0; j < 4; ++j)
          sum += uint32_t(int32_t(v.in<int8_t>(4)[row * kTileRowBytes + 4 * quad + j]) *
                          v.in<int8_t>(5)[quad * kTileRowBytes + 4 * column + j]);
      v.out<uint32_t>()[row * kTileRowBytes / 4 + column] = sum;
    }
}

/// A function for the intrinsics whose names begin so, behind "llvm.".
struct Instruction {
  StringRef name;
  void (*compute)(const Operands &);
};
constexpr Instruction kInstructions[] = {
    {"x86.avx512.vpdpbusd.", dotOfBytes},
    {"x86.avx512.pmaddubs.w.", pairsOfBytes},
    {"x86.avx512.pmaddw.d.", pairsOfHalves},
    {"x86.avx512.permvar.hi.", permute<uint16_t>},
    {"x86.avx512.permvar.qi.", permute<uint8_t>},
    {"x86.avx512.vpermi2var.qi.", permuteTwo},
    {"x86.avx512.pshuf.b.", shuffleBytes},
    {"x86.avx512.mask.compress.v16i32", compressWords},
    {"x86.avx2.pmadd.ub.sw", pairsOfBytes},
    {"x86.avx2.pmadd.wd", pairsOfHalves},
    {"x86.avx2.pshuf.b", shuffleBytes},
    {"x86.ssse3.pmadd.ub.sw.", pairsOfBytes},
    {"x86.ssse3.pshuf.b.", shuffleBytes},
    {"x86.sse2.pmadd.wd", pairsOfHalves},
    {"x86.tilezero.", clearTile},
    {"x86.tileloadd64.", loadTile},
    {"x86.tilestored64.", storeTile},
    {"x86.tdpbssd.", multiplyTiles},
    {"aarch64.neon.usdot.", dotOfBytes},
    {"aarch64.neon.tbl1.", lookUpBytes},
};

/// What the emulated code calls.
void compute(const Instruction *instruction, const void *const *operands, void *result, int64_t bytes) {
  instruction->compute({operands, result, bytes});
}

void replaceAll(std::string &text, StringRef from, StringRef to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Gives the function its body: operands into memory, then `compute`.
void define(Function &function, const Instruction &instruction) {
  LLVMContext &context = function.getContext();
  function.setAttributes({});
  function.addFnAttr(Attribute::NoInline);
  function.setLinkage(GlobalValue::InternalLinkage);
  IRBuilder<> b(BasicBlock::Create(context, "", &function));
  const DataLayout &layout = function.getDataLayout();
  auto address = [&](const void *pointer) {
    return b.CreateIntToPtr(b.getInt64(reinterpret_cast<uint64_t>(pointer)), b.getPtrTy());
  };
  Value *operands = b.CreateAlloca(ArrayType::get(b.getPtrTy(), function.arg_size()));
  for (Argument &argument : function.args()) {
    Value *place = b.CreateAlloca(argument.getType());
    b.CreateStore(&argument, place);
    b.CreateStore(place, b.CreateConstGEP1_64(b.getPtrTy(), operands, argument.getArgNo()));
  }
  Type *type = function.getReturnType();
  int64_t bytes = type->isVoidTy() ? 0 : int64_t(layout.getTypeStoreSize(type));
  Value *result = type->isVoidTy() ? operands : b.CreateAlloca(type);
  auto *signature = FunctionType::get(b.getVoidTy(), {b.getPtrTy(), b.getPtrTy(), b.getPtrTy(), b.getInt64Ty()}, false);
  b.CreateCall(signature, address(reinterpret_cast<const void *>(&compute)),
               {address(&instruction), operands, result, b.getInt64(uint64_t(bytes))});
  if (type->isVoidTy())
    b.CreateRetVoid();
  else
    b.CreateRet(b.CreateLoad(type, result));
}

} // namespace

Result<std::unique_ptr<Module>> emulateInstructions(std::unique_ptr<Module> code) {
  // As text, since an intrinsic's name fixes its types, and x86_amx is one that only AMX can hold.
  std::string text;
  raw_string_ostream(text) << *code;
  replaceAll(text, "@llvm.x86.", "@emulated.x86.");
  replaceAll(text, "@llvm.aarch64.", "@emulated.aarch64.");
  replaceAll(text, "x86_amx", "<256 x i32>");
  LLVMContext &context = code->getContext();
  SMDiagnostic problem;
  std::unique_ptr<Module> emulated = parseAssemblyString(text, problem, context);
  if (!emulated)
    return Error{"the module for emulation: " + problem.getMessage().str()};
  for (Function &function : *emulated) {
    StringRef name = function.getName();
    if (!name.consume_front("emulated."))
      continue;
    const Instruction *instruction =
        llvm::find_if(kInstructions, [&](const Instruction &known) { return name.starts_with(known.name); });
    if (instruction == std::end(kInstructions))
      return Error{"llvm." + name.str() +
                   " is not emulated; test/conformance/emulated_instructions.cpp has those that are"};
    define(function, *instruction);
  }
  return emulated;
}

} // namespace tern::test
