//===- block_integers.h - Small integers in a GGUF file's blocks -----------------===//
//
// What the storages of GGUF types share: rows of blocks, each with integers and a scale that multiplies them
// (lib/checkpoint/gguf_types.h). Of what the scales of a matrix are along, the first is declared that holds:
//
//   tensor        all blocks have one
//   rows, columns the blocks of parts of the rows, or of the columns, have one (models whose parts were trained apart)
//   group N       each block, or a power of two of neighbouring ones, has its own
//
// A block whose scale is 0 is all zeros, whatever its integers are, and goes with any scale.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/weights/storages/storages.h"

namespace tern {

/// Whether `format` has these values, multiplied by stored scales, and no offsets.
Status holdsBlocks(const WeightFormat &format, WeightValues values);
/// Whether the tensor is of the GGUF types that name this storage.
bool areBlocksOf(std::string_view storage, const TensorInfo &values);
/// The declaration of the weights `source`: reads all scales.
Result<WeightDeclaration> declareBlocks(std::string_view storage, WeightValues values, const Checkpoint &checkpoint,
                                        const std::string &source, int64_t rows, int64_t columns);
Result<std::unique_ptr<StoredWeights>> openBlocks(const WeightDeclaration &declaration, TensorView values);

/// The members of a Storage whose blocks have `kValues`; kNAME must be declared.
#define TERN_BLOCK_STORAGE(NAME, TEXT, VALUES)                                                                         \
  const Storage k##NAME = {                                                                                            \
      TEXT,                                                                                                            \
      /*isFloat=*/true,                                                                                                \
      /*rowsInOne=*/1,                                                                                                 \
      /*hasScaleTensor=*/false,                                                                                        \
      [](const WeightFormat &format) { return holdsBlocks(format, VALUES); },                                          \
      [](const Quantization &, const TensorInfo &values) { return areBlocksOf(TEXT, values); },                        \
      [](const Checkpoint &checkpoint, const Quantization &, const std::string &, const std::string &source,           \
         int64_t rows, int64_t columns) { return declareBlocks(TEXT, VALUES, checkpoint, source, rows, columns); },    \
      [](const Checkpoint &, const WeightDeclaration &declaration, TensorView values) {                                \
        return openBlocks(declaration, std::move(values));                                                             \
      },                                                                                                               \
      /*make=*/nullptr}

} // namespace tern
