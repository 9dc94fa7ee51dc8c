//===- gguf_tensors.cpp - The tensors of a GGUF file by the hub's names -----===//
#include "lib/checkpoint/gguf_tensors.h"

#include "lib/base/text.h"

#include <algorithm>
#include <cstring>

namespace tern {

/// Numbers of one row: of a vector whose numbers are in the order of heads' rows, one.
static int64_t rowElements(const TensorInfo &tensor) {
  return tensor.shape.size() == 1 && tensor.headRows != 0 ? 1 : tensor.shape.back();
}

/// Where the file has row `row`: row i * half + j of a head lies at 2 * j + i.
static int64_t placeOfRow(const TensorInfo &tensor, int64_t row) {
  if (tensor.headRows == 0)
    return row;
  int64_t half = tensor.headRows / 2, inHead = row % tensor.headRows;
  return row - inHead + 2 * (inHead % half) + inHead / half;
}

static bool isQueryOrKey(std::string_view hubName) {
  for (std::string_view end :
       {"self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.q_proj.bias", "self_attn.k_proj.bias"})
    if (hubName.ends_with(end))
      return true;
  return false;
}

Result<std::unique_ptr<GgufTensors>> GgufTensors::make(GgufFile file, const GgufArchitecture &architecture,
                                                       int64_t headRows) {
  TensorMap map;
  for (const GgufTensor &tensor : file.contents().tensors) {
    std::string where = file.path() + ": tensor " + printable(tensor.name);
    std::optional<std::string> name = hubTensorName(architecture, tensor.name);
    const GgufType &type = *tensor.type;
    if (!name || type.form == GgufForm::Refused)
      return Error{where + ": is not supported (describeGgufModel says why)"};
    TensorInfo info{type.dtype, tensor.shape, tensor.offset, uint64_t(tensor.elements() * dtypeBytes(type.dtype))};
    info.ownName = tensor.name;
    info.blocks = type.form == GgufForm::Plain ? nullptr : &type;
    if (architecture.interleaved && isQueryOrKey(*name)) {
      if (info.shape.size() == 1 && info.blocks)
        return Error{where + ": is a bias of type " + std::string(type.name) + "; only plain floats are supported"};
      if (headRows <= 0 || headRows % 2 != 0 || info.shape[0] % headRows != 0)
        return Error{where + ": has " + std::to_string(info.shape[0]) + " rows, which are no heads of " +
                     std::to_string(headRows)};
      info.headRows = headRows;
    }
    map.emplace(std::move(*name), std::move(info));
  }
  return std::unique_ptr<GgufTensors>(new GgufTensors(std::move(file), std::move(map)));
}

Status GgufTensors::readBlocks(const TensorInfo &tensor, int64_t row, std::span<std::byte> out) const {
  uint64_t size = tensor.blocks ? uint64_t(tensor.blocks->bytesOf(rowElements(tensor))) : 0;
  if (row < 0 || row >= tensor.elements() / rowElements(tensor) || out.size() != size || size == 0)
    return Error{path() + ": a read passes the end of a tensor"};
  return file.read(tensor.offset + uint64_t(placeOfRow(tensor, row)) * size, out);
}

Result<float> GgufTensors::blockScale(const TensorInfo &tensor) const {
  if (!tensor.blocks || tensor.blocks->tail == 0)
    return 1.0f;
  float scale;
  std::byte raw[sizeof scale];
  if (Status status = file.read(tensor.offset + uint64_t(tensor.blocks->bytesOf(tensor.elements())), raw); !status)
    return status.error();
  std::memcpy(&scale, raw, sizeof scale);
  return scale;
}

Status GgufTensors::readRow(const TensorInfo &tensor, int64_t row, std::span<std::byte> out) const {
  if (!tensor.blocks)
    return file.read(tensor.offset + uint64_t(placeOfRow(tensor, row)) * out.size(), out);
  std::vector<std::byte> blocks(size_t(tensor.blocks->bytesOf(rowElements(tensor))));
  if (Status status = readBlocks(tensor, row, blocks); !status)
    return status;
  Result<float> scale = blockScale(tensor);
  if (!scale)
    return scale.error();
  std::vector<float> floats(static_cast<size_t>(rowElements(tensor)));
  tensor.blocks->decode(blocks, *scale, floats);
  std::memcpy(out.data(), floats.data(), out.size());
  return {};
}

Status GgufTensors::read(const TensorInfo &tensor, uint64_t offset, std::span<std::byte> out) const {
  if (offset > tensor.bytes || out.size() > tensor.bytes - offset)
    return Error{path() + ": a read passes the end of a tensor"};
  if (!tensor.blocks && tensor.headRows == 0)
    return file.read(tensor.offset + offset, out);
  uint64_t rowBytes = uint64_t(rowElements(tensor) * dtypeBytes(tensor.dtype));
  std::vector<std::byte> part; // of a row that is not wanted whole
  while (!out.empty()) {
    uint64_t skip = offset % rowBytes, count = std::min<uint64_t>(rowBytes - skip, out.size());
    bool whole = count == rowBytes;
    if (!whole)
      part.resize(rowBytes);
    std::span<std::byte> into = whole ? out.first(count) : std::span(part);
    if (Status status = readRow(tensor, int64_t(offset / rowBytes), into); !status)
      return status;
    if (!whole)
      std::memcpy(out.data(), part.data() + skip, count);
    out = out.subspan(count);
    offset += count;
  }
  return {};
}

} // namespace tern
