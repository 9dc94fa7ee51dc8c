// What the files of compiler/operators include, parsed once: MLIR's headers and Halide's (of 9 s that such a file takes
// to compile they were 8).
#include "cmake/mlir_headers.h"

#include <Halide.h>
