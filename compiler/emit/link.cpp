//===- link.cpp - From an object to a shared object --------------------------===//
#include "compiler/emit/link.h"

#include "lib/base/file.h"
#include "lib/base/memory_file.h"

#include "lld/Common/Driver.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

namespace tern {
namespace {

/// Takes what is written to a path, to its end.
class PipeReader {
public:
  static Result<std::unique_ptr<PipeReader>> create() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      return fileError("pipe", "cannot be made", errno);
    return std::unique_ptr<PipeReader>(new PipeReader(ends[0], ends[1]));
  }
  ~PipeReader() {
    finish();
    ::close(readEnd);
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(writeEnd); }
  /// All that was written; nobody may write any more.
  std::string finish() {
    if (reader.joinable()) {
      ::close(writeEnd);
      reader.join();
    }
    return std::move(bytes);
  }

private:
  PipeReader(int readEnd, int writeEnd) : readEnd(readEnd), writeEnd(writeEnd), reader([this] { read(); }) {}
  void read() {
    char chunk[1 << 16];
    ssize_t count;
    while ((count = ::read(readEnd, chunk, sizeof chunk)) > 0 || (count < 0 && errno == EINTR))
      bytes.append(chunk, size_t(std::max<ssize_t>(count, 0)));
  }
  int readEnd, writeEnd;
  std::string bytes;
  std::thread reader; // last: it uses the others
};

/// One line of a linker's report: its first, without the program's name.
std::string firstLine(llvm::StringRef report) {
  llvm::StringRef line = report.trim().split('\n').first;
  line.consume_front("ld.lld: error: ");
  return line.str();
}

} // namespace

Result<std::string> linkSharedObject(std::string_view object, bool allowUndefined) {
  // Past the disk: lld aborts the process when the one for temporary files is full.
  Result<MemoryFile> input = MemoryFile::create("model.o");
  if (!input)
    return input.error();
  if (Status written = input->write(object); !written)
    return written.error();
  Result<std::unique_ptr<PipeReader>> output = PipeReader::create();
  if (!output)
    return output.error();
  std::string inputPath = input->path(), outputPath = (*output)->path();

  std::vector<const char *> arguments = {
      "ld.lld",          "-shared",          inputPath.c_str(),    "-o",    outputPath.c_str(),
      "--build-id=none", "--hash-style=gnu", "-soname=model.tern", "-znow", "-zrelro",
      "-znoexecstack",   "--threads=1"};
  arguments.push_back(allowUndefined ? "-zundefs" : "-zdefs");
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  const lld::DriverDef drivers[] = {{lld::Gnu, &lld::elf::link}};
  lld::Result linked = lld::lldMain(arguments, stream, stream, drivers);
  if (linked.retCode != 0)
    return Error{"linking failed: " + firstLine(messages)};
  return (*output)->finish();
}

} // namespace tern
