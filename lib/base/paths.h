//===- paths.h - The files of a command, compared before it starts ---------===//
//
// A tool lists what it will read and write and asks once. So no tool replaces what it reads, what it writes elsewhere,
// or what somebody else wrote for another purpose.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// What a file is, by its first and last 4 kB (all of it, when it is shorter). Whoever writes files of a kind defines
/// the kind.
struct FileKind {
  const char *name; ///< "MLIR text", in messages
  bool (*recognises)(std::string_view head, std::string_view tail);
};

/// Whether the regular file at `path` is of this kind; not when it cannot be read.
bool isOfKind(const std::string &path, const FileKind &kind);

/// The files and folders of one command. Names of options are for messages; an empty path, and "-", is no file. What is
/// no regular file (a device, a pipe) cannot be replaced and is left alone.
class CommandPaths {
public:
  /// Is read. A folder stands for the files in it, but for those of an output's own kind: `ternc .` may write its model
  /// again.
  void reads(std::string option, std::string path);
  /// Is replaced, when it is there: only a file of this kind, or an empty one.
  void writes(std::string option, std::string path, const FileKind &kind);
  /// Is made for somebody to edit: one that is there may hold his work, and is not replaced.
  void dumps(std::string option, std::string path);

  /// An error when two outputs are one file, or standard output is an input; and, unless it is forced, when an output
  /// is an input or a file of another kind. Files are compared by device and inode, so through links.
  Status check(bool force) const;

private:
  struct Entry {
    std::string option, path;
    const FileKind *kind; ///< of an output; null: none may be there
    bool output;
  };
  Status checkOutput(const Entry &output) const;
  std::vector<Entry> entries;
};

} // namespace tern
