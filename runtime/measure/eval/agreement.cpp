//===- agreement.cpp - What a comparison with references found ---------------===//
#include "runtime/measure/eval/agreement.h"

#include <cstdio>

namespace tern {

std::string inWords(double figure) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", figure);
  return text;
}

} // namespace tern
