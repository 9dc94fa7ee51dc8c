//===- manifest.h - What a model object says about itself ----------------===//
//
// The JSON of section .tern.manifest, for people and tools: written by the compiler, read by the
// runtime. Nothing that generated code depends on is only here (see model_abi.h). The fields are
// described in docs/model-object.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/json.h"
#include "lib/base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// One entry of the weights section.
struct ManifestTensor {
  std::string name;           ///< "blk.0.attn_q"
  std::string source;         ///< name in the checkpoint, empty for what the compiler computed (RoPE table)
  std::string factor;         ///< name in the checkpoint of the one number that multiplies all; mostly empty
  std::string kind;           ///< "ternary", "scale", "dense", "rope", "row_codes" or "row_figures"
  std::string dtype;          ///< "ternary", "f32", "bf16" or "codes" (both planes, lib/head/row_codes.h)
  std::vector<int64_t> shape; ///< logical, before padding to tiles
  std::string storage;        ///< of a ternary one: how the checkpoint has it (lib/weights/storages.def)
  std::string format;         ///< of a ternary one: what its numbers are (lib/weights/format.h)
  std::string layout;         ///< "codes2:4x256"; empty for row-major
  uint64_t offset = 0;        ///< in bytes from the start of .tern.weights
  uint64_t bytes = 0;
};

/// One generated ternary kernel.
struct ManifestKernel {
  std::string name;    ///< its symbol in the object
  std::string variant; ///< its attribute: "#ternary.rows<prefetch = 4096>"; for people
  std::string layout;  ///< "codes2:4x256"
  int64_t rows = 0, columns = 0;
  int64_t tokens = 1;      ///< tokens at a time
  int64_t bound = 1;       ///< most tokens in one call
  int64_t codesStride = 0; ///< bytes from one row of codes to the next
  bool byteTables = false; ///< lossy: sums are within byteTableError (lib/trit/table.h) of the exact ones
  int64_t group = 0;       ///< columns that share a scale inside its sums, which are floats then; 0: none
  std::string source;      ///< its function in phase tiled, as text; empty when not kept
  int64_t sourceLine = 0;  ///< the line on which that begins in tiled.mlir, the file of the line table
};

/// What a port of an export is (model_abi.h: tern_port), in words.
struct ManifestPort {
  std::string name;
  std::string type;           ///< "f32", "bf16", "i32" or "i8"
  std::string extent;         ///< what the first number of `shape` bounds: "rows", "outputs", "listed" or "fixed"
  std::vector<int64_t> shape; ///< 1 to 3 numbers
  bool output = false;
};

/// One step function.
struct ManifestExport {
  std::string name; ///< "decode"
  uint32_t mostRows = 1;
  std::vector<ManifestPort> ports;
  /// In order: "OPERATOR NAME" ("matmul blk.0.ffn_down"), or "barrier". A profiler is told their indices.
  std::vector<std::string> stages;
  /// Its operators as JSON text (lib/operators/operator.h). Only who verifies a model reads them, so they are not
  /// parsed here.
  std::string operators;
};

struct Manifest {
  std::string name;         ///< of the model, for people
  std::string architecture; ///< "bitnet", "llama"
  std::string compilerVersion, llvmVersion;
  std::string targetTriple, targetCpu, targetFeatures;
  uint32_t vocabSize = 0, maxContext = 0, prefillBlock = 0; ///< as in the header
  std::optional<int32_t> bos;
  std::vector<int32_t> eos; ///< any of them ends a text
  std::vector<ManifestTensor> tensors;
  std::vector<ManifestKernel> kernels;
  std::vector<ManifestExport> exports; ///< in the order of the object's list
  /// By OPERATOR, the first word of a stage: the part of a profile that its time belongs to ("products").
  std::map<std::string, std::string> stageParts;

  /// Null when the model has no such export.
  const ManifestExport *find(std::string_view exportName) const;

  Json toJson() const;
  /// Checks types and ranges; `name` (the file) begins an error. Fields that are not known are left
  /// alone.
  static Result<Manifest> fromJson(std::string_view text, const std::string &name);
};

} // namespace tern
