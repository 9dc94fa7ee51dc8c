//===- link.cpp - From an object to a shared object --------------------------===//
#include "compiler/emit/link.h"

#include "lib/base/file.h"

#include "lld/Common/Driver.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

LLD_HAS_DRIVER(elf)

namespace tern {
namespace {

constexpr uint64_t kLargestCode = uint64_t(1) << 30; // code of a model, without weights

/// A new folder that is removed with what it holds.
class TemporaryFolder {
public:
  static Result<TemporaryFolder> create() {
    TemporaryFolder folder;
    if (std::error_code error = llvm::sys::fs::createUniqueDirectory("ternc", folder.path))
      return Error{"cannot create a temporary folder: " + error.message() +
                   "; set TMPDIR to one that is writable"};
    return folder;
  }
  TemporaryFolder(TemporaryFolder &&other) noexcept : path(other.path) { other.path.clear(); }
  TemporaryFolder &operator=(TemporaryFolder &&) = delete;
  ~TemporaryFolder() {
    if (!path.empty())
      llvm::sys::fs::remove_directories(path);
  }
  std::string file(llvm::StringRef name) const {
    llvm::SmallString<128> full = path;
    llvm::sys::path::append(full, name);
    return std::string(full);
  }

private:
  TemporaryFolder() = default;
  llvm::SmallString<128> path;
};

/// One line of a linker's report: its first, without the program's name.
std::string firstLine(llvm::StringRef report) {
  llvm::StringRef line = report.trim().split('\n').first;
  line.consume_front("ld.lld: error: ");
  return line.str();
}

} // namespace

Result<std::string> linkSharedObject(std::string_view object, bool allowUndefined) {
  Result<TemporaryFolder> folder = TemporaryFolder::create();
  if (!folder)
    return folder.error();
  std::string input = folder->file("model.o"), output = folder->file("model.so");
  Result<AtomicFile> file = AtomicFile::create(input);
  if (!file)
    return file.error();
  if (Status written = file->write(object); !written)
    return written.error();
  if (Status committed = file->commit(); !committed)
    return committed.error();

  std::vector<const char *> arguments = {
      "ld.lld",       "-shared",         input.c_str(),      "-o",
      output.c_str(), "--build-id=none", "--hash-style=gnu", "-soname=model.tern",
      "-znow",        "-zrelro",         "-znoexecstack",    "--threads=1"};
  arguments.push_back(allowUndefined ? "-zundefs" : "-zdefs");
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  const lld::DriverDef drivers[] = {{lld::Gnu, &lld::elf::link}};
  lld::Result linked = lld::lldMain(arguments, stream, stream, drivers);
  if (linked.retCode != 0)
    return Error{"linking failed: " + firstLine(messages)};
  return readFile(output, kLargestCode);
}

} // namespace tern
