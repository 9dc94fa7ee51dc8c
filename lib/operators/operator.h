//===- operator.h - The operators of a step, computed plainly ----------------===//
//
// A model object carries the operators of its step functions as data (manifest: operators), in the order of execution:
//
//   {"op": "decoder.rms_norm", "stage": 5, "attributes": {"weight": "blk.0.attn_norm", "eps": 1e-5}, "inputs": [ids],
//   "arguments": [tensors],
//    "outputs": [{"id": 7, "dtype": "f32|f16|i8|i32", "columns": 256, "per": "token|page|row|fixed",
//                 "arena": "shared|scratch|cache", "offset": 4096}]}
//
// A tensor of the caller has "port", its name among the function's ports, instead of an arena. One without either is
// made row by row inside its user. `stage` is the place among the function's stages, ids number the tensors of a
// function, attributes name weights as the IR does, and `arguments` are the tensors that the caller has filled; either
// may be absent. A tensor has one entry for each token, page of the cache or listed row of the output head, or always
// as many as "rows" says. The attributes are all of the operator's own and what its types and declarations say besides.
// Each operator is computed by one loop nest in double precision, a file of this folder by the operator's name
// (formulas: docs/dialects.md), so that a compiled step can be compared operator by operator.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/json.h"
#include "lib/base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// A tensor of a step function, and where the step leaves it.
struct OperatorTensor {
  int64_t id = 0;
  std::string dtype;
  std::string per;     ///< what a row is for
  int64_t columns = 0; ///< numbers in a row, with padding
  int64_t heads = 0;   ///< of a cache, else 0
  std::string role;    ///< of a cache: "keys" or "values", whose strips lie as !decoder.cache says (docs/dialects.md)
  int64_t strip = 0;   ///< of a cache: numbers in a row of a strip
  int64_t rows = 0;    ///< where their number is fixed
  std::string arena, port;
  uint64_t offset = 0; ///< in the arena, in bytes; of a cache, in a page of all caches

  bool isInMemory() const { return !arena.empty() || !port.empty(); }
};

struct Operator {
  std::string op, stage; ///< "ternary.matmul", "matmul blk.0.ffn_down"
  uint64_t stageNumber = 0;
  Json attributes;
  std::vector<int64_t> inputs;
  std::vector<OperatorTensor> arguments, outputs;
};

/// `stages` are the names of the function's stages. Errors begin with `name`.
Result<std::vector<Operator>> parseOperators(std::string_view json, std::span<const std::string> stages,
                                             const std::string &name);

/// [rows][columns]; integers are exact.
using Matrix = std::vector<std::vector<double>>;

/// A ternary matrix, row-major.
struct Trits {
  int64_t rows = 0, columns = 0;
  std::vector<int8_t> values;
  std::vector<float> groupScales = {}; ///< of groups of columns of each row; empty where no scale is of groups
};

/// Where weights come from, by their names in the IR.
class ReferenceWeights {
public:
  virtual ~ReferenceWeights() = default;
  /// Row `row` of a matrix; a vector is one row.
  virtual Result<std::vector<double>> row(const std::string &name, int64_t row) const = 0;
  virtual Result<Trits> ternary(const std::string &name) const = 0;
  /// The unsigned codes of a row in a plane of row codes (lib/head/row_codes.h), with padding.
  virtual Result<std::vector<double>> codes(const std::string &name, int64_t plane, int64_t row) const = 0;
};

struct OperatorCall {
  const Operator &op;
  /// The tensors that it reads, ids of tokens and listed rows too; a cache is all its positions up to this step's last
  /// one, heads one after the other.
  std::vector<const Matrix *> inputs;
  int64_t position = 0; ///< of the first row
};

/// Whether this operator can be computed here.
bool hasReference(const Operator &op);

/// The results of one operator. Those of decoder.cache_append are the rows that it appends, as the cache's element type
/// keeps them. Errors: an operator that has no reference, an attribute that its reference does not know or lacks,
/// inputs that do not fit, a weight that cannot be read.
Result<std::vector<Matrix>> computeOperator(const OperatorCall &call, const ReferenceWeights &weights);

} // namespace tern
