//===- thread_team_test.cpp - Runs and barriers of a team ----------------------===//
#include "runtime/team/thread_team.h"

#include <gtest/gtest.h>

#include <pthread.h>
#include <vector>

using namespace tern;

namespace {

/// Each thread writes its slot, all meet, each reads all slots: wrong if a barrier lets a thread pass too early.
struct Exchange {
  ThreadTeam *team;
  int rounds;
  mutable std::vector<long> slots;
  mutable std::vector<long> sums;
};

void exchange(const void *argument, uint64_t thread, uint64_t threads) {
  auto *work = static_cast<const Exchange *>(argument);
  for (int round = 0; round < work->rounds; ++round) {
    work->slots[thread] = round * 100L + long(thread);
    work->team->barrier();
    for (uint64_t other = 0; other < threads; ++other)
      work->sums[thread] += work->slots[other];
    work->team->barrier();
  }
}

class Teams : public testing::TestWithParam<uint64_t> {};

TEST_P(Teams, BarriersSeparateRounds) {
  auto created = ThreadTeam::create(GetParam()); // also with more threads than processors
  ASSERT_TRUE(created);
  ThreadTeam &team = **created;
  for (int run = 0; run < 20; ++run) {
    Exchange work{&team, 50, std::vector<long>(team.size()), std::vector<long>(team.size())};
    team.run(exchange, &work);
    long expected = 0;
    for (int round = 0; round < work.rounds; ++round)
      for (uint64_t thread = 0; thread < team.size(); ++thread)
        expected += round * 100L + long(thread);
    for (long sum : work.sums)
      EXPECT_EQ(sum, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Teams, testing::Values(1, 2, 3, 8));

TEST(Team, ThreadsThatTheSystemHasNoRoomForAreAnError) {
  pthread_attr_t before, large;
  ASSERT_EQ(::pthread_getattr_default_np(&before), 0);
  ASSERT_EQ(::pthread_attr_init(&large), 0);
  ASSERT_EQ(::pthread_attr_setstacksize(&large, size_t(1) << 46), 0); // more than half of the address space
  ASSERT_EQ(::pthread_setattr_default_np(&large), 0);
  auto team = ThreadTeam::create(3);
  ASSERT_EQ(::pthread_setattr_default_np(&before), 0);
  ASSERT_FALSE(team);
  EXPECT_EQ(team.error().message, "cannot start 3 threads: Resource temporarily unavailable; ask for fewer");
}

} // namespace
