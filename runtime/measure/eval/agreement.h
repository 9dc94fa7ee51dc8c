//===- agreement.h - What a comparison with references found -----------------===//
#pragma once

#include "lib/base/json.h"

#include <string>
#include <vector>

namespace tern {

/// Every figure, and in words what failed and what could not be judged. The parts of a comparison add to one of these.
struct Agreement {
  Json report = Json::object();
  std::vector<std::string> failures;  ///< each names the prompt or window, the layer and position, and by how much
  std::vector<std::string> notJudged; ///< what a reference or the model lacks

  bool pass() const { return failures.empty(); }
};

/// A figure in a sentence: three digits.
std::string inWords(double figure);

} // namespace tern
