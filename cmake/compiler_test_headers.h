// The same for the tests of the compiler.
#include "cmake/mlir_headers.h"
#include "cmake/test_headers.h"
