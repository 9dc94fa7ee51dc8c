//===- reduction.h - Vectorised sums and maxima ---------------------------===//
#pragma once

#include <Halide.h>

#include <functional>
#include <string>
#include <vector>

namespace tern {

/// A reduction of term(0) .. term(extent - 1) for each point of `free`, in `lanes` x `unroll`
/// partial results that are folded pairwise at the end; what is left over is added one by one.
/// Float order is thus fixed, whatever the fast-math rules.
class Reduction {
public:
  using Combine = std::function<Halide::Expr(Halide::Expr, Halide::Expr)>;
  using Term = std::function<Halide::Expr(Halide::Expr index)>;

  Reduction(const std::string &name, Halide::Expr extent, Halide::Expr identity, const Combine &combine,
            const Term &term, int lanes, int unroll, std::vector<Halide::Var> free = {});

  /// The result; its arguments are `free`.
  Halide::Func result;

  /// Computes everything at this level, with the free dimensions unrolled: their extents there are
  /// constant.
  void computeAt(const Halide::LoopLevel &level);

private:
  int lanes;
  std::vector<Halide::Var> free;
  Halide::Var lane{"lane"};
  Halide::Func partial;
  std::vector<Halide::Func> folds;
  std::vector<int> foldLanes;
  Halide::RDom main, rest, tail;
};

inline Halide::Expr sumOf(Halide::Expr a, Halide::Expr b) { return a + b; }
inline Halide::Expr maxOf(Halide::Expr a, Halide::Expr b) { return Halide::max(a, b); }

} // namespace tern
