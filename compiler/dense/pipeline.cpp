//===- pipeline.cpp - A Halide pipeline over the operands of a kernel -----===//
#include "compiler/dense/pipeline.h"

#include "compiler/dense/dense_kind.h"

namespace tern {

static Halide::Type halideType(DenseElement element) {
  switch (element) {
  case DenseElement::F32:
    return Halide::Float(32);
  case DenseElement::F16:
  case DenseElement::BF16:
    return Halide::UInt(16); // bits, which elementary.h widens
  case DenseElement::I32:
  case DenseElement::Index:
    return Halide::Int(32);
  case DenseElement::I16:
    return Halide::Int(16);
  case DenseElement::I8:
    return Halide::Int(8);
  }
  return Halide::Type();
}

/// The extents that Halide sees, innermost first.
static std::vector<int64_t> seenExtents(const DenseOperand &operand, const OperandView &view) {
  std::vector<int64_t> extents(operand.shape.rbegin(), operand.shape.rend());
  if (view.row)
    extents.pop_back();
  int64_t inner = 1;
  for (int factor : view.split)
    inner *= factor;
  if (!view.split.empty()) {
    if (extents[0] != DenseOperand::dynamic)
      extents[0] /= inner;
    extents.insert(extents.begin(), view.split.begin(), view.split.end());
  }
  return extents;
}

Halide::ImageParam PipelineBuilder::input(unsigned operand, const char *name, OperandView view) {
  const DenseOperand &type = kernel.operands[operand];
  std::vector<int64_t> extents = seenExtents(type, view);
  Halide::ImageParam param(halideType(type.element), int(extents.size()), name);
  for (size_t i = 0; i < extents.size(); ++i) {
    if (extents[i] == DenseOperand::dynamic)
      param.dim(int(i)).set_min(0);
    else
      param.dim(int(i)).set_bounds(0, int(extents[i]));
  }
  int stride = 1; // the parts of a split lie one after the other
  for (size_t i = 0; i < view.split.size(); ++i)
    param.dim(int(i) + 1).set_stride(stride *= view.split[i]);
  pipeline.inputs.push_back(param);
  pipeline.arguments.insert(pipeline.arguments.begin() + long(pipeline.inputs.size()) - 1, {operand, std::move(view)});
  return param;
}

Halide::Expr PipelineBuilder::index(unsigned operand, const char *name) {
  Halide::Param<int32_t> param(name);
  pipeline.inputs.push_back(param);
  pipeline.arguments.insert(pipeline.arguments.begin() + long(pipeline.inputs.size()) - 1, {operand, {}});
  return param;
}

void PipelineBuilder::output(unsigned operand, Halide::Func func, std::vector<Halide::Expr> extents, OperandView view) {
  Halide::OutputImageParam buffer = func.output_buffer();
  for (size_t i = 0; i < extents.size(); ++i) {
    Halide::Expr extent = extents[i].defined() ? extents[i] : buffer.dim(int(i)).extent();
    buffer.dim(int(i)).set_min(0);
    if (extents[i].defined())
      buffer.dim(int(i)).set_extent(extent);
    func.bound(func.args()[i], 0, extent);
  }
  pipeline.outputs.push_back(func);
  pipeline.arguments.push_back({operand, std::move(view)});
}

int PipelineBuilder::lanesFor(int64_t n) const {
  int lanes = vectors.lanes;
  while (lanes > n)
    lanes /= 2;
  return lanes;
}

template <typename T> T PipelineBuilder::parameter(const char *name) {
  read.insert(name);
  auto at = kernel.parameters.find(name);
  if (at != kernel.parameters.end() && std::holds_alternative<T>(at->second))
    return std::get<T>(at->second);
  if (missing.empty())
    missing = name;
  return {};
}
template float PipelineBuilder::parameter<float>(const char *);
template int64_t PipelineBuilder::parameter<int64_t>(const char *);
template std::string PipelineBuilder::parameter<std::string>(const char *);

Status PipelineBuilder::parametersRead() const {
  if (!missing.empty())
    return denseError(kernel, "lacks the parameter " + missing + ", or it has another type");
  for (const auto &[name, value] : kernel.parameters)
    if (!read.contains(name))
      return denseError(kernel, "does not know the parameter " + name);
  return {};
}

} // namespace tern
