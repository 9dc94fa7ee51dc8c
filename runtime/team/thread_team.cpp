//===- thread_team.cpp - Threads that run one function together --------------===//
#include "runtime/team/thread_team.h"

#include <string>
#include <system_error>

namespace tern {

/// A poll with its pause takes some 20 ns: 50 us in all, longer than threads of a balanced stage are apart, and short
/// enough that a thread which waits for one that was put aside does not hold its processor.
static constexpr int kSpins = 2500;

static inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

ThreadTeam::ThreadTeam(uint64_t threads)
    : threads(threads), spins(threads <= std::max(1u, std::thread::hardware_concurrency()) ? kSpins : 0) {}

Result<std::unique_ptr<ThreadTeam>> ThreadTeam::create(uint64_t threads) {
  std::unique_ptr<ThreadTeam> team(new ThreadTeam(threads));
  try {
    for (uint64_t thread = 1; thread < threads; ++thread)
      team->workers.emplace_back([self = team.get(), thread] { self->work(thread); });
  } catch (const std::system_error &error) {
    return Error{"cannot start " + std::to_string(threads) + " threads: " + error.code().message() + "; ask for fewer"};
  }
  return team;
}

ThreadTeam::~ThreadTeam() {
  stopping.store(true);
  runEpoch.fetch_add(1);
  runEpoch.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadTeam::waitWhile(std::atomic<uint32_t> &value, uint32_t old) {
  for (int i = 0; i < spins; ++i) {
    if (value.load(std::memory_order_acquire) != old)
      return;
    relax();
  }
  while (value.load(std::memory_order_acquire) == old)
    value.wait(old, std::memory_order_acquire);
}

void ThreadTeam::run(Function task, const void *with) {
  function = task;
  argument = with;
  runEpoch.fetch_add(1);
  if (threads > 1)
    runEpoch.notify_all();
  function(argument, 0, threads);
  barrier(); // the last to finish lets all go
}

void ThreadTeam::work(uint64_t thread) {
  uint32_t seen = 0;
  while (true) {
    waitWhile(runEpoch, seen);
    ++seen; // one run at a time: the next begins after all have passed the barrier
    if (stopping.load())
      return;
    function(argument, thread, threads);
    barrier();
  }
}

void ThreadTeam::barrier() {
  if (threads == 1)
    return;
  uint32_t epoch = barrierEpoch.load(std::memory_order_relaxed);
  if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == threads) {
    arrived.store(0, std::memory_order_relaxed);
    // Sequentially consistent: notify looks for sleepers, and that look must not pass the store. With a release store a
    // thread that was just falling asleep was never woken (seen once in some 10^6 barriers).
    barrierEpoch.store(epoch + 1, std::memory_order_seq_cst);
    barrierEpoch.notify_all();
    return;
  }
  waitWhile(barrierEpoch, epoch);
}

} // namespace tern
