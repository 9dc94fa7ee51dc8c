//===- arena.cpp - A place for every tensor of a step graph ---------------===//
#include "compiler/steps/plan/arena.h"

#include "compiler/steps/plan/step_graph.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tern {
namespace {

struct Interval {
  Value value;
  int64_t begin, end; // operations in their order, both inclusive
  int64_t bytes;
  unsigned order; // among the results of its op: makes the sort total
};

/// First fit by decreasing size: at most one pass over the placed intervals for each.
int64_t placeAll(std::vector<Interval> intervals, bool scratch, llvm::DenseMap<Value, ArenaPlace> &places) {
  llvm::sort(intervals, [](const Interval &a, const Interval &b) {
    return std::tuple(-a.bytes, a.begin, a.order) < std::tuple(-b.bytes, b.begin, b.order);
  });
  std::vector<std::pair<Interval, int64_t>> placed; // ordered by offset
  int64_t total = 0;
  for (const Interval &interval : intervals) {
    int64_t offset = 0;
    auto at = placed.begin();
    for (; at != placed.end(); ++at) {
      const auto &[other, otherOffset] = *at;
      if (other.end < interval.begin || interval.end < other.begin)
        continue;
      if (offset + interval.bytes <= otherOffset)
        break;
      offset = std::max(offset, otherOffset + other.bytes);
    }
    auto position = llvm::lower_bound(placed, offset, [](const auto &a, int64_t o) { return a.second < o; });
    placed.insert(position, {interval, offset});
    places[interval.value].scratch = scratch;
    places[interval.value].offset = offset;
    total = std::max(total, offset + interval.bytes);
  }
  return total;
}

/// Rows of a tensor: padded for operators that read or write several at a time.
int64_t rowsFor(Value value, int64_t tokens) {
  auto pad = [&](Operation *op) {
    auto known = dyn_cast_or_null<step::StepOperator>(op);
    return known ? llvm::alignTo(tokens, known.rowMultiple()) : tokens;
  };
  int64_t rows = pad(value.getDefiningOp());
  for (Operation *user : value.getUsers())
    rows = std::max(rows, int64_t(pad(user)));
  return rows;
}

} // namespace

ArenaPlan planArenas(func::FuncOp graph) {
  ArenaPlan plan;
  llvm::DenseMap<Operation *, int64_t> placeOf;
  std::vector<int64_t> barriers;
  int64_t count = 0;
  for (Operation &op : graph.getOps()) {
    placeOf[&op] = count++;
    if (isa<step::BarrierOp>(op))
      barriers.push_back(placeOf[&op]);
  }

  // Reading a view reads what it looks at.
  auto lastUse = [&](Value value, auto &self) -> int64_t {
    int64_t last = placeOf[value.getDefiningOp()];
    for (Operation *user : value.getUsers()) {
      last = std::max(last, placeOf[user]);
      if (isView(user))
        last = std::max(last, self(user->getResult(0), self));
    }
    return last;
  };

  std::vector<Interval> shared, scratch;
  for (Operation &op : graph.getOps()) {
    if (!isOperator(&op) || isView(&op))
      continue;
    bool ownCopy = step::partitionOf(&op).getKind() == step::PartitionKind::Replicated || op.hasAttr(step::kInlineAttr);
    for (Value result : op.getResults()) {
      auto type = dyn_cast<RankedTensorType>(result.getType());
      if (!type || isReturned(result))
        continue; // caches and results are the step's own buffers
      int64_t rows = isInline(result) ? 1 : rowsFor(result, type.getDimSize(0));
      int64_t bytes = rows * (type.getNumElements() / type.getDimSize(0)) * type.getElementTypeBitWidth() / 8;
      plan.places[result].rows = rows;
      Interval interval{result, placeOf[&op], lastUse(result, lastUse), int64_t(llvm::alignTo(bytes, 64)),
                        cast<OpResult>(result).getResultNumber()};
      if (ownCopy) {
        scratch.push_back(interval);
        continue;
      }
      auto barrier = llvm::upper_bound(barriers, interval.end);
      interval.end = barrier == barriers.end() ? count : *barrier;
      shared.push_back(interval);
    }
  }
  plan.sharedBytes = placeAll(std::move(shared), false, plan.places);
  plan.scratchBytes = placeAll(std::move(scratch), true, plan.places);
  return plan;
}

} // namespace tern
