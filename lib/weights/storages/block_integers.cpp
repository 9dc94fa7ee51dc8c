//===- block_integers.cpp - Small integers in a GGUF file's blocks ---------------===//
#include "lib/weights/storages/block_integers.h"

#include "lib/checkpoint/gguf_types.h"

#include <algorithm>
#include <cmath>

namespace tern {
namespace {

const uint8_t *bytesOf(std::span<const std::byte> row) { return reinterpret_cast<const uint8_t *>(row.data()); }

/// The rows of a tensor of blocks.
class BlockRows {
public:
  explicit BlockRows(TensorView tensor)
      : view(std::move(tensor)), type(*view.info->blocks), columns(view.info->shape[1]),
        bytes(size_t(type.bytesOf(columns))) {}

  std::string where() const { return view.where(); }
  int64_t blocks() const { return columns / type.elements; }
  Status read(int64_t row) { return view.file->readBlocks(*view.info, row, bytes); }
  /// Of the row read last: the integers of a block, and what they are multiplied by.
  void integers(int64_t block, int8_t *out) const { type.integers(bytesOf(bytes) + block * type.bytes, out); }
  float scale(int64_t block) const {
    return type.scaleAt >= 0 ? type.scaleOf(bytesOf(bytes) + block * type.bytes) : tensorScale;
  }
  /// Where blocks have no scales: reads the tensor's.
  Status readTensorScale() {
    Result<float> scale = view.file->blockScale(*view.info);
    if (!scale)
      return scale.error();
    tensorScale = *scale;
    return {};
  }

  const TensorView view;
  const GgufType &type;
  const int64_t columns;

private:
  std::vector<std::byte> bytes;
  float tensorScale = 1;
};

/// The scale of each block of each row; 0 for one that is all zeros.
Result<std::vector<float>> readBlockScales(BlockRows &matrix, int64_t rows) {
  if (Status status = matrix.readTensorScale(); !status)
    return status.error();
  std::vector<float> scales;
  scales.reserve(size_t(rows * matrix.blocks()));
  bool ofTensor = matrix.type.scaleAt < 0; // then rows need not be read for it
  for (int64_t row = 0; row < rows; ++row) {
    if (Status status = ofTensor ? Status() : matrix.read(row); !status)
      return status.error();
    for (int64_t block = 0; block < matrix.blocks(); ++block) {
      float scale = matrix.scale(block);
      if (!std::isfinite(scale) || scale < 0)
        return Error{matrix.where() + ": the scale of row " + std::to_string(row) + ", block " + std::to_string(block) +
                     " is " + numberText(scale) + "; a scale must be finite and not negative"};
      scales.push_back(scale);
    }
  }
  return scales;
}

/// One scale that several blocks have; `isOne` false where they have different ones.
struct Shared {
  float scale = 0; ///< 0 while all are zero
  bool isOne = true;

  void add(float other) {
    if (other == 0)
      return;
    isOne = isOne && (scale == 0 || scale == other);
    scale = scale == 0 ? other : scale;
  }
};

/// Sizes, in blocks or rows, of neighbours with one scale; those that are all zero have any.
std::vector<int64_t> partsOf(const std::vector<Shared> &lines) {
  std::vector<int64_t> parts(1, 0);
  float last = 0;
  for (const Shared &line : lines) {
    if (line.scale != 0 && last != 0 && line.scale != last)
      parts.push_back(0);
    ++parts.back();
    if (line.scale != 0)
      last = line.scale;
  }
  return parts;
}

WeightAlong alongOf(const std::vector<float> &scales, int64_t rows, int64_t columns, int64_t elements) {
  int64_t blocks = columns / elements;
  std::vector<Shared> ofRows(static_cast<size_t>(rows)), ofColumns(static_cast<size_t>(blocks));
  Shared all;
  for (size_t i = 0; i < scales.size(); ++i) {
    all.add(scales[i]);
    ofRows[i / size_t(blocks)].add(scales[i]);
    ofColumns[i % size_t(blocks)].add(scales[i]);
  }
  WeightAlong along;
  if (all.isOne)
    return along;
  for (const std::vector<Shared> *lines : {&ofRows, &ofColumns}) {
    bool isRows = lines == &ofRows;
    if (!std::ranges::all_of(*lines, &Shared::isOne))
      continue;
    along.parts = partsOf(*lines);
    along.axis = isRows ? WeightAxis::Rows : WeightAxis::Columns;
    if (isRows && int64_t(along.parts.size()) > rows / 2) // a scale for each, of which a few happen to be equal
      return {.axis = WeightAxis::Row};
    for (int64_t &part : along.parts)
      part *= isRows ? 1 : elements;
    return along;
  }
  along = {.axis = WeightAxis::Group, .group = elements};
  auto mergesTo = [&](int64_t size) {
    for (size_t i = 0; i < scales.size(); i += size_t(size)) {
      Shared group;
      for (int64_t k = 0; k < size; ++k)
        group.add(scales[i + size_t(k)]);
      if (!group.isOne)
        return false;
    }
    return true;
  };
  for (int64_t size = 2; blocks % size == 0 && mergesTo(size); size *= 2)
    along.group = elements * size;
  return along;
}

/// Reads rows; each block must have the scale that the format gives it.
class BlockIntegers : public StoredWeights {
public:
  BlockIntegers(TensorView tensor, const WeightDeclaration &declaration)
      : matrix(std::move(tensor)), declaration(declaration) {}

  Result<std::vector<float>> scales() override {
    if (Status status = measure(); !status)
      return status.error();
    return numbers;
  }

  Status readRows(int64_t first, int64_t count, std::span<int8_t> out) override {
    if (Status status = measure(); !status)
      return status;
    bool signs = declaration.format.values == WeightValues::Signs;
    for (int64_t row = first; row < first + count; ++row) {
      if (Status status = matrix.read(row); !status)
        return status;
      int8_t *to = out.data() + (row - first) * matrix.columns;
      for (int64_t block = 0; block < matrix.blocks(); ++block, to += matrix.type.elements) {
        matrix.integers(block, to);
        if (matrix.scale(block) == 0 && signs)
          return Error{matrix.where() + ": row " + std::to_string(row) + ", block " + std::to_string(block) +
                       " has the scale 0, but weights of " + std::string(matrix.type.name) + " are never 0"};
        if (matrix.scale(block) == 0)
          std::fill(to, to + matrix.type.elements, int8_t(0));
        const int8_t *wrong = std::find(to, to + matrix.type.elements, int8_t(2));
        if (wrong != to + matrix.type.elements)
          return Error{matrix.where() + ": has the code 3 for weight [" + std::to_string(row) + ", " +
                       std::to_string(block * matrix.type.elements + (wrong - to)) + "]; only 0, 1 and 2 are weights"};
      }
    }
    return {};
  }

private:
  /// Finds the numbers of the format the first time: it takes the whole matrix.
  Status measure() {
    if (!numbers.empty())
      return {};
    const WeightAlong &along = declaration.format.scale->along;
    Result<std::vector<float>> scales = readBlockScales(matrix, declaration.rows);
    if (!scales)
      return scales.error();
    std::vector<Shared> shared(size_t(along.count(declaration.rows, declaration.columns)));
    std::vector<size_t> partOf = partNumbers(along);
    for (size_t i = 0; i < scales->size(); ++i) {
      int64_t row = int64_t(i) / matrix.blocks(), column = int64_t(i) % matrix.blocks() * matrix.type.elements;
      Shared &one = shared[indexOf(along, partOf, row, column)];
      one.add((*scales)[i]);
      if (!one.isOne)
        return Error{matrix.where() + ": weight [" + std::to_string(row) + ", " + std::to_string(column) +
                     "] has the scale " + numberText((*scales)[i]) + ", but those of its format have " +
                     numberText(one.scale)};
    }
    for (const Shared &one : shared)
      numbers.push_back(one.scale == 0 ? 1 : one.scale); // of zeros: any
    return {};
  }

  /// Of formats with parts: the part of each row or column.
  static std::vector<size_t> partNumbers(const WeightAlong &along) {
    std::vector<size_t> each;
    for (size_t part = 0; part < along.parts.size(); ++part)
      each.insert(each.end(), size_t(along.parts[part]), part);
    return each;
  }
  size_t indexOf(const WeightAlong &along, const std::vector<size_t> &partOf, int64_t row, int64_t column) const {
    switch (along.axis) {
    case WeightAxis::Rows:
      return partOf[size_t(row)];
    case WeightAxis::Columns:
      return partOf[size_t(column)];
    case WeightAxis::Row:
      return size_t(row);
    case WeightAxis::Column:
      return size_t(column);
    case WeightAxis::Group:
      return size_t(row * (declaration.columns / along.group) + column / along.group);
    case WeightAxis::Tensor:
      return 0;
    }
    return 0;
  }

  BlockRows matrix;
  WeightDeclaration declaration;
  std::vector<float> numbers;
};

} // namespace

Status holdsBlocks(const WeightFormat &format, WeightValues values) {
  if (format.values != values)
    return Error{values == WeightValues::Signs ? "its values are signs" : "its values are trits"};
  if (!format.scale || format.scale->by != ScaleOrigin::Stored || format.scale->use != ScaleUse::Multiply)
    return Error{"its scales are stored, and multiply"};
  if (format.scale->along.axis == WeightAxis::Column)
    return Error{"its blocks have no scale for each column"};
  return format.offset ? Status(Error{"it has no offsets"}) : Status();
}

bool areBlocksOf(std::string_view storage, const TensorInfo &values) {
  return isTernaryStorage(values) && values.blocks->storage == storage;
}

Result<WeightDeclaration> declareBlocks(std::string_view storage, WeightValues values, const Checkpoint &checkpoint,
                                        const std::string &source, int64_t rows, int64_t columns) {
  Result<TensorView> view = checkpoint.find(source);
  if (!view)
    return view.error();
  BlockRows matrix(*view);
  Result<std::vector<float>> scales = readBlockScales(matrix, rows);
  if (!scales)
    return scales.error();
  WeightScale scale;
  scale.along = alongOf(*scales, rows, columns, matrix.type.elements);
  scale.type = matrix.type.scaleAt >= 0 ? ScaleType::F16 : ScaleType::F32;
  return WeightDeclaration{
      std::string(storage), WeightFormat{.values = values, .scale = scale}, source, "", rows, columns};
}

Result<std::unique_ptr<StoredWeights>> openBlocks(const WeightDeclaration &declaration, TensorView values) {
  if (!areBlocksOf(declaration.storage, *values.info))
    return Error{values.where() + ": is not of the GGUF type that storage " + declaration.storage + " reads"};
  return std::unique_ptr<StoredWeights>(std::make_unique<BlockIntegers>(std::move(values), declaration));
}

} // namespace tern
