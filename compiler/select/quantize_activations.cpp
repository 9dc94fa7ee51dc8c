//===- quantize_activations.cpp - ternary.linear on activation codes -----===//
#include "compiler/select/passes.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYQUANTIZEACTIVATIONS
#include "compiler/select/Passes.h.inc"

namespace {

/// Whether products of such weights can be computed; an error names what cannot.
LogicalResult checkFormat(ternary::LinearOp linear) {
  auto weight = SymbolTable::lookupNearestSymbolFrom<ternary::WeightOp>(linear, linear.getWeightAttr());
  const WeightFormat &format = weight.getFormat().getFormat();
  bool divided = format.scale && format.scale->along.axis == WeightAxis::Group && weight.getFormat().divides();
  const char *unknown = format.values == WeightValues::Ints ? "integers of more than a trit"
                        : format.offset                     ? "offsets"
                        : divided                           ? "scales along groups that divide"
                                                            : nullptr;
  if (!unknown)
    return success();
  return linear.emitOpError() << "multiplies by " << linear.getWeightAttr() << " of format " << weight.getFormat()
                              << ", but products with " << unknown << " have no lowering yet";
}

struct QuantizeActivations : impl::TernaryQuantizeActivationsBase<QuantizeActivations> {
  void runOnOperation() override {
    // By input, codes and groups of columns.
    llvm::DenseMap<std::tuple<Value, Attribute, int64_t>, ternary::QuantizeOp> quantized;
    SmallVector<ternary::LinearOp> linears;
    getOperation().walk([&](ternary::LinearOp linear) { linears.push_back(linear); });
    for (ternary::LinearOp linear : linears) {
      if (failed(checkFormat(linear)))
        return signalPassFailure();
      OpBuilder b(linear);
      Location loc = linear.getLoc();
      auto input = cast<RankedTensorType>(linear.getInput().getType());
      auto output = cast<RankedTensorType>(linear.getResult().getType());
      int64_t tokens = input.getDimSize(0);
      Value activations = linear.getInput();
      auto weight = SymbolTable::lookupNearestSymbolFrom<ternary::WeightOp>(linear, linear.getWeightAttr());
      if (weight.getFormat().scalesColumns())
        activations = ternary::ScaleColumnsOp::create(b, loc, activations, linear.getWeightAttr());
      int64_t columns = input.getDimSize(1), group = weight.getFormat().group();
      int64_t planes = linear.getQuantizer().toCodes().planes(), groups = group == 0 ? 1 : columns / group;
      ternary::QuantizeOp &codes = quantized[{activations, linear.getQuantizer(), group}];
      ++this->linears;
      if (codes)
        ++shared;
      else
        codes = ternary::QuantizeOp::create(b, loc, RankedTensorType::get({tokens, planes * columns}, b.getI8Type()),
                                            RankedTensorType::get({tokens}, b.getF32Type()),
                                            planes == 1 && group == 0
                                                ? RankedTensorType::get({tokens}, b.getI32Type())
                                                : RankedTensorType::get({tokens, planes * groups}, b.getI32Type()),
                                            activations, linear.getQuantizer());
      Type sums = group == 0 ? Type(b.getI32Type()) : b.getF32Type();
      auto product = ternary::MatmulOp::create(
          b, loc, RankedTensorType::get({tokens, planes * output.getDimSize(1)}, sums), codes.getCodes(),
          codes.getSum(), linear.getWeightAttr(), b.getI64IntegerAttr(planes), ternary::KernelAttr());
      auto result = ternary::RescaleOp::create(b, loc, output, product, codes.getScale(), linear.getWeightAttr(),
                                               b.getI64IntegerAttr(planes));
      linear.replaceAllUsesWith(result.getResult());
      linear.erase();
    }
  }
};

} // namespace
} // namespace tern
