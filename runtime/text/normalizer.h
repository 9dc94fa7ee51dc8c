//===- normalizer.h - Unicode normalisation before tokenising -------------===//
#pragma once

#include "lib/base/json.h"

namespace tern {

/// "normalizer" of a tokenizer.json: null, NFC, or a Sequence of those.
class Normalizer {
public:
  /// `normalizer` may be null (absent). Errors begin with `name`; an unsupported type is named.
  static Result<Normalizer> fromJson(const Json *normalizer, const std::string &name);

  /// The normal form of well-formed UTF-8.
  Result<std::string> apply(std::string_view text) const;

private:
  bool composes = false; ///< to NFC, Unicode Standard Annex 15
};

} // namespace tern
