//===- tile_registers.cpp - Leave to use the tile registers of AMX --------===//
#include "lib/cpu/tile_registers.h"

#include "lib/base/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace tern {

/// True when the process may use tile registers from now on; else errno says why not.
static bool requestTileRegisters() {
#if defined(__x86_64__) && defined(__linux__)
  // Linux, Documentation/arch/x86/xstate.rst.
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  errno = ENOSYS;
  return false;
#endif
}

Status enableFeatures(std::string_view required) {
  std::vector<std::string> features = splitCommas(required);
  bool tiles = std::ranges::any_of(features, [](const std::string &name) { return name.starts_with("amx-"); });
  if (tiles && !requestTileRegisters())
    return Error{std::string("the system does not let this process use the tile registers of AMX (arch_prctl: ") +
                 std::strerror(errno) + "); compile for a CPU without them, as by --target-cpu=icelake-server"};
  return {};
}

} // namespace tern
