//===- compiled_model.h - A checkpoint, compiled and loaded -------------------===//
#pragma once

#include "compiler/driver/compile.h"
#include "runtime/session/session.h"
#include "test/lib/temporary_folder.h"

#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tern::test {

/// Compiles to a model object as ternc does, and loads it as tern-run does. options.output is set
/// here.
inline Result<std::shared_ptr<Model>> compileAndLoad(CompileOptions options, const TemporaryFolder &folder) {
  options.output = folder.path + "/model.tern";
  if (Status status = compile(options); !status)
    return status.error();
  return Model::load(options.output, Verify::Full);
}

/// ||actual - expected|| / ||expected||, infinite if a number is none.
template <typename T> double relativeError(std::span<const float> actual, std::span<const T> expected) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    difference += (actual[i] - double(expected[i])) * (actual[i] - double(expected[i]));
    size += double(expected[i]) * double(expected[i]);
  }
  double error = std::sqrt(difference / size);
  return std::isfinite(error) ? error : HUGE_VAL;
}

} // namespace tern::test
