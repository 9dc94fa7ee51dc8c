//===- memory_path.h - Paths whose bytes are in memory only -----------------===//
//
// For libraries that read or write paths only, and abort the process when a write fails. Both are pipes: no disk can be
// full, no limit on file sizes (ulimit -f, which a memfd has too) can be passed, and nothing is left behind.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace tern {

/// A path to write to, in this process, from the first byte to the last.
class WritablePath {
public:
  static Result<std::unique_ptr<WritablePath>> create();
  ~WritablePath();

  std::string path() const;
  /// All that was written. Whoever wrote must have closed the path; it is gone with this call.
  std::string finish();

private:
  WritablePath(int readEnd, int writeEnd);
  void gather();
  int readEnd, writeEnd;
  std::string bytes;
  std::thread reader; // last: it uses the others
};

/// A path to read once, in this process, from the first byte to the last.
class ReadablePath {
public:
  /// `bytes` must outlive the path.
  static Result<std::unique_ptr<ReadablePath>> create(std::string_view bytes);
  ~ReadablePath();

  std::string path() const;

private:
  ReadablePath(int readEnd, int writeEnd, std::string_view bytes);
  void give();
  int readEnd, writeEnd;
  std::string_view bytes;
  std::thread writer; // last: it uses the others
};

} // namespace tern
