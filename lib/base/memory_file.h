//===- memory_file.h - A file that is on no disk ---------------------------===//
#pragma once

#include "lib/base/result.h"

#include <string>
#include <string_view>

namespace tern {

/// For libraries that read paths only, dlopen among them: nothing of it can fill a disk, and nothing is left of it.
class MemoryFile {
public:
  /// `name` is for /proc only.
  static Result<MemoryFile> create(const char *name);
  MemoryFile(MemoryFile &&other) noexcept;
  MemoryFile &operator=(MemoryFile &&) = delete;
  ~MemoryFile();

  /// Names the file in this process as long as it lives.
  std::string path() const;
  Status write(std::string_view bytes);

private:
  explicit MemoryFile(int descriptor) : descriptor(descriptor) {}
  int descriptor;
};

} // namespace tern
