//===- thread_team.h - Threads that run one function together ---------------===//
#pragma once

#include "lib/base/result.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace tern {

/// A fixed team: the caller is thread 0, the others wait between runs. Waiting spins briefly, since the stages of a
/// step are microseconds apart, and then sleeps, so that a team larger than the machine, or beside another busy
/// process, still moves on.
class ThreadTeam {
public:
  /// 1 <= threads <= 1024. An error when the system has no room for so many.
  static Result<std::unique_ptr<ThreadTeam>> create(uint64_t threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam &) = delete;
  ThreadTeam &operator=(const ThreadTeam &) = delete;

  uint64_t size() const { return threads; }

  /// Calls function(argument, thread, threads) on every thread; returns when all have returned.
  using Function = void (*)(const void *argument, uint64_t thread, uint64_t threads);
  void run(Function function, const void *argument);

  /// Returns when all threads of the running function have called it. All writes before it are seen after it.
  void barrier();

private:
  explicit ThreadTeam(uint64_t threads);
  void work(uint64_t thread);
  void waitWhile(std::atomic<uint32_t> &value, uint32_t old);

  const uint64_t threads;
  const int spins; ///< polls before sleeping; none when there are more threads than processors
  Function function = nullptr;
  const void *argument = nullptr;
  std::atomic<bool> stopping{false};
  // Each on a cache line of its own: all threads poll the epochs while one counts arrivals.
  alignas(64) std::atomic<uint32_t> runEpoch{0};
  alignas(64) std::atomic<uint32_t> barrierEpoch{0};
  alignas(64) std::atomic<uint64_t> arrived{0};
  std::vector<std::thread> workers;
};

} // namespace tern
