//===- remarks.cpp - What the compiler chose, as text or JSON lines ----------===//
#include "compiler/driver/remarks.h"

#include "lib/base/json.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tern {
namespace {

Json toJson(Attribute attribute) {
  return llvm::TypeSwitch<Attribute, Json>(attribute)
      .Case<StringAttr>([](StringAttr text) { return text.str(); })
      .Case<BoolAttr>([](BoolAttr flag) { return flag.getValue(); })
      .Case<IntegerAttr>([](IntegerAttr number) { return number.getInt(); })
      .Case<FloatAttr>([](FloatAttr number) { return number.getValueAsDouble(); })
      .Case<ArrayAttr>([](ArrayAttr items) {
        Json list = Json::array();
        for (Attribute item : items)
          list.push_back(toJson(item));
        return list;
      })
      .Case<DictionaryAttr>([](DictionaryAttr fields) {
        Json object = Json::object();
        for (NamedAttribute field : fields)
          object[field.getName().str()] = toJson(field.getValue());
        return object;
      })
      .Default([](Attribute other) {
        std::string text;
        llvm::raw_string_ostream stream(text);
        other.print(stream);
        return Json(text);
      });
}

class LineStreamer : public remark::detail::MLIRRemarkStreamerBase {
public:
  LineStreamer(RemarkForm form, std::function<void(const std::string &)> report)
      : form(form), report(std::move(report)) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    std::string sentence;
    Json line = {{"pass", remark.getCategoryName().str()}, {"choice", remark.getRemarkName().str()}};
    for (const auto &arg : remark.getArgs()) {
      if (arg.key == "Remark")
        sentence += arg.val;
      else
        line[arg.key] = arg.hasAttribute() ? toJson(arg.getAttribute()) : Json(arg.val);
    }
    line["remark"] = sentence;
    report(form == RemarkForm::Json ? jsonText(line) : "remark: " + sentence);
  }

private:
  RemarkForm form;
  std::function<void(const std::string &)> report;
};

} // namespace

std::optional<RemarkForm> parseRemarkForm(std::string_view name) {
  if (name == "text")
    return RemarkForm::Text;
  if (name == "json")
    return RemarkForm::Json;
  return std::nullopt;
}

void reportRemarks(MLIRContext &context, RemarkForm form, std::function<void(const std::string &)> report) {
  remark::RemarkCategories all;
  all.all = all.passed = all.missed = all.analysis = all.failed = ".*";
  // It fails only for streamers that open files.
  (void)remark::enableOptimizationRemarks(context, std::make_unique<LineStreamer>(form, std::move(report)),
                                          std::make_unique<remark::RemarkEmittingPolicyAll>(), all);
}

} // namespace tern
