//===- activations.h - What a model's linear layers take as activations -------===//
#pragma once

#include <optional>
#include <string_view>
#include <utility>

namespace tern {

/// How near results can be to a reference depends on it (runtime: agreement rules of tern-eval).
enum class Activations {
  Codes,    ///< integers, as the model was trained with
  TopK,     ///< the same, after all but the largest were made zero
  Floats,   ///< floats, for which codes of 16 bits stand in
  Converted ///< integers, in a model that was trained with floats
};

/// Their names in a graph's decoder.model and in the manifest.
inline constexpr std::pair<std::string_view, Activations> kActivationNames[] = {{"codes", Activations::Codes},
                                                                                {"top-k", Activations::TopK},
                                                                                {"floats", Activations::Floats},
                                                                                {"converted", Activations::Converted}};

inline std::string_view activationsName(Activations activations) { return kActivationNames[size_t(activations)].first; }
/// None where there is no such name.
inline std::optional<Activations> findActivations(std::string_view name) {
  for (const auto &[known, activations] : kActivationNames)
    if (known == name)
      return activations;
  return std::nullopt;
}

} // namespace tern
