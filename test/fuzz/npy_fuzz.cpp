//===- npy_fuzz.cpp - NPY files out of any bytes --------------------------------===//
#include "lib/base/npy.h"

#include <cstdlib>

static void require(bool condition) {
  if (!condition)
    std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  tern::Result<tern::FloatMatrix> matrix = tern::parseNpy(std::as_bytes(std::span(data, size)), "fuzz");
  if (!matrix)
    require(matrix.error().message.find('\n') == std::string::npos);
  else
    require(matrix->numbers.size() == matrix->rows * matrix->columns && matrix->numbers.size() * sizeof(float) <= size);
  return 0;
}
