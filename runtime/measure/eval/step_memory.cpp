//===- step_memory.cpp - What a running step has in its arenas ----------------===//
#include "runtime/measure/eval/step_memory.h"

#include "lib/base/half.h"

#include <cstring>

namespace tern {
namespace {

/// Bytes of a number; 0 for an unknown type.
size_t sizeOf(const std::string &dtype) {
  return dtype == "i8" ? 1 : dtype == "f16" ? 2 : dtype == "f32" || dtype == "i32" ? 4 : 0;
}

template <typename T> T load(const uint8_t *from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

double numberAt(const uint8_t *from, const std::string &dtype) {
  if (dtype == "i8")
    return load<int8_t>(from);
  if (dtype == "i32")
    return load<int32_t>(from);
  return double(dtype == "f16" ? halfToFloat(load<uint16_t>(from)) : load<float>(from));
}

Error outside(const OperatorTensor &tensor) {
  return Error{"tensor " + std::to_string(tensor.id) + " of the list of operators does not lie within " +
               (tensor.port.empty() ? "the arena \"" + tensor.arena : "the port \"" + tensor.port) + "\""};
}

uint64_t numbersOf(const tern_port &port) { return port.shape[0] * port.shape[1] * port.shape[2]; }

} // namespace

uint64_t StepMemory::rowsOf(const OperatorTensor &tensor) const {
  if (tensor.per == "row")
    return step.n_listed;
  if (tensor.per == "page")
    return (position() + header.cache_page) / header.cache_page;
  return tensor.per == "fixed" ? uint64_t(tensor.rows) : step.n_rows;
}

Result<Matrix> StepMemory::read(const OperatorTensor &tensor) const {
  if (tensor.arena == "cache")
    return readCache(tensor, position());
  uint64_t rows = rowsOf(tensor), columns = uint64_t(tensor.columns), size = sizeOf(tensor.dtype);
  const void *begin = nullptr;
  uint64_t bytes = 0;
  if (tensor.arena == "shared")
    begin = step.shared, bytes = header.shared_bytes;
  if (tensor.arena == "scratch")
    begin = step.scratch, bytes = header.scratch_bytes;
  for (uint64_t i = 0; i < exported.n_ports; ++i)
    if (!tensor.port.empty() && tensor.port == exported.ports[i].name)
      begin = step.ports[i], bytes = numbersOf(exported.ports[i]) * size;
  if (!begin || size == 0 || tensor.offset > bytes || rows * columns > (bytes - tensor.offset) / size)
    return outside(tensor);
  const uint8_t *from = static_cast<const uint8_t *>(begin) + tensor.offset;
  Matrix matrix(rows, std::vector<double>(columns));
  for (std::vector<double> &row : matrix)
    for (double &number : row) {
      number = numberAt(from, tensor.dtype);
      from += size;
    }
  return matrix;
}

// A page holds all caches one after the other, each [heads] of strips and, for codes, their scales [heads][positions]
// behind (docs/dialects.md, !decoder.cache).
Result<Matrix> StepMemory::readCache(const OperatorTensor &cache, uint64_t first) const {
  uint64_t size = sizeOf(cache.dtype), heads = uint64_t(cache.heads), page = header.cache_page,
           pageBytes = page * header.cache_bytes_per_token, strip = uint64_t(cache.strip);
  if (cache.arena != "cache" || step.n_runs != 1 || size == 0 || heads == 0 || strip == 0)
    return outside(cache);
  uint64_t headDim = uint64_t(cache.columns) / heads, scalesAt = page * uint64_t(cache.columns) * size;
  uint64_t bytes = scalesAt + (cache.dtype == "i8" ? heads * page * sizeof(float) : 0);
  bool keys = cache.role == "keys";
  if (cache.offset > pageBytes || bytes > pageBytes - cache.offset || (keys ? page : headDim) % strip != 0 ||
      (cache.dtype == "i8" && (headDim % 2 != 0 || page % 2 != 0)))
    return outside(cache);
  Matrix rows;
  for (uint64_t position = first; position < step.runs[0].position + step.n_rows; ++position) {
    const uint8_t *start = step.cache + step.runs[0].pages[position / page] * pageBytes + cache.offset;
    std::vector<double> row;
    for (uint64_t head = 0; head < heads; ++head) {
      uint64_t inPage = position % page;
      double scale =
          cache.dtype == "i8" ? double(load<float>(start + scalesAt + (head * page + inPage) * sizeof(float))) : 1;
      for (uint64_t i = 0; i < headDim; ++i) {
        // Strips run along positions of keys, along columns of values; codes lie in pairs across them.
        uint64_t along = keys ? inPage : i, across = keys ? i : inPage, stripRows = keys ? headDim : page;
        uint64_t pair = cache.dtype == "i8" ? 2 : 1;
        uint64_t place = head * page * headDim + (along / strip * stripRows + across / pair * pair) * strip +
                         along % strip * pair + across % pair;
        row.push_back(scale * numberAt(start + place * size, cache.dtype));
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

} // namespace tern
