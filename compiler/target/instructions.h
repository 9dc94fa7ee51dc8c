//===- instructions.h - Which instruction an operation becomes -------------===//
//
// Tables by feature, in order of preference. An operation for which the target has no instruction is lowered to plain
// vector arithmetic, which is correct everywhere (compiler/machine).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/target/target_info.h"

#include <span>

namespace tern {

/// Features that are needed together.
using FeatureSet = std::vector<std::string_view>;

/// An instruction that computes ternary.dot for vectors of `bytes` bytes.
struct DotInstruction {
  int64_t bytes;
  FeatureSet features;
  std::string_view dot;        ///< intrinsic (acc, u8, s8) -> acc, or empty
  std::string_view multiplyU8; ///< else: u8 x s8 pairs summed to int16 ...
  std::string_view addPairs;   ///< ... and int16 pairs (by ones) summed to int32
};

/// What an index past the end of a table does.
enum class PastTable {
  Wraps,     ///< it counts modulo the entries, so indices need no mask
  LowNibble, ///< its low four bits count, unless its highest is set: then the result is 0
  Zero,      ///< the result is 0
};

/// A permutation of `entries` elements of `bits` bits by `lanes` indices.
struct LookupInstruction {
  unsigned bits;
  int64_t entries; ///< most that it reaches; the table is repeated until it fills the register
  int64_t lanes;
  FeatureSet features;
  std::string_view name;
  PastTable past;
};

/// What ternary.dot of vectors of so many bytes becomes on the target; null: plain arithmetic.
const DotInstruction *dotInstruction(const TargetInfo &target, int64_t bytes);
/// What ternary.table_lookup becomes; null: one element after the other.
const LookupInstruction *lookupInstruction(const TargetInfo &target, unsigned bits, int64_t entries, int64_t lanes);
/// The byte shuffle within the segments of a vector of so many bytes that reads the low nibbles of its indices, or
/// null.
const LookupInstruction *nibbleShuffle(const TargetInfo &target, int64_t bytes);
/// Whether bytes can be permuted out of a table of 128, 64 at a time (vpermi2b).
bool permutesTables(const TargetInfo &target);
/// Whether words can be packed to the front of a vector by a mask (vpcompressd).
bool compressesWords(const TargetInfo &target);

/// The features that a target of any architecture needs for such an instruction: one of these sets.
std::vector<FeatureSet> dotFeatures(int64_t bytes);
std::vector<FeatureSet> lookupFeatures(unsigned bits, int64_t entries, int64_t lanes);

} // namespace tern
