//===- file_test.cpp - Reading, mapping and atomically writing ----------------===//
#include "lib/base/file.h"
#include "lib/base/memory_file.h"
#include "test/lib/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace tern;
using testing::HasSubstr;
using testing::StartsWith;
namespace fs = std::filesystem;

namespace {

std::string errorOf(const Status &status) { return status ? "" : status.error().message; }
template <typename T> std::string errorOf(const Result<T> &result) { return result ? "" : result.error().message; }

class Files : public testing::Test {
protected:
  test::TemporaryFolder folder;
};

TEST_F(Files, RangesAreRead) {
  Result<RandomAccessFile> file = RandomAccessFile::open(folder.write("f", "0123456789"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size(), 10u);
  char part[4];
  ASSERT_TRUE(file->read(3, std::as_writable_bytes(std::span(part))));
  EXPECT_EQ(std::string_view(part, 4), "3456");
  EXPECT_EQ(errorOf(file->read(7, std::as_writable_bytes(std::span(part)))),
            folder.path + "/f: ends at byte 10, where more data was expected");
  EXPECT_TRUE(file->read(10, {})); // nothing, at the end
}

TEST_F(Files, WhatIsNoFileIsRefused) {
  EXPECT_EQ(errorOf(RandomAccessFile::open(folder.path + "/none")),
            folder.path + "/none: cannot open: No such file or directory");
  EXPECT_EQ(errorOf(RandomAccessFile::open(folder.path)), folder.path + ": is no regular file");
  std::string pipe = folder.path + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(errorOf(RandomAccessFile::open(pipe)), pipe + ": is no regular file"); // and no wait
  EXPECT_EQ(errorOf(MappedFile::open(folder.write("empty", ""))), folder.path + "/empty: is empty");
}

/// kB of this process that are in memory.
long residentMemory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:"))
      return std::stol(line.substr(6));
  return 0;
}

TEST_F(Files, WhatIsReleasedLeavesMemoryAndReadsTheSame) {
  constexpr size_t size = 16 << 20;
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i)
    text[i] = char(i * 7 >> 8);
  Result<MappedFile> mapped = MappedFile::open(folder.write("f", text));
  ASSERT_TRUE(mapped);
  auto isText = [&] { return std::memcmp(mapped->bytes().data(), text.data(), size) == 0; };
  EXPECT_TRUE(isText());
  long before = residentMemory();
  mapped->release(mapped->bytes().subspan(1, size - 2));  // but for the first page and the last
  EXPECT_LE(residentMemory(), before - long(size >> 11)); // half of it: the kernel counts in batches
  EXPECT_TRUE(isText());
  mapped->release(mapped->bytes().subspan(5, 10)); // no whole page
  EXPECT_TRUE(isText());
}

TEST_F(Files, AMovedFileIsReadOnceAndClosedOnce) {
  Result<MappedFile> mapped = MappedFile::open(folder.write("f", "abc"));
  ASSERT_TRUE(mapped);
  MappedFile moved = std::move(*mapped);
  EXPECT_EQ(moved.bytes().size(), 3u);
  EXPECT_EQ(char(moved.bytes()[2]), 'c');
}

TEST_F(Files, ALargeFileIsNotReadWhole) {
  std::string path = folder.write("f", "12345");
  EXPECT_EQ(*readFile(path, 5), "12345");
  EXPECT_THAT(errorOf(readFile(path, 4)), HasSubstr("f: has 5 B, more than the 4 B expected"));
}

TEST_F(Files, AnOutputAppearsWhenItIsWhole) {
  std::string path = folder.path + "/out";
  Result<AtomicFile> file = AtomicFile::create(path);
  ASSERT_TRUE(file);
  std::string large(3 << 20, 'x');
  ASSERT_TRUE(file->write("head "));
  ASSERT_TRUE(file->write(large));
  ASSERT_TRUE(file->write(" tail"));
  EXPECT_EQ(file->size(), large.size() + 10);
  EXPECT_FALSE(fs::exists(path));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(folder.read("out"), "head " + large + " tail");
  EXPECT_EQ(folder.entries(), 1u);
  mode_t mask = ::umask(0);
  ::umask(mask);
  EXPECT_EQ(uint32_t(fs::status(path).permissions()), 0666u & ~mask);
}

TEST_F(Files, AFinishedOutputTakesNobodysName) {
  // The finished file has a name of its own for a moment: no file that is there may go for it.
  std::string path = folder.path + "/out";
  for (int i = -2; i < 60; ++i)
    folder.write("out." + std::to_string(::getpid() + i), "mine");
  Result<AtomicFile> file = AtomicFile::create(path);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write("new"));
  ASSERT_TRUE(file->flush());
  EXPECT_FALSE(fs::exists(path));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(folder.entries(), 63u);
  EXPECT_EQ(folder.read("out." + std::to_string(::getpid())), "mine");
}

TEST_F(Files, ADroppedOutputLeavesTheOldOne) {
  std::string path = folder.write("out", "old");
  {
    Result<AtomicFile> file = AtomicFile::create(path);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("new"));
  }
  EXPECT_EQ(folder.read("out"), "old");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST_F(Files, ASymbolicLinkStaysOne) {
  folder.write("target", "old");
  fs::create_symlink("target", folder.path + "/link");
  Result<AtomicFile> file = AtomicFile::create(folder.path + "/link");
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write("new"));
  ASSERT_TRUE(file->commit());
  EXPECT_TRUE(fs::is_symlink(folder.path + "/link"));
  EXPECT_EQ(folder.read("target"), "new");
}

TEST_F(Files, ADeviceIsWrittenInPlace) {
  Result<AtomicFile> file = AtomicFile::create("/dev/full");
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write("x")); // gathered
  EXPECT_EQ(errorOf(file->commit()), "/dev/full: cannot write: No space left on device");
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(Files, ADiskThatIsFullLeavesNothing) {
  // Files of more than 4 kB cannot be written for a while, as on a full disk.
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto handler = ::signal(SIGXFSZ, SIG_IGN);
  for (size_t size : {5000, 5'000'000}) { // written by commit, and before
    Result<AtomicFile> file = AtomicFile::create(folder.path + "/out");
    ASSERT_TRUE(file);
    rlimit small = {4096, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    Status status = file->write(std::string(size, 'x'));
    if (status)
      status = file->commit();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(errorOf(status),
              folder.path + "/out: cannot write: File too large; the limit on file sizes (ulimit -f) is 4096 bytes");
  }
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(folder.entries(), 0u);
}

TEST_F(Files, InMemory) {
  Result<MemoryFile> file = MemoryFile::create("x");
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write("abc"));
  MemoryFile moved = std::move(*file);
  EXPECT_EQ(*readFile(moved.path(), 3), "abc");
}

TEST_F(Files, PlacesThatCannotBeWritten) {
  EXPECT_EQ(errorOf(AtomicFile::create(folder.path)), folder.path + ": cannot create: Is a directory");
  EXPECT_THAT(errorOf(AtomicFile::create(folder.path + "/no/out")),
              StartsWith(folder.path + "/no/out: cannot create: "));
}

} // namespace
