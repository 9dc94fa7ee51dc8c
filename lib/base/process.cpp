//===- process.cpp - What a tool's process does before anything else -------===//
#include "lib/base/process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <unistd.h>

namespace tern {

static const char *toolName;
static int memoryStatus;

/// Nothing may be allocated here.
static void outOfMemory() {
  static constexpr char kReason[] = ": the memory is used up\n";
  // Where standard error cannot be written either, the status still says it.
  [[maybe_unused]] bool told = ::write(STDERR_FILENO, toolName, std::strlen(toolName)) > 0 &&
                               ::write(STDERR_FILENO, kReason, sizeof kReason - 1) > 0;
  ::_exit(memoryStatus);
}

void beginProcess(const char *tool, int status) {
  toolName = tool;
  memoryStatus = status;
  for (int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
      // The lowest free number is this one, since those below are open by now.
      int opened = ::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
      if (opened < 0)
        break; // a system without /dev/null
    }
  ::signal(SIGXFSZ, SIG_IGN);
  std::set_new_handler(outOfMemory);
}

} // namespace tern
