// For the Halide side of compiler/dense, parsed once.
#include <Halide.h>
