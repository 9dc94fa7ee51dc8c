//===- npy.h - Matrices of floats in NumPy's file format -------------------===//
//
// NPY 1.0 (numpy.lib.format): magic, version, the length of a header, the header, which is a Python dictionary, and the
// numbers. Read and written is what goes through a model: little-endian float32 in C order, [rows, columns].
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/paths.h"
#include "lib/base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tern {

extern const FileKind kNpyKind;

struct FloatMatrix {
  uint64_t rows = 0, columns = 0;
  std::vector<float> numbers; ///< row-major, rows * columns
};

/// Errors name the file and what it has instead: another version, type, order or number of dimensions, an extent that
/// does not fit the file.
Result<FloatMatrix> readNpy(const std::string &path);
/// The same of a file's bytes; errors begin with `name`.
Result<FloatMatrix> parseNpy(std::span<const std::byte> bytes, const std::string &name);
/// Writes beside `path` and renames.
Status writeNpy(const std::string &path, std::span<const float> numbers, uint64_t columns);

} // namespace tern
