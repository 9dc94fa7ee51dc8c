//===- memory_path_test.cpp - Paths whose bytes are in memory only ------------===//
#include "lib/base/memory_path.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <unistd.h>

using namespace tern;

namespace {

/// More than a pipe holds, so that both ends must be at work.
std::string manyBytes() {
  std::string bytes(300'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = char(i * 7 + i / 256);
  return bytes;
}

TEST(MemoryPaths, GiveBackWhatWasWrittenWhateverTheLimitOnFileSizes) {
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = {4096, before.rlim_max};
  auto path = WritablePath::create();
  ASSERT_TRUE(path);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  {
    std::ofstream out((*path)->path(), std::ios::binary);
    out << manyBytes();
    EXPECT_TRUE(out.flush());
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ((*path)->finish(), manyBytes());
}

TEST(MemoryPaths, GiveNothingWhereNothingWasWritten) {
  auto path = WritablePath::create();
  ASSERT_TRUE(path);
  EXPECT_EQ((*path)->finish(), "");
}

TEST(MemoryPaths, AreReadToTheEnd) {
  for (const std::string &bytes : {manyBytes(), std::string("few"), std::string()}) {
    auto path = ReadablePath::create(bytes);
    ASSERT_TRUE(path);
    std::ifstream in((*path)->path(), std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), bytes);
  }
}

TEST(MemoryPaths, NeedNotBeRead) {
  std::string bytes = manyBytes();
  auto unread = ReadablePath::create(bytes), begun = ReadablePath::create(bytes);
  ASSERT_TRUE(unread && begun);
  int file = ::open((*begun)->path().c_str(), O_RDONLY | O_CLOEXEC);
  char first;
  EXPECT_EQ(::read(file, &first, 1), 1);
  EXPECT_EQ(first, bytes.front());
  ::close(file);
} // a broken pipe here would end the test

} // namespace
