//===- rope_frequencies.cpp - Frequencies of scaled rotary embeddings -----===//
#include "compiler/graph/rope_frequencies.h"

#include <cmath>
#include <numbers>

namespace tern {

llvm::SmallVector<float> scaledRopeFrequencies(const RopeConfig &rope, int64_t headDim) {
  llvm::SmallVector<float> frequencies;
  if (rope.type == "default")
    return frequencies;
  double longest = rope.originalMaxPosition / rope.lowFreqFactor,
         shortest = rope.originalMaxPosition / rope.highFreqFactor;
  for (int64_t i = 0; i < headDim / 2; ++i) {
    double frequency = std::pow(rope.theta, -2.0 * double(i) / double(headDim)), scaled = frequency / rope.factor;
    if (rope.type == "llama3") {
      double wavelength = 2 * std::numbers::pi / frequency;
      double blend =
          (rope.originalMaxPosition / wavelength - rope.lowFreqFactor) / (rope.highFreqFactor - rope.lowFreqFactor);
      if (wavelength < shortest)
        scaled = frequency;
      else if (wavelength <= longest)
        scaled = (1 - blend) * scaled + blend * frequency;
    }
    frequencies.push_back(float(scaled));
  }
  return frequencies;
}

} // namespace tern
