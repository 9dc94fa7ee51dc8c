//===- gguf_types.h - What the tensors of a GGUF file are made of -----------===//
//
// A row of a GGUF tensor is blocks of some numbers each. A type says how many bytes a block has and what they mean;
// ggml's ids of types are not unique: what id 42 is shows in the sizes that the file has (gguf.h).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/checkpoint/tensor_file.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// How a type is read.
///   Plain     numbers of a dtype, as they are
///   Floats    blocks that are decoded to floats
///   Integers  blocks of small integers with one scale a block, or one for the tensor; these decode to floats too
///   Refused   known by name only
enum class GgufForm { Plain, Floats, Integers, Refused };

struct GgufType {
  uint32_t id;
  std::string_view name; ///< as ggml has it: "TQ1_0"
  GgufForm form;
  int64_t elements, bytes;  ///< of one block
  DType dtype = DType::F32; ///< what the tensor reads as
  int64_t scaleAt = -1;     ///< Integers: where in a block its scale lies (f16); -1: one for the tensor, in its tail
  int64_t tail = 0;         ///< bytes behind all blocks of a tensor, which begin with its scale (f32)
  std::string_view storage = {}; ///< Integers: the storage of lib/weights that reads a matrix of them
  /// Floats: the numbers of one block.
  void (*floats)(const uint8_t *block, float *out) = nullptr;
  /// Integers: those of one block, not scaled.
  void (*integers)(const uint8_t *block, int8_t *out) = nullptr;

  /// Of the blocks of that many numbers, which are whole ones.
  int64_t bytesOf(int64_t count) const { return count / elements * bytes; }
  /// The scale of a block, where blocks have one.
  float scaleOf(const uint8_t *block) const;
  /// A row of blocks as floats, where `tensorScale` is that of the tensor's tail (1 without one). Products are float32,
  /// each rounded once, as ggml's dequantize_row functions make them.
  void decode(std::span<const std::byte> row, float tensorScale, std::span<float> out) const;
};

/// Whether the tensor is of blocks that a storage of lib/weights reads: ternary weights, or signs.
inline bool isTernaryStorage(const TensorInfo &tensor) { return tensor.blocks && !tensor.blocks->storage.empty(); }

/// In which order I2_S has its weights: blocks of 128 as x86 builds of bitnet.cpp write them, or of 64 as those of
/// aarch64 do. Nothing in a file says which.
enum class I2sBlocks { X86, Aarch64 };

/// All types of that id; several where ids collide, none where it is not known.
std::vector<const GgufType *> ggufTypes(uint32_t id, I2sBlocks i2s);
/// The names of the types that are read, for errors.
std::string ggufTypeNames();

} // namespace tern
