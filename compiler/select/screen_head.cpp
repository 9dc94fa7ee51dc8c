//===- screen_head.cpp - Low-bit codes in front of the output head --------===//
#include "compiler/select/passes.h"
#include "compiler/target/target.h"
#include "dialects/decoder/Decoder.h"
#include "lib/head/row_codes.h"
#include "lib/object/decoder_exports.h"

#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODERSCREENHEAD
#include "compiler/select/Passes.h.inc"

namespace {

/// Screening reads a quarter of the bf16 bytes, but has four stages more where all threads meet and rows are chosen
/// between them: some 50 us measured, in which a core reads 1 MB.
constexpr int64_t kWorthBytes = 1 << 20;

struct ScreenHead : impl::DecoderScreenHeadBase<ScreenHead> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (mode != "auto" && mode != "screened" && mode != "full") {
      module.emitError() << "there is no mode '" << mode.getValue()
                         << "' of the output head; there are: auto, screened, full";
      return signalPassFailure();
    }
    auto head = dyn_cast_or_null<func::FuncOp>(step::findExport(module, kLogitsExport));
    if (!head || head.isExternal())
      return;
    decoder::LinearOp linear;
    head.walk([&](decoder::LinearOp op) { linear = op; });
    SymbolTable symbols(module);
    auto weight = linear ? symbols.lookup<decoder::TensorOp>(linear.getWeight()) : decoder::TensorOp();
    auto matrix = weight ? cast<RankedTensorType>(weight.getType()) : RankedTensorType();
    bool possible = matrix && matrix.getElementType().isBF16();
    if (!possible && mode == "screened") {
      head.emitError("cannot be screened: codes stand in front of a matrix of bf16, which this output head is not");
      return signalPassFailure();
    }
    if (!possible)
      return;

    Result<TargetInfo> target = getTarget(module);
    if (!target) {
      module.emitError("has no llvm.target attribute, so the vectors that its CPU works with are not known");
      return signalPassFailure();
    }
    int64_t rows = matrix.getDimSize(0), columns = matrix.getDimSize(1);
    int64_t all = rows * columns * 2, coarse = rows * (codeRowBytes(columns, 0) + 12);
    bool screened = mode == "screened" || (mode == "auto" && all - coarse > kWorthBytes);
    explain(linear, screened, rows, columns, all, coarse);
    if (screened) {
      addScreen(symbols, head, weight, rows, columns, *target);
      ++this->screened;
    }
  }

  /// A remark: the readable line, and the same facts by name.
  void explain(decoder::LinearOp linear, bool screened, int64_t rows, int64_t columns, int64_t all, int64_t coarse) {
    auto remark = remark::passed(linear.getLoc(), remark::RemarkOpts::name("head").category(getArgument()));
    if (!remark)
      return;
    using Arg = remark::detail::Remark::Arg;
    Builder b(&getContext());
    auto number = [&](int64_t value) { return Attribute(b.getI64IntegerAttr(value)); };
    auto mega = [](int64_t bytes) { return llvm::formatv("{0:F1} MB", double(bytes) / 1e6).str(); };
    std::string by = mode == "auto" ? "cost model" : "option";
    std::string chosen = screened ? "screened, " + mega(coarse) + " a token and what is left of the rows"
                                  : "every row in bf16, " + mega(all) + " a token";
    remark << ("output head " + linear.getWeight() + ": " + Twine(rows) + " x " + Twine(columns) + ": " + chosen +
               ", by " + by + "; against " + (screened ? "bf16 " + mega(all) : "codes " + mega(coarse)))
                  .str();
    remark << Arg("weight", Attribute(b.getStringAttr(linear.getWeight()))) << Arg("rows", number(rows))
           << Arg("columns", number(columns)) << Arg("head", std::string(screened ? "screened" : "full"))
           << Arg("bytes", number(screened ? coarse : all)) << Arg("by", by)
           << Arg("against", number(screened ? all : coarse));
  }

  /// Declares the codes and the functions that read them and the rows that they leave.
  void addScreen(SymbolTable &symbols, func::FuncOp head, decoder::TensorOp weight, int64_t rows, int64_t columns,
                 const TargetInfo &target) {
    OpBuilder b(&getContext());
    Location loc = head.getLoc();
    Type f32 = b.getF32Type(), i32 = b.getI32Type();
    // Behind all other declarations: the head is what a token reads last.
    func::FuncOp first = *getOperation().getOps<func::FuncOp>().begin();
    b.setInsertionPoint(first);
    auto codes =
        decoder::RowCodesOp::create(b, weight.getLoc(), (weight.getSymName() + ".codes").str(), weight.getSymName());
    symbols.insert(codes);

    auto list = RankedTensorType::get({rows}, i32);
    auto hiddenCodes = RankedTensorType::get({2, codeColumns(columns)}, b.getI8Type());
    auto sums = RankedTensorType::get({rows, 2}, i32);
    b.setInsertionPointAfter(head);
    using step::PortExtent;
    auto function = [&](StringRef name, ArrayRef<Type> arguments, Type result) {
      auto made = func::FuncOp::create(b, loc, ("tern_" + name).str(), b.getFunctionType(arguments, result));
      made->setAttr(step::kExportAttr, b.getStringAttr(name));
      made.addEntryBlock();
      return made;
    };
    auto port = [&](const char *name, PortExtent extent) { return step::PortAttr::get(&getContext(), name, extent); };
    for (int64_t plane = 0; plane < kCodePlanes; ++plane) {
      func::FuncOp screen = function(kScreenExports[plane], {hiddenCodes, list}, sums);
      screen.setArgAttr(0, step::kPortAttr, port(kHiddenCodesPort, PortExtent::Fixed));
      screen.setArgAttr(1, step::kPortAttr, port(kRowsPort, PortExtent::Listed));
      screen.setResultAttr(0, step::kPortAttr, port(kSumsPort, PortExtent::Listed));
      OpBuilder body = OpBuilder::atBlockEnd(&screen.getBody().front());
      Value products =
          decoder::ScreenOp::create(body, loc, sums, screen.getArgument(0), screen.getArgument(1), codes.getSymName(),
                                    plane, vectorUnit(target).dotBytes, cpuFacts(target.cpu).screenFetchLevel);
      func::ReturnOp::create(body, loc, products);
    }
    auto one = RankedTensorType::get({rows, 1}, f32);
    func::FuncOp exact =
        function(kLogitsRowsExport, {RankedTensorType::get({1, columns}, f32), list, weight.getType()}, one);
    exact.setArgAttr(0, step::kPortAttr, port(kHiddenPort, PortExtent::Rows));
    exact.setArgAttr(1, step::kPortAttr, port(kRowsPort, PortExtent::Listed));
    exact.setArgAttr(2, step::kPortAttr, port(kMatrixPort, PortExtent::Weights));
    exact.setResultAttr(0, step::kPortAttr, port(kLogitsPort, PortExtent::Listed));
    OpBuilder body = OpBuilder::atBlockEnd(&exact.getBody().front());
    Value logits = decoder::LinearRowsOp::create(body, loc, one, exact.getArgument(0), exact.getArgument(1),
                                                 exact.getArgument(2), weight.getSymName());
    func::ReturnOp::create(body, loc, logits);
  }
};

} // namespace
} // namespace tern
