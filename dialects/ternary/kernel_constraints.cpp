//===- kernel_constraints.cpp - What kernels ask of their layouts -----------===//
#include "dialects/ternary/Ternary.h"

using namespace mlir;

namespace tern::ternary {

LogicalResult verifyKernel(EmitError emitError, LayoutAttr layout, KernelAttr kernel, int64_t group) {
  auto fail = [&] { return emitError() << "cannot run kernel " << kernel << " on " << layout << ": "; };
  if (group != 0 && !kernel.scalesGroups())
    return fail() << "it has sums of whole rows, and the weights have a scale for each group of " << group
                  << " columns, which lanes and panels meet";
  if (group % layout.getTileColumns() != 0)
    return fail() << "the tile's columns must divide the " << group << " of a group with a scale of its own";
  return kernel.verifyOn(fail, toLayout(layout));
}

int64_t accumulators(UnpackMode unpack) {
  return unpack == UnpackMode::Mask ? Bits2::fields : unpack == UnpackMode::Pairs ? 2 : 1;
}

LogicalResult verifyUnpack(EmitError fail, const Layout &layout, UnpackMode unpack) {
  if (unpack == UnpackMode::Pairs && rulesOf(layout.encoding).fields != Fields::Bits2)
    return fail() << "pairs of fields come out of bytes of two-bit fields";
  return success();
}

LogicalResult verifyVectors(EmitError fail, int64_t tileRows, int64_t width) {
  if (tileRows * 4 % width == 0)
    return success();
  return fail() << "the tile's rows must fill vectors of " << width / 4 << " rows";
}

LogicalResult verifyPanel(EmitError fail, const Layout &layout, int64_t rows, int64_t width) {
  if (!layout.hasColumnLines() && !layout.hasWordRows())
    return fail()
           << "a panel is made of columns2, or of codes2 with 16 or trits5 with 20 columns, whose rows in a tile "
              "are words";
  if (layout.tileRows % rows != 0 || rows * 4 % width != 0)
    return fail() << "its rows must divide the tile's and fill vectors of " << width / 4 << " rows";
  return success();
}

int64_t lookupRoom(const GroupCodes &codes) {
  // Halves of entries are bytes of at most half the radix; words are sums of codes from -128.
  return codes.elementBits == 8 ? 127 / (kHalvesRadix / 2) : 32767 / (128 * codes.table.group);
}

} // namespace tern::ternary
