//===- attention_page.h - What attention to one page shares over all elements --===//
//
// Softmax over all positions is made of pages: each gives its own softmax, the largest score and the total of the
// exponentials, and attention_combine.cpp weighs the pages (Dao et al. 2022, FlashAttention, section 3.1). A page is
// the same whoever computes it, so results do not depend on how pages and rows are dealt out.
//
// Both products run along a strip: positions of keys or columns of values in the lanes, sums for every row of a
// register tile in registers, and numbers of the query or weights broadcast. So nothing is added across lanes, and
// memory is read from its beginning to its end.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/dense/dense_kind.h"
#include "compiler/dense/elementary.h"
#include "compiler/dense/reduction.h"

namespace tern {

/// The operands of every kind; those of codes go on behind them.
struct AttentionOperands {
  unsigned q = 0, k = 1, v = 2, last = 3, scores = 4, weights = 5, y = 6, largest = 7, total = 8;
};

/// The pipelines over pages of floats and of codes.
Status buildAttention(PipelineBuilder &builder);
Status buildAttentionCodes(PipelineBuilder &builder);

class AttentionPage {
public:
  Status build();

protected:
  /// `pair` codes of one lane lie together.
  AttentionPage(PipelineBuilder &builder, int pair);
  virtual ~AttentionPage() = default;

  virtual Status check() const;
  virtual void inputs();
  virtual void score() = 0;
  virtual void mix() = 0;
  virtual void outputs();

  /// Row (t, g) sees the positions p <= last + t. What lies behind them in the last strip may be anything.
  Halide::Expr masked(Halide::Expr value, float otherwise) const;

  /// The loop over rows, and over the strip in as many numbers at once as half of the registers hold sums for.
  void tileRows(Halide::Func func, Halide::Func sums, int strip);
  /// How far ahead the cache is fetched, across the end of a strip and of a head as well. 4,080 positions of 2B4T, Zen
  /// 5, one thread, ms a token without and with 2, 4 and 8 KB: f16 12.5, 11.2, 9.9, 9.5; f32 19.0, 18.4, 17.6, 18.7;
  /// codes 8.8, 7.6, 7.0, 6.7.
  static constexpr int kFetchBytes = 8192;

  /// Sums of one step of a loop, in registers; `rows` is the loop over rows of the cache, `rowsAStep` of them a step.
  void unrollSums(Halide::Stage sums, int strip, const std::vector<Halide::VarOrRVar> &loops,
                  const Halide::ImageParam &cache, const Halide::RVar &rows, int rowsAStep = 1);
  /// The reduction of term(i, p) over all positions: first over the strips, then over what is left of one.
  Halide::Func reduce(const std::string &name, float identity, const Reduction::Combine &combine,
                      const Halide::Expr &term);

  static constexpr AttentionOperands at{};
  PipelineBuilder &builder;
  const int pair, depth, group, page, keyStrip, valueStrip;
  const bool oneToken;
  const float scale;
  Halide::ImageParam q, k, v;
  Halide::Expr last, tokens, positions, strips;
  Halide::Var i{"i"}, p{"p"}, g{"g"}, t{"t"}; ///< within a strip, strip, query head, token
  Halide::Func scores{"scores"}, weights{"weights"}, largest, total, y{"y"};

private:
  void weigh();

  /// How many rows the loops hold in registers at once.
  struct RegisterTile {
    int group, tokens;
  };
  static RegisterTile chooseRegisterTile(int64_t group, bool oneToken, const VectorShape &vectors);
  const RegisterTile registerTile;
};

} // namespace tern
