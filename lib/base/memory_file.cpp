//===- memory_file.cpp - A file that is on no disk -------------------------===//
#include "lib/base/memory_file.h"

#include "lib/base/file.h"

#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace tern {

Result<MemoryFile> MemoryFile::create(const char *name) {
  int descriptor = ::memfd_create(name, MFD_CLOEXEC);
  if (descriptor < 0)
    return fileError(name, "cannot make a file in memory", errno);
  return MemoryFile(descriptor);
}

MemoryFile::MemoryFile(MemoryFile &&other) noexcept : descriptor(std::exchange(other.descriptor, -1)) {}

MemoryFile::~MemoryFile() {
  if (descriptor >= 0)
    ::close(descriptor);
}

std::string MemoryFile::path() const { return "/proc/self/fd/" + std::to_string(descriptor); }

Status MemoryFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return fileError("a file in memory", "cannot write", errno);
    bytes.remove_prefix(size_t(count));
  }
  return {};
}

} // namespace tern
