//===- read_bandwidth.cpp - How fast this machine streams from memory -------===//
#include "runtime/measure/bench/read_bandwidth.h"

#include "lib/cpu/features.h"
#include "runtime/measure/bench/clock.h"

#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tern {

Result<ColdBuffer> ColdBuffer::create(uint64_t bytes) {
  Result<Arena> arena = Arena::create(bytes, "the buffer of the bandwidth test");
  if (!arena)
    return arena.error();
  ColdBuffer buffer;
  buffer.arena = std::move(*arena);
  buffer.bytes = bytes;
  std::memset(buffer.data(), 1, bytes); // untouched pages would all be one page of zeros
  return buffer;
}

namespace {

using ReadLoop = uint64_t (*)(const uint8_t *begin, const uint8_t *end, int64_t prefetch);

/// Eight words at a time, which every compiler turns into the vectors of the baseline.
uint64_t readWords(const uint8_t *begin, const uint8_t *end, int64_t prefetch) {
  uint64_t sums[8] = {};
  for (; begin + 64 <= end; begin += 64) {
    if (prefetch)
      __builtin_prefetch(begin + prefetch);
    for (size_t i = 0; i < 8; ++i) {
      uint64_t word;
      std::memcpy(&word, begin + 8 * i, 8);
      sums[i] += word;
    }
  }
  return sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7];
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) uint64_t readAvx512(const uint8_t *begin, const uint8_t *end, int64_t prefetch) {
  __m512i sums[4] = {};
  for (; begin + 256 <= end; begin += 256)
    for (size_t i = 0; i < 4; ++i) {
      if (prefetch)
        _mm_prefetch(reinterpret_cast<const char *>(begin) + 64 * i + prefetch, _MM_HINT_T0);
      sums[i] = _mm512_add_epi64(sums[i], _mm512_loadu_si512(begin + 64 * i));
    }
  return uint64_t(_mm512_reduce_add_epi64(
      _mm512_add_epi64(_mm512_add_epi64(sums[0], sums[1]), _mm512_add_epi64(sums[2], sums[3]))));
}

__attribute__((target("avx2"))) uint64_t readAvx2(const uint8_t *begin, const uint8_t *end, int64_t prefetch) {
  __m256i sums[4] = {};
  for (; begin + 128 <= end; begin += 128) {
    if (prefetch) {
      _mm_prefetch(reinterpret_cast<const char *>(begin) + prefetch, _MM_HINT_T0);
      _mm_prefetch(reinterpret_cast<const char *>(begin) + 64 + prefetch, _MM_HINT_T0);
    }
    for (size_t i = 0; i < 4; ++i)
      sums[i] = _mm256_add_epi64(sums[i], _mm256_loadu_si256(reinterpret_cast<const __m256i *>(begin + 32 * i)));
  }
  __m256i sum = _mm256_add_epi64(_mm256_add_epi64(sums[0], sums[1]), _mm256_add_epi64(sums[2], sums[3]));
  return uint64_t(_mm256_extract_epi64(sum, 0) + _mm256_extract_epi64(sum, 1) + _mm256_extract_epi64(sum, 2) +
                  _mm256_extract_epi64(sum, 3));
}
#endif

ReadLoop widestLoop() {
#if defined(__x86_64__)
  if (missingFeatures("avx512f").empty())
    return readAvx512;
  if (missingFeatures("avx2").empty())
    return readAvx2;
#endif
  return readWords;
}

struct ReadTask {
  const ColdBuffer &buffer;
  int64_t prefetch;
  ReadLoop loop;
};

} // namespace

double readBandwidth(ThreadTeam &team, const ColdBuffer &buffer, int64_t prefetch) {
  ReadTask task{buffer, prefetch, widestLoop()};
  double start = now();
  team.run(
      [](const void *argument, uint64_t thread, uint64_t threads) {
        const ReadTask &task = *static_cast<const ReadTask *>(argument);
        uint64_t part = task.buffer.size() / threads / 4096 * 4096;
        const uint8_t *begin = task.buffer.data() + part * thread;
        keep(task.loop(begin, begin + part, task.prefetch));
      },
      &task);
  double seconds = now() - start;
  uint64_t bytesRead = buffer.size() / team.size() / 4096 * 4096 * team.size();
  return double(bytesRead) / seconds;
}

} // namespace tern
