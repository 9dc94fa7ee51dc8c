//===- screen_head.cpp - Low-bit codes in front of the output head --------===//
#include "compiler/select/passes.h"
#include "compiler/target/target.h"
#include "dialects/decoder/Decoder.h"
#include "lib/head/row_codes.h"
#include "lib/object/model_abi.h"

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
    auto head = module.lookupSymbol<func::FuncOp>(TERN_SYMBOL_LOGITS);
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

  /// Declares the codes and the two functions that read them and the rows that they leave.
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
    auto screen = func::FuncOp::create(b, loc, TERN_SYMBOL_SCREEN,
                                       b.getFunctionType({hiddenCodes, list, b.getIndexType()}, {sums}));
    auto exact = func::FuncOp::create(
        b, loc, TERN_SYMBOL_LOGITS_ROWS,
        b.getFunctionType({RankedTensorType::get({1, columns}, f32), list}, {RankedTensorType::get({1, rows}, f32)}));
    Block *body = screen.addEntryBlock();
    b.setInsertionPointToEnd(body);
    Value products = decoder::ScreenOp::create(b, loc, sums, body->getArgument(0), body->getArgument(1),
                                               body->getArgument(2), codes.getSymName(), vectorUnit(target).dotBytes,
                                               cpuFacts(target.cpu).screenFetchLevel);
    func::ReturnOp::create(b, loc, products);
    body = exact.addEntryBlock();
    b.setInsertionPointToEnd(body);
    Value logits = decoder::LinearRowsOp::create(b, loc, exact.getResultTypes()[0], body->getArgument(0),
                                                 body->getArgument(1), weight.getSymName());
    func::ReturnOp::create(b, loc, logits);
  }
};

} // namespace
} // namespace tern
