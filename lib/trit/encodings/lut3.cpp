//===- lut3.cpp - Three 5-bit codes of three trits in 16 bits ---------------===//
//
// For 16-bit lookups, 16 bits for 9 weights (1.78 bits): the codes of three groups of three columns (table.h, trits) in
// bits 0-4, 5-9 and 10-14 of a little-endian word. One word a row, the rows of 9 columns one after the other, then
// those of the next 9 columns.
//
//===----------------------------------------------------------------------===//
#include "lib/trit/encoding.h"

namespace tern {

static constexpr GroupCodes kCodes = {
    .table = {Digits::Trits, 3, /*mirrored=*/false}, .elementBits = 16, .elements = 1, .fields = 3, .fieldBits = 5};

constinit const EncodingRules kLut3Rules = rulesOfGroups("lut3", kCodes);

} // namespace tern
