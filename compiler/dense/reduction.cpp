//===- reduction.cpp - Vectorised sums and maxima -------------------------===//
#include "compiler/dense/reduction.h"

using namespace Halide;

namespace tern {

static std::vector<Expr> at(Expr first, const std::vector<Var> &free) {
  std::vector<Expr> arguments = {std::move(first)};
  arguments.insert(arguments.end(), free.begin(), free.end());
  return arguments;
}

static bool isZero(const Expr &value) { return Internal::is_const_zero(Internal::simplify(value)); }

Reduction::Reduction(const std::string &name, Expr extent, Expr identity, const Combine &combine, const Term &term,
                     int lanes, int unroll, std::vector<Var> freeVars)
    : result(name), lanes(lanes), free(std::move(freeVars)), partial(name + "_partial") {
  int step = lanes * unroll;
  auto here = [&](Expr first) { return partial(at(std::move(first), free)); };
  partial(at(lane, free)) = identity;
  main = RDom(0, Internal::simplify(extent / step), name + "_main");
  here(lane) = combine(here(lane), term(main * step + lane));
  Expr vectors = Internal::simplify((extent % step) / lanes);
  if (unroll > 1 && !isZero(vectors)) {
    rest = RDom(0, lanes, 0, vectors, name + "_rest");
    here(rest.x) = combine(here(rest.x), term((extent / step) * step + rest.y * lanes + rest.x));
  }

  // First the unrolled vectors into one, then halves of it.
  Func last = partial;
  auto fold = [&](int width, int parts) {
    Func folded(name + "_fold");
    Expr value = last(at(lane, free));
    for (int i = 1; i < parts; ++i)
      value = combine(value, last(at(lane + i * width, free)));
    folded(at(lane, free)) = value;
    folds.push_back(folded);
    foldLanes.push_back(width);
    last = folded;
  };
  if (unroll > 1)
    fold(lanes, unroll);
  for (int width = lanes / 2; width >= 1; width /= 2)
    fold(width, 2);

  std::vector<Expr> point(free.begin(), free.end());
  result(free) = last(at(0, free));
  Expr left = Internal::simplify(extent % lanes);
  if (!isZero(left)) {
    tail = RDom(Internal::simplify((extent / lanes) * lanes), left, name + "_tail");
    result(point) = combine(result(point), term(tail));
  }
}

void Reduction::computeAt(const LoopLevel &level) {
  std::vector<VarOrRVar> order = {lane};
  order.insert(order.end(), free.begin(), free.end());
  order.emplace_back(main.x);
  partial.compute_at(level).vectorize(lane, lanes).unroll(lane);
  partial.update(0).reorder(order).vectorize(lane, lanes).unroll(lane);
  if (rest.defined()) {
    std::vector<VarOrRVar> restOrder = {rest.x};
    restOrder.insert(restOrder.end(), free.begin(), free.end());
    restOrder.emplace_back(rest.y);
    partial.update(1).reorder(restOrder).vectorize(rest.x);
  }
  for (size_t i = 0; i < folds.size(); ++i) {
    folds[i].compute_at(level);
    if (foldLanes[i] > 1)
      folds[i].vectorize(lane, foldLanes[i]);
  }
  result.compute_at(level);
  if (tail.defined())
    result.update(0).unscheduled();
  for (const Var &var : free) {
    partial.unroll(var);
    partial.update(0).unroll(var);
    if (rest.defined())
      partial.update(1).unroll(var);
    for (Func &folded : folds)
      folded.unroll(var);
    result.unroll(var);
    if (tail.defined())
      result.update(0).unroll(var);
  }
}

} // namespace tern
