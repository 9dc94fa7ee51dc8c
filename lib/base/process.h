//===- process.h - What a tool's process does before anything else ---------===//
#pragma once

namespace tern {

/// Puts the process into the state that the tools count on; `tool` begins the message, `status` is the exit status,
/// when the memory is used up. Call it first in main.
///
/// Standard descriptors that are closed would be given to the next file or pipe: they become /dev/null, and standard
/// output one that cannot be written, so that what goes there is an error. A file that grows past the limit (ulimit -f)
/// is an error of the write, as a full disk is, and not the end by a signal.
void beginProcess(const char *tool, int status = 1);

} // namespace tern
