//===- file.h - Reading, mapping and atomically writing files -------------===//
#pragma once

#include "lib/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tern {

/// The error of a failed system call on a file: "PATH: cannot open: No such file or directory".
Error fileError(const std::string &path, const std::string &what, int errorNumber);

/// A file that is read at given offsets; nothing is mapped, so its memory pages do not count as this
/// process's memory.
class RandomAccessFile {
public:
  static Result<RandomAccessFile> open(const std::string &path);
  RandomAccessFile(RandomAccessFile &&other) noexcept;
  RandomAccessFile &operator=(RandomAccessFile &&other) noexcept;
  ~RandomAccessFile();

  const std::string &path() const { return name; }
  uint64_t size() const { return bytes; }
  int descriptor() const { return fd; }
  /// Fills `out` from `offset`; an error when the file ends before.
  Status read(uint64_t offset, std::span<std::byte> out) const;

private:
  RandomAccessFile() = default;
  std::string name;
  int fd = -1;
  uint64_t bytes = 0;
};

/// A whole file, mapped read-only.
class MappedFile {
public:
  static Result<MappedFile> open(const std::string &path);
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data, length}; }
  int descriptor() const { return file.descriptor(); }
  /// A copy of this part of bytes(), by the file: what is read so is not mapped for it.
  Status copy(std::span<const std::byte> part, std::span<std::byte> out) const {
    return file.read(uint64_t(part.data() - data), out.first(part.size()));
  }

  enum class Access { Streamed, Scattered };
  /// Says how a part of bytes() will be read; a wish. Streamed: by huge pages where the system has them. Scattered:
  /// little of it and here and there, so only by small pages, since a huge one makes 2 MB resident.
  void expect(std::span<const std::byte> part, Access access) const;
  /// Takes a part's whole memory pages out of the process's memory; a wish. What is read again comes from the file as
  /// before.
  void release(std::span<const std::byte> part) const;

private:
  explicit MappedFile(RandomAccessFile file) : file(std::move(file)) {}
  RandomAccessFile file;
  const std::byte *data = nullptr;
  size_t length = 0;
};

/// A file that appears whole or not at all: written beside its target, renamed by commit, removed
/// when dropped before; it has no name until then where the system can, so that a killed process
/// leaves nothing. Nothing is synced: a power failure may lose it. A target that is no regular file
/// (/dev/full, a pipe) is written in place.
class AtomicFile {
public:
  static Result<AtomicFile> create(const std::string &path);
  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&) = delete;
  ~AtomicFile();

  Status write(std::span<const std::byte> bytes);
  Status write(std::string_view text);
  uint64_t size() const { return written; }
  /// Brings all of it to the system, for who commits several files or none: what can fail after that is renaming.
  Status flush();
  /// Puts the file in its place; every write error that the system held back comes out here.
  Status commit();

private:
  AtomicFile() = default;
  Status nameIt();
  std::string target, temporary; // no temporary: written in place, or committed
  int fd = -1;
  bool nameless = false; // until commit, where the system can
  uint64_t written = 0;
  std::string buffer; // small writes are gathered
};

/// The whole of a file that is expected to be small (at most `limit` bytes).
Result<std::string> readFile(const std::string &path, uint64_t limit);

} // namespace tern
