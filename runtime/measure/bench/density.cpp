//===- density.cpp - Zeros among the inputs of ffn_down -------------------------===//
#include "runtime/measure/bench/density.h"

#include <cerrno>
#include <cstring>
#include <random>
#include <sys/mman.h>
#include <unistd.h>

namespace tern {

Status limitDensity(const Model &model, double density) {
  uintptr_t page = uintptr_t(::sysconf(_SC_PAGESIZE));
  std::mt19937 random(11);
  bool found = false;
  for (const ManifestTensor &tensor : model.manifest().tensors) {
    bool normOfDown = tensor.name.ends_with(".ffn_sub_norm") || tensor.name.ends_with(".ffn_down.norm");
    if (!normOfDown || tensor.dtype != "f32" || tensor.shape.size() != 1)
      continue;
    found = true;
    auto *begin = const_cast<uint8_t *>(model.weights()) + tensor.offset;
    size_t before = reinterpret_cast<uintptr_t>(begin) % page;
    auto *first = begin - before; // mprotect rounds the length up to whole pages, not the address
    size_t length = before + tensor.bytes;
    // The mapping is private, so the file keeps its bytes.
    if (::mprotect(first, length, PROT_READ | PROT_WRITE) != 0)
      return Error{"the weights of " + tensor.name + " cannot be changed in memory: " + std::strerror(errno)};
    auto *values = reinterpret_cast<float *>(begin);
    for (int64_t column = 0; column < tensor.shape[0]; ++column)
      if (double(random()) / 0x1p32 >= density)
        values[column] = 0;
    ::mprotect(first, length, PROT_READ);
  }
  if (!found)
    return Error{"--density: " + model.manifest().name +
                 " has no norm before ffn_down, through which its inputs could be made zero; tern-bench --kernels "
                 "--density works on any shape"};
  return {};
}

} // namespace tern
