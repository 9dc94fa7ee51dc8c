//===- tuning_file.h - Which kernel each weight matrix gets, as a file -----===//
//
// One JSON format for two uses: what tern-tune measured on a device (ternc --tuning), and a schedule
// that ternc wrote out and a person edited (ternc --schedule). The field with the version tells them apart, so that
// tern-tune does not go on with a schedule. docs/tuning.md describes the fields.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/json.h"
#include "lib/base/paths.h"
#include "lib/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// How the products of a weight matrix are computed: a kernel family by name, and where it is not as
/// the family has it, layout and kernels as the texts of their attributes ("codes2, 4 by 256" for
/// #ternary.layout<codes2, 4 by 256>). The compiler parses and verifies them; this reader does not.
struct KernelChoice {
  std::string family;
  std::string layout;  ///< empty: the family's
  std::string decode;  ///< for one token; empty: the family's
  std::string prefill; ///< for a block of tokens; empty: the family's

  bool operator==(const KernelChoice &) const = default;
};

/// Nanoseconds of one product on cold weights, medians of interleaved rounds.
struct MeasuredTime {
  double chosen, byDefault; ///< with the choice, and with the cost model's
};

struct TuningChoice {
  std::string weight; ///< of this matrix only ("blk.0.ffn_down"); empty: of every one of the shape
  int64_t rows = 0, columns = 0;
  int64_t block = 0;   ///< tokens of the prefill step it was measured with; 0: not measured
  int64_t threads = 0; ///< that it was measured with; 0: not measured
  KernelChoice kernel;
  std::optional<MeasuredTime> decode, prefill;
};

/// One candidate that was timed: kept so that an interrupted run goes on, and for reports.
struct TuningMeasurement {
  int64_t rows = 0, columns = 0, tokens = 0, threads = 0;
  std::string family, layout, kernel; ///< texts as in KernelChoice
  double nanoseconds = 0;             ///< median
  int64_t rounds = 0;

  /// Whether both are of one candidate on one shape.
  bool sameKey(const TuningMeasurement &other) const;
};

/// What the device can do at most with so many threads, for the roofline of reports: nothing is chosen by it.
struct TuningCeilings {
  int64_t threads = 0;
  double bandwidth = 0, dotPeak = 0; ///< bytes read and 8-bit multiply-adds per second
};

/// What is known for one CPU, by one version of the compiler.
struct TuningDevice {
  std::string cpu;                   ///< LLVM's name
  std::vector<std::string> features; ///< that were there, sorted ("avx2"); a schedule may have none
  std::string compiler;              ///< version; a schedule may have none
  std::vector<TuningChoice> choices;
  std::vector<TuningMeasurement> measurements;
  std::vector<TuningCeilings> ceilings; ///< one for each number of threads

  bool sameKey(const TuningDevice &other) const {
    return cpu == other.cpu && features == other.features && compiler == other.compiler;
  }
  /// The choice for a weight: the one of its name, else the one of its shape that was measured with
  /// the most threads; null when there is none.
  const TuningChoice *find(std::string_view weight, int64_t rows, int64_t columns) const;
};

enum class TuningUse { Measured, Schedule };

/// A file of tern-tune.
extern const FileKind kTuningKind;

struct TuningFile {
  std::vector<TuningDevice> devices;
  TuningUse use = TuningUse::Measured; ///< what it was written for; ternc takes both for both

  Json toJson() const;
  /// Checks everything but the attribute texts; `name` (the file) begins an error. Unknown fields are one, as are the
  /// same device twice, and two choices for the same products.
  static Result<TuningFile> fromJson(std::string_view text, const std::string &name);
  static Result<TuningFile> read(const std::string &path);
  /// As read(), and a schedule is an error: what tern-tune adds to would not be one any more.
  static Result<TuningFile> readMeasured(const std::string &path);
  /// The file appears whole or not at all.
  Status write(const std::string &path) const;

  /// Takes over what `newer` has; where both have a choice or a measurement for one key, `newer`'s.
  void merge(const TuningFile &newer);
};

} // namespace tern
