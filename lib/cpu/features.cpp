//===- features.cpp - What generated code may ask of a CPU ----------------===//
#include "lib/cpu/features.h"

#include "lib/base/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace tern {

namespace {

/// The registers that the operating system has to save for a feature: bits of XCR0.
enum State : uint64_t {
  None = 0,
  Avx = 0x6,
  Avx512 = 0xe6,
  Amx = 0x60000,
  Apx = 0x80000,
};

enum Register { Eax, Ebx, Ecx, Edx };

/// Intel SDM volume 2A, CPUID, and AMD's APM volume 3, appendix E.
struct X86Feature {
  std::string_view name;
  uint32_t leaf, subleaf;
  Register where;
  int bit; // in that register
  State state = None;
  uint32_t version = 0; // instead of the bit: the low byte of the register is at least this
};

constexpr X86Feature kX86Features[] = {
    {"sse3", 1, 0, Ecx, 0},
    {"pclmul", 1, 0, Ecx, 1},
    {"ssse3", 1, 0, Ecx, 9},
    {"fma", 1, 0, Ecx, 12, Avx},
    {"cx16", 1, 0, Ecx, 13},
    {"sse4.1", 1, 0, Ecx, 19},
    {"sse4.2", 1, 0, Ecx, 20},
    {"crc32", 1, 0, Ecx, 20},
    {"movbe", 1, 0, Ecx, 22},
    {"popcnt", 1, 0, Ecx, 23},
    {"aes", 1, 0, Ecx, 25},
    {"avx", 1, 0, Ecx, 28, Avx},
    {"f16c", 1, 0, Ecx, 29, Avx},
    {"rdrnd", 1, 0, Ecx, 30},
    {"bmi", 7, 0, Ebx, 3},
    {"avx2", 7, 0, Ebx, 5, Avx},
    {"bmi2", 7, 0, Ebx, 8},
    {"avx512f", 7, 0, Ebx, 16, Avx512},
    {"avx512dq", 7, 0, Ebx, 17, Avx512},
    {"rdseed", 7, 0, Ebx, 18},
    {"adx", 7, 0, Ebx, 19},
    {"avx512ifma", 7, 0, Ebx, 21, Avx512},
    {"clflushopt", 7, 0, Ebx, 23},
    {"clwb", 7, 0, Ebx, 24},
    {"avx512cd", 7, 0, Ebx, 28, Avx512},
    {"sha", 7, 0, Ebx, 29},
    {"avx512bw", 7, 0, Ebx, 30, Avx512},
    {"avx512vl", 7, 0, Ebx, 31, Avx512},
    {"avx512vbmi", 7, 0, Ecx, 1, Avx512},
    {"avx512vbmi2", 7, 0, Ecx, 6, Avx512},
    {"gfni", 7, 0, Ecx, 8},
    {"vaes", 7, 0, Ecx, 9, Avx},
    {"vpclmulqdq", 7, 0, Ecx, 10, Avx},
    {"avx512vnni", 7, 0, Ecx, 11, Avx512},
    {"avx512bitalg", 7, 0, Ecx, 12, Avx512},
    {"avx512vpopcntdq", 7, 0, Ecx, 14, Avx512},
    {"movdiri", 7, 0, Ecx, 27},
    {"movdir64b", 7, 0, Ecx, 28},
    {"avx512vp2intersect", 7, 0, Edx, 8, Avx512},
    {"amx-bf16", 7, 0, Edx, 22, Amx},
    {"avx512fp16", 7, 0, Edx, 23, Avx512},
    {"amx-tile", 7, 0, Edx, 24, Amx},
    {"amx-int8", 7, 0, Edx, 25, Amx},
    {"sha512", 7, 1, Eax, 0, Avx},
    {"sm3", 7, 1, Eax, 1, Avx},
    {"sm4", 7, 1, Eax, 2, Avx},
    {"raoint", 7, 1, Eax, 3},
    {"avxvnni", 7, 1, Eax, 4, Avx},
    {"avx512bf16", 7, 1, Eax, 5, Avx512},
    {"cmpccxadd", 7, 1, Eax, 7},
    {"amx-fp16", 7, 1, Eax, 21, Amx},
    {"avxifma", 7, 1, Eax, 23, Avx},
    {"avxvnniint8", 7, 1, Edx, 4, Avx},
    {"avxneconvert", 7, 1, Edx, 5, Avx},
    {"amx-complex", 7, 1, Edx, 8, Amx},
    {"avxvnniint16", 7, 1, Edx, 10, Avx},
    {"avx10.1", 0x24, 0, Ebx, 0, Avx512, 1},
    {"avx10.2", 0x24, 0, Ebx, 0, Avx512, 2},
    {"ccmp", 7, 1, Edx, 21, Apx},
    {"cf", 7, 1, Edx, 21, Apx},
    {"egpr", 7, 1, Edx, 21, Apx},
    {"ndd", 7, 1, Edx, 21, Apx},
    {"nf", 7, 1, Edx, 21, Apx},
    {"ppx", 7, 1, Edx, 21, Apx},
    {"push2pop2", 7, 1, Edx, 21, Apx},
    {"zu", 7, 1, Edx, 21, Apx},
    {"sahf", 0x80000001, 0, Ecx, 0},
    {"lzcnt", 0x80000001, 0, Ecx, 5},
    {"sse4a", 0x80000001, 0, Ecx, 6},
    {"prfchw", 0x80000001, 0, Ecx, 8},
    {"xop", 0x80000001, 0, Ecx, 11, Avx},
    {"fma4", 0x80000001, 0, Ecx, 16, Avx},
    {"tbm", 0x80000001, 0, Ecx, 21},
};

/// Linux, Documentation/arch/arm64/elf_hwcaps.rst.
struct AArch64Feature {
  std::string_view name;
  uint64_t capabilities;      // bits of AT_HWCAP, all needed
  uint64_t capabilities2 = 0; // bits of AT_HWCAP2, all needed
};

constexpr uint64_t bit(int index) { return uint64_t(1) << index; }

constexpr AArch64Feature kAArch64Features[] = {
    {"fp-armv8", bit(0)},
    {"neon", bit(1)},
    {"aes", bit(3) | bit(4)},
    {"sha2", bit(5) | bit(6)},
    {"crc", bit(7)},
    {"lse", bit(8)},
    {"fullfp16", bit(9) | bit(10)},
    {"rdm", bit(12)},
    {"jsconv", bit(13)},
    {"complxnum", bit(14)},
    {"rcpc", bit(15)},
    {"sha3", bit(17) | bit(21)},
    {"sm4", bit(18) | bit(19)},
    {"dotprod", bit(20)},
    {"sve", bit(22)},
    {"fp16fml", bit(23)},
    {"lse2", bit(25)},
    {"rcpc-immo", bit(26)},
    {"flagm", bit(27)},
    {"sve2", 0, bit(1)},
    {"sve-bitperm", 0, bit(4)},
    {"fptoint", 0, bit(8)},
    {"f32mm", 0, bit(10)},
    {"f64mm", 0, bit(11)},
    {"i8mm", 0, bit(13)},
    {"bf16", 0, bit(14)},
    {"sme", 0, bit(23)},
    {"cssc", 0, bit(34)},
    {"sve2p1", 0, bit(36)},
    {"sme2", 0, bit(37)},
};

#if defined(__x86_64__)

struct Cpuid {
  uint32_t registers[4] = {};
  /// Zeros for a leaf or subleaf that this CPU does not know.
  Cpuid(uint32_t leaf, uint32_t subleaf) {
    if (leaf == 7 && subleaf > 0 && Cpuid(7, 0).registers[Eax] < subleaf)
      return;
    if (!__get_cpuid_count(leaf, subleaf, &registers[Eax], &registers[Ebx], &registers[Ecx], &registers[Edx]))
      std::fill(std::begin(registers), std::end(registers), 0);
  }
};

uint64_t savedStates() {
  constexpr int kOsXsave = 27;
  if (!(Cpuid(1, 0).registers[Ecx] >> kOsXsave & 1))
    return 0;
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

/// AVX10 versions count only where leaf 7 says that leaf 0x24 is there.
bool hasAvx10() { return Cpuid(7, 1).registers[Edx] >> 19 & 1; }

bool isPresent(const X86Feature &feature, uint64_t states) {
  if ((states & feature.state) != feature.state)
    return false;
  uint32_t value = Cpuid(feature.leaf, feature.subleaf).registers[feature.where];
  if (feature.version)
    return hasAvx10() && (value & 0xff) >= feature.version;
  return value >> feature.bit & 1;
}

std::vector<std::string> detect() {
  std::vector<std::string> present;
  uint64_t states = savedStates();
  for (const X86Feature &feature : kX86Features)
    if (isPresent(feature, states))
      present.emplace_back(feature.name);
  return present;
}

#elif defined(__aarch64__)

std::vector<std::string> detect() {
  std::vector<std::string> present;
  uint64_t have = ::getauxval(AT_HWCAP), have2 = ::getauxval(AT_HWCAP2);
  for (const AArch64Feature &feature : kAArch64Features)
    if ((have & feature.capabilities) == feature.capabilities &&
        (have2 & feature.capabilities2) == feature.capabilities2)
      present.emplace_back(feature.name);
  return present;
}

#else

std::vector<std::string> detect() { return {}; }

#endif

} // namespace

bool isKnownFeature(std::string_view name) {
  auto named = [name](const auto &feature) { return feature.name == name; };
  return std::any_of(std::begin(kX86Features), std::end(kX86Features), named) ||
         std::any_of(std::begin(kAArch64Features), std::end(kAArch64Features), named);
}

std::vector<std::string> hostFeatures() {
  std::vector<std::string> features = detect();
  std::sort(features.begin(), features.end());
  return features;
}

std::vector<std::string> missingFeatures(std::string_view required, std::span<const std::string> present) {
  std::vector<std::string> missing;
  for (std::string &feature : splitCommas(required))
    if (!isKnownFeature(feature) || std::find(present.begin(), present.end(), feature) == present.end())
      missing.push_back(std::move(feature));
  return missing;
}

std::vector<std::string> missingFeatures(std::string_view required) {
  std::vector<std::string> present = hostFeatures();
  return missingFeatures(required, present);
}

std::string hostCpuBrand() {
#if defined(__x86_64__)
  char brand[49] = {};
  for (size_t part = 0; part < 3; ++part)
    std::memcpy(brand + 16 * part, Cpuid(uint32_t(0x80000002 + part), 0).registers, 16);
  std::string_view text = brand;
  size_t first = text.find_first_not_of(' ');
  if (first != text.npos)
    return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
  return "x86-64";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "unknown CPU";
#endif
}

} // namespace tern
