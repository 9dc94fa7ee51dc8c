//===- encoding.h - What an encoding is, for layout.cpp alone ---------------===//
#pragma once

#include "lib/trit/layout.h"

namespace tern {

/// One encoding: its unit of columns and how a tile of trits becomes bytes. Tiles are dense,
/// row-major [tileRows][tileColumns] trits, padded by the caller with 0.
struct EncodingRules {
  std::string_view name;
  int64_t unitColumns; ///< tile columns are a multiple of it
  int64_t unitBytes;   ///< bytes of one row of `unitColumns` columns
  void (*pack)(const Layout &layout, const int8_t *trits, uint8_t *out);
  void (*unpack)(const Layout &layout, const uint8_t *packed, int8_t *trits);
  int64_t unitRows = 1; ///< tile rows are a multiple of it
  int64_t planes = 0;   ///< of bits; 0 for encodings of trits
};

extern const EncodingRules kCodes2Rules, kLut3Rules, kTl1Rules, kTl2Rules, kColumns2Rules, kTrits5Rules;
extern const EncodingRules kPlanes1Rules, kPlanes2Rules, kPlanes3Rules, kPlanes4Rules;

} // namespace tern
