//===- paths.cpp - The files of a command, compared before it starts -------===//
#include "lib/base/paths.h"

#include "lib/base/file.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace tern {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kEnd = 4096; ///< bytes of a file's head and tail

/// Device and inode: the same for all names of a file.
struct Identity {
  dev_t device;
  ino_t inode;
  bool operator==(const Identity &) const = default;
};

/// Nothing when there is no regular file.
std::optional<Identity> identityOf(const std::string &path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode))
    return std::nullopt;
  return Identity{info.st_dev, info.st_ino};
}

/// Where a file would be made: its folder without links, and its name.
std::string placeOf(const std::string &path) {
  std::error_code ignored;
  fs::path given = fs::absolute(path, ignored).lexically_normal();
  return (fs::weakly_canonical(given.parent_path(), ignored) / given.filename()).string();
}

/// The files that a path stands for.
std::vector<std::string> filesOf(const std::string &path) {
  std::error_code problem;
  if (!fs::is_directory(path, problem))
    return {path};
  std::vector<std::string> files;
  for (fs::directory_iterator at(path, problem), end; !problem && at != end; at.increment(problem))
    files.push_back(at->path().string());
  return files;
}

bool isFile(const std::string &path) { return !path.empty() && path != "-"; }

} // namespace

bool isOfKind(const std::string &path, const FileKind &kind) {
  Result<RandomAccessFile> file = RandomAccessFile::open(path);
  if (!file)
    return false;
  size_t count = size_t(std::min(file->size(), kEnd));
  std::string head(count, '\0'), tail(count, '\0');
  return file->read(0, std::as_writable_bytes(std::span(head))) &&
         file->read(file->size() - count, std::as_writable_bytes(std::span(tail))) && kind.recognises(head, tail);
}

void CommandPaths::reads(std::string option, std::string path) {
  if (isFile(path))
    entries.push_back({std::move(option), std::move(path), nullptr, false});
}

void CommandPaths::writes(std::string option, std::string path, const FileKind &kind) {
  if (isFile(path))
    entries.push_back({std::move(option), std::move(path), &kind, true});
}

void CommandPaths::dumps(std::string option, std::string path) {
  if (isFile(path))
    entries.push_back({std::move(option), std::move(path), nullptr, true});
}

Status CommandPaths::checkOutput(const Entry &output) const {
  std::optional<Identity> there = identityOf(output.path);
  if (!there)
    return {};
  bool ofKind = output.kind && isOfKind(output.path, *output.kind);
  for (const Entry &input : entries) {
    if (input.output)
      continue;
    std::error_code ignored;
    bool isFolder = fs::is_directory(input.path, ignored);
    for (const std::string &file : filesOf(input.path))
      if (!(isFolder && ofKind) && identityOf(file) == there)
        return Error{output.option + ": " + output.path + " would replace what " + input.option + " reads, " + file +
                     "; name another file, or add --force"};
  }
  std::error_code ignored;
  if (ofKind || fs::file_size(output.path, ignored) == 0)
    return {};
  return Error{output.option + ": " + output.path + " is there already, and " +
               (output.kind ? std::string("is no ") + output.kind->name : std::string("somebody may have edited it")) +
               "; name another file, or add --force to replace it"};
}

Status CommandPaths::check(bool force) const {
  for (size_t i = 0; i < entries.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const Entry &a = entries[j], &b = entries[i];
      if (!a.output || !b.output)
        continue;
      std::optional<Identity> there = identityOf(a.path);
      std::error_code ignored;
      bool special = fs::exists(a.path, ignored) && !there; // /dev/null takes any number of outputs
      if (!special && ((there && there == identityOf(b.path)) || placeOf(a.path) == placeOf(b.path)))
        return Error{a.option + " and " + b.option + " would both write " + b.path + "; name another file for one"};
    }
  struct stat out;
  if (::fstat(STDOUT_FILENO, &out) == 0 && S_ISREG(out.st_mode))
    for (const Entry &input : entries)
      if (!input.output)
        for (const std::string &file : filesOf(input.path))
          if (identityOf(file) == Identity{out.st_dev, out.st_ino} && out.st_size > 0)
            return Error{"standard output would be written into " + file + ", which " + input.option + " reads"};
  if (force)
    return {};
  for (const Entry &output : entries)
    if (output.output)
      if (Status status = checkOutput(output); !status)
        return status;
  return {};
}

} // namespace tern
