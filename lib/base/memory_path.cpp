//===- memory_path.cpp - Paths whose bytes are in memory only ---------------===//
#include "lib/base/memory_path.h"

#include "lib/base/file.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace tern {

static std::string pathOf(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

//===-- WritablePath ----------------------------------------------------------===//

Result<std::unique_ptr<WritablePath>> WritablePath::create() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fileError("pipe", "cannot be made", errno);
  return std::unique_ptr<WritablePath>(new WritablePath(ends[0], ends[1]));
}

WritablePath::WritablePath(int readEnd, int writeEnd)
    : readEnd(readEnd), writeEnd(writeEnd), reader([this] { gather(); }) {}

WritablePath::~WritablePath() {
  finish();
  ::close(readEnd);
}

std::string WritablePath::path() const { return pathOf(writeEnd); }

std::string WritablePath::finish() {
  if (reader.joinable()) {
    ::close(writeEnd);
    reader.join();
  }
  return std::move(bytes);
}

void WritablePath::gather() {
  char chunk[1 << 16];
  ssize_t count;
  while ((count = ::read(readEnd, chunk, sizeof chunk)) > 0 || (count < 0 && errno == EINTR))
    bytes.append(chunk, size_t(std::max<ssize_t>(count, 0)));
}

//===-- ReadablePath ----------------------------------------------------------===//

Result<std::unique_ptr<ReadablePath>> ReadablePath::create(std::string_view bytes) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fileError("pipe", "cannot be made", errno);
  return std::unique_ptr<ReadablePath>(new ReadablePath(ends[0], ends[1], bytes));
}

ReadablePath::ReadablePath(int readEnd, int writeEnd, std::string_view bytes)
    : readEnd(readEnd), writeEnd(writeEnd), bytes(bytes), writer([this] { give(); }) {}

ReadablePath::~ReadablePath() {
  ::close(readEnd); // ends the writer where nobody read to the end
  writer.join();
}

std::string ReadablePath::path() const { return pathOf(readEnd); }

void ReadablePath::give() {
  // A reader that stops early is no reason to end the process.
  sigset_t broken;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken, nullptr);
  while (!bytes.empty()) {
    ssize_t count = ::write(writeEnd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR)
      break;
    bytes.remove_prefix(size_t(std::max<ssize_t>(count, 0)));
  }
  ::close(writeEnd);
}

} // namespace tern
