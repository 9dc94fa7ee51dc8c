//===- dot_peak.cpp - How fast this machine multiplies 8-bit integers --------===//
#include "runtime/measure/bench/dot_peak.h"

#include "lib/cpu/features.h"
#include "lib/cpu/tile_registers.h"
#include "runtime/measure/bench/clock.h"

#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace tern {
namespace {

// Independent sums: a dot takes 4 or 5 cycles and two can start in one.
constexpr int kSums = 12;

#if defined(__x86_64__)
// Assembly, so that no compiler may fold the loop, and so that the loop is the instruction that it is named after.

__attribute__((target("avx512f,avx512vnni"))) void dotAvx512Vnni(uint64_t rounds) {
  __m512i a = _mm512_set1_epi8(1), b = a, sums[kSums] = {};
  for (uint64_t round = 0; round < rounds; ++round)
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i)
      asm volatile("vpdpbusd %2, %1, %0" : "+v"(sums[i]) : "v"(a), "v"(b));
}

__attribute__((target("avx2,avxvnni"))) void dotAvxVnni(uint64_t rounds) {
  __m256i a = _mm256_set1_epi8(1), b = a, sums[kSums] = {};
  for (uint64_t round = 0; round < rounds; ++round)
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i)
      asm volatile("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums[i]) : "x"(a), "x"(b));
}

/// Without a dot instruction: products to 16 bits, pairs to 32 bits, and the sum.
__attribute__((target("avx2"))) void dotAvx2(uint64_t rounds) {
  __m256i a = _mm256_set1_epi8(1), b = a, ones = _mm256_set1_epi16(1), sums[kSums] = {};
  for (uint64_t round = 0; round < rounds; ++round)
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) {
      __m256i products;
      asm volatile("vpmaddubsw %3, %2, %1\n\tvpmaddwd %4, %1, %1\n\tvpaddd %1, %0, %0"
                   : "+x"(sums[i]), "=&x"(products)
                   : "x"(a), "x"(b), "x"(ones));
    }
}

/// Six sums of 16 x 16, each multiply-add of which takes 64 products: an instruction starts every 16 cycles and
/// takes 52.
constexpr int kTileSums = 6;

void dotAmx(uint64_t rounds) {
  // Palette 1: bytes of a row, then rows, of each of eight registers.
  struct alignas(64) {
    uint8_t palette = 1, startRow = 0, reserved[14] = {};
    uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } tiles;
  asm volatile("ldtilecfg %0\n\ttilezero %%tmm6\n\ttilezero %%tmm7\n\t"
               "tilezero %%tmm0\n\ttilezero %%tmm1\n\ttilezero %%tmm2\n\t"
               "tilezero %%tmm3\n\ttilezero %%tmm4\n\ttilezero %%tmm5"
               :
               : "m"(tiles));
  for (uint64_t round = 0; round < rounds; ++round)
    asm volatile("tdpbssd %%tmm7, %%tmm6, %%tmm0\n\ttdpbssd %%tmm7, %%tmm6, %%tmm1\n\t"
                 "tdpbssd %%tmm7, %%tmm6, %%tmm2\n\ttdpbssd %%tmm7, %%tmm6, %%tmm3\n\t"
                 "tdpbssd %%tmm7, %%tmm6, %%tmm4\n\ttdpbssd %%tmm7, %%tmm6, %%tmm5" ::);
  asm volatile("tilerelease" ::);
}
#elif defined(__aarch64__)
__attribute__((target("dotprod"))) void dotNeon(uint64_t rounds) {
  int8x16_t a = vdupq_n_s8(1), b = a;
  int32x4_t sums[kSums] = {};
  for (uint64_t round = 0; round < rounds; ++round)
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i)
      asm volatile("sdot %0.4s, %1.16b, %2.16b" : "+w"(sums[i]) : "w"(a), "w"(b));
}
#endif

void dotPortable(uint64_t rounds) {
  // 16 products, which the compiler makes what the baseline has.
  int8_t a[16], b[16];
  for (int i = 0; i < 16; ++i)
    a[i] = b[i] = int8_t(i);
  int32_t sums[16] = {};
  for (uint64_t round = 0; round < rounds; ++round) {
    asm volatile("" : : "r"(a), "r"(b) : "memory");
    for (int i = 0; i < 16; ++i)
      sums[i] += int32_t(a[i]) * b[i];
  }
  keep(sums);
}

} // namespace

const DotLoop &bestDotLoop() {
  static const DotLoop best = []() -> DotLoop {
    auto has = [](std::string_view feature) { return missingFeatures(feature).empty(); };
#if defined(__x86_64__)
    if (has("avx512vnni"))
      return {"vpdpbusd, 512 bits", 64.0 * kSums, dotAvx512Vnni};
    if (has("avxvnni"))
      return {"vpdpbusd, 256 bits", 32.0 * kSums, dotAvxVnni};
    if (has("avx2"))
      return {"vpmaddubsw + vpmaddwd + vpaddd, 256 bits", 32.0 * kSums, dotAvx2};
#elif defined(__aarch64__)
    if (has("dotprod"))
      return {"sdot, 128 bits", 16.0 * kSums, dotNeon};
#endif
    return {"portable", 16, dotPortable};
  }();
  return best;
}

const DotLoop &dotLoopFor(bool tiles) {
#if defined(__x86_64__)
  static const DotLoop amx = {"tdpbssd, 16 x 64 by 64 x 16", 16384.0 * kTileSums, dotAmx};
  constexpr std::string_view kFeatures = "amx-int8,amx-tile";
  if (tiles && missingFeatures(kFeatures).empty() && enableFeatures(kFeatures))
    return amx;
#endif
  return bestDotLoop();
}

bool multipliesTiles(std::string_view kernel) {
  return kernel.starts_with("#ternary.amx") || kernel.find("unpack = tiles") != kernel.npos;
}

double dotPeak(ThreadTeam &team, const DotLoop &loop) {
  struct Task {
    const DotLoop &loop;
    uint64_t rounds;
  };
  auto run = [&](uint64_t rounds) {
    Task task{loop, rounds};
    double start = now();
    team.run(
        [](const void *argument, uint64_t, uint64_t) {
          const Task &task = *static_cast<const Task *>(argument);
          task.loop.run(task.rounds);
        },
        &task);
    return now() - start;
  };
  // A first run finds the number of rounds and lets the clock settle.
  uint64_t rounds = 1 << 14;
  double seconds = run(rounds);
  rounds = uint64_t(double(rounds) * 0.02 / seconds) + 1;
  return double(rounds) * loop.macsPerRound * double(team.size()) / run(rounds);
}

} // namespace tern
