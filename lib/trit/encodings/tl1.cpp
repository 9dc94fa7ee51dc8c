//===- tl1.cpp - Two 4-bit codes of two trits in a byte ---------------------===//
//
// For byte lookups, 2 bits a weight (TL1 of bitnet.cpp, arXiv 2502.11880): the codes of two groups of two columns in
// bits 0-3 and 4-7 of a byte. One byte a row, the rows of 4 columns one after the other, then the next 4 columns.
//
//===----------------------------------------------------------------------===//
#include "lib/trit/encoding.h"

namespace tern {

static constexpr GroupCodes kCodes = {
    .table = {Digits::Trits, 2, /*mirrored=*/false}, .elementBits = 8, .elements = 1, .fields = 2, .fieldBits = 4};

constinit const EncodingRules kTl1Rules = rulesOfGroups("tl1", kCodes);

} // namespace tern
