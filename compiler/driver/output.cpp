//===- output.cpp - Where a phase's output goes ------------------------------===//
#include "compiler/driver/output.h"

#include "lib/base/file.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"

#include <filesystem>

namespace tern {

std::string textOf(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  stream << '\n';
  return text;
}

std::string textOf(const llvm::Module &code) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  code.print(stream, nullptr);
  return text;
}

Status checkOutput(const std::string &path) {
  std::error_code ignored;
  std::filesystem::file_status status = std::filesystem::status(path, ignored);
  bool special = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
                 !std::filesystem::is_directory(status);
  if (path == "-" || special)
    return {};
  Result<AtomicFile> file = AtomicFile::create(path); // nothing is left of it
  return file ? Status() : Status(file.error());
}

Status writeOutput(const std::string &bytes, const std::string &path) {
  if (path == "-") {
    llvm::outs() << bytes;
    llvm::outs().flush();
    if (!llvm::outs().has_error())
      return {};
    std::string reason = llvm::outs().error().message();
    llvm::outs().clear_error(); // or its destructor would end the process
    return Error{"cannot write to standard output: " + reason};
  }
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.error();
  if (Status status = file->write(bytes); !status)
    return status;
  return file->commit();
}

Result<PhaseDump> PhaseDump::open(const std::string &folder) {
  std::error_code problem;
  if (!folder.empty())
    std::filesystem::create_directories(folder, problem);
  if (problem)
    return Error{folder + ": cannot make this folder: " + problem.message()};
  PhaseDump dump;
  dump.folder = folder;
  return dump;
}

Status PhaseDump::write(Phase phase, std::string_view extension, const std::string &bytes) const {
  if (folder.empty())
    return {};
  std::string name = std::to_string(int(phase)) + "-" + std::string(kPhases[size_t(phase)].name);
  return writeOutput(bytes, folder + "/" + name + "." + std::string(extension));
}

} // namespace tern
