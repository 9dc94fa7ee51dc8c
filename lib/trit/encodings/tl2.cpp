//===- tl2.cpp - Three trits in four bits and a sign, signs apart -----------===//
//
// For byte lookups, 40 bits for 24 weights (1.67 bits, TL2 of arXiv 2502.11880): eight groups of three columns, each
// the 4-bit entry of a mirrored table (table.h) and a sign bit, set where the sum is the entry's negative. A row has
// five bytes: in byte i < 4 the entries of groups 2i and 2i+1 in bits 0-3 and 4-7, in the last the sign of group g in
// bit g. The bytes i of all rows lie one after the other.
//
//===----------------------------------------------------------------------===//
#include "lib/trit/encoding.h"

namespace tern {

static constexpr GroupCodes kCodes = {
    .table = {Digits::Trits, 3, /*mirrored=*/true}, .elementBits = 8, .elements = 4, .fields = 2, .fieldBits = 4};

constinit const EncodingRules kTl2Rules = rulesOfGroups("tl2", kCodes);

} // namespace tern
