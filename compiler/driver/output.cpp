//===- output.cpp - Where a phase's output goes ------------------------------===//
#include "compiler/driver/output.h"

#include "lib/base/file.h"
#include "lib/object/model_file.h"

#include "llvm/ADT/StringExtras.h"
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

/// The first line that is not empty and does not begin with `comment`.
static llvm::StringRef firstLine(std::string_view text, llvm::StringRef comment) {
  for (llvm::StringRef line : llvm::split(llvm::StringRef(text), '\n'))
    if (line = line.trim(); !line.empty() && !line.starts_with(comment))
      return line;
  return {};
}

/// An operation, or the definition of an alias ("#map = ...").
static bool isMlir(std::string_view head, std::string_view) {
  llvm::StringRef line = firstLine(head, "//");
  llvm::StringRef rest = line.drop_front(std::min<size_t>(line.size(), 1));
  llvm::StringRef word = rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_' || c == '.' || c == '$'; });
  if (line.starts_with('#') || line.starts_with('!'))
    return !word.empty() && rest.drop_front(word.size()).ltrim(' ').starts_with('=');
  if (line.starts_with('"'))
    return word.contains('.') && rest.drop_front(word.size()).starts_with("\"(");
  if (line.starts_with("{-#"))
    return true;
  for (llvm::StringRef dialect : {"builtin.", "func.", "ternary.", "decoder.", "llvm.", "transform.", "memref."})
    if (line.starts_with(dialect))
      return true;
  return line == "module" || line.starts_with("module ");
}

static bool isLlvmIr(std::string_view head, std::string_view) {
  llvm::StringRef text = llvm::StringRef(head).ltrim();
  return text.starts_with("; ModuleID") || text.starts_with("source_filename") || text.starts_with("target ");
}

/// A directive begins it.
static bool isAssembly(std::string_view head, std::string_view) {
  llvm::StringRef line = firstLine(head, "#");
  return line.size() > 1 && line[0] == '.' && llvm::isAlpha(line[1]);
}

static bool isObject(std::string_view head, std::string_view) {
  constexpr size_t kType = 16; // e_type, behind e_ident
  return head.starts_with("\177ELF") && head.size() > kType && head[kType] == 1;
}

const FileKind kMlirKind = {"MLIR text", isMlir};

const FileKind &kindOf(Phase phase) {
  static const FileKind llvmIr = {"LLVM IR", isLlvmIr}, assembly = {"assembly", isAssembly},
                        object = {"object file", isObject};
  switch (phase) {
  case Phase::Llvm:
    return llvmIr;
  case Phase::Asm:
    return assembly;
  case Phase::Obj:
    return object;
  case Phase::Model:
    return kModelKind;
  default:
    return kMlirKind;
  }
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

static std::string dumpPath(const std::string &folder, Phase phase, std::string_view extension) {
  std::string name = std::to_string(int(phase)) + "-" + std::string(kPhases[size_t(phase)].name);
  return folder + "/" + name + "." + std::string(extension);
}

Status PhaseDump::write(Phase phase, std::string_view extension, const std::string &bytes) const {
  return folder.empty() ? Status() : writeOutput(bytes, dumpPath(folder, phase, extension));
}

std::vector<std::string> PhaseDump::paths(const std::string &folder, Phase last) {
  std::vector<std::string> paths;
  if (folder.empty())
    return paths;
  for (const PhaseInfo &info : kPhases)
    if (info.phase <= last && info.phase != Phase::Model)
      paths.push_back(dumpPath(folder, info.phase, info.extension));
  if (last >= Phase::Llvm)
    paths.push_back(dumpPath(folder, Phase::Llvm, "mlir"));
  return paths;
}

} // namespace tern
