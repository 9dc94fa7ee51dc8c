//===- link.cpp - From an object to a shared object --------------------------===//
#include "compiler/object/link.h"

#include "lib/base/memory_path.h"

#include "lld/Common/Driver.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <vector>

LLD_HAS_DRIVER(elf)

namespace tern {
namespace {

/// One line of a linker's report: its first, without the program's name.
std::string firstLine(llvm::StringRef report) {
  llvm::StringRef line = report.trim().split('\n').first;
  line.consume_front("ld.lld: error: ");
  return line.str();
}

} // namespace

Result<std::string> linkSharedObject(std::string_view object, bool allowUndefined) {
  // lld aborts the process when it cannot write.
  Result<std::unique_ptr<ReadablePath>> input = ReadablePath::create(object);
  if (!input)
    return input.error();
  Result<std::unique_ptr<WritablePath>> output = WritablePath::create();
  if (!output)
    return output.error();
  std::string inputPath = (*input)->path(), outputPath = (*output)->path();

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
