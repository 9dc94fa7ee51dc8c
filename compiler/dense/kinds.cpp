//===- kinds.cpp - The table of kinds, and what it asks of operands -------===//
#include "compiler/dense/kinds.h"

#include <cctype>
#include <limits>
#include <map>

namespace tern {

/// Attention to a page of this element type.
static DenseKind attentionKind(const char *name, DenseElement element) {
  constexpr auto f32 = DenseElement::F32;
  return {name,
          {{"q", f32, {"T", "width"}},
           {"k", element, {"kp", "hd", "kw"}},
           {"v", element, {"vp", "page", "vw"}},
           {"last", DenseElement::Index, {}},
           {"scores", f32, {"T", "group", "page"}},
           {"weights", f32, {"T", "group", "page"}},
           {"y", f32, {"T", "width"}},
           {"largest", f32, {"T", "group"}},
           {"total", f32, {"T", "group"}}},
          buildAttention};
}

/// Codes lie in pairs, have a scale for each position, and meet 16-bit codes of the query and of the weights.
static DenseKind attentionCodesKind() {
  constexpr auto f32 = DenseElement::F32;
  DenseKind kind = attentionKind("attention_i8", DenseElement::I8);
  kind.operands[1].dimensions = {"kp", "column_pairs", "kw"};
  kind.operands[2].dimensions = {"vp", "position_pairs", "vw"};
  kind.operands.insert(kind.operands.end(), {{"key_scale", f32, {"page"}},
                                             {"value_scale", f32, {"page"}},
                                             {"query_codes", DenseElement::I16, {"T", "width"}},
                                             {"query_step", f32, {"T", "group"}},
                                             {"weight_codes", DenseElement::I16, {"T", "group", "page"}},
                                             {"weight_step", f32, {"T", "group"}}});
  kind.build = buildAttentionCodes;
  return kind;
}

/// Rows into a strip of keys or the strips of values; int8 codes come with a scale for each row.
static DenseKind storeKind(const char *name, DenseElement element, std::vector<const char *> dimensions) {
  constexpr auto f32 = DenseElement::F32;
  DenseKind kind{name, {{"x", f32, {"R", "hd"}}, {"stored", element, std::move(dimensions)}}, buildCacheStore};
  if (element == DenseElement::I8)
    kind.operands.push_back({"scale", f32, {"R"}});
  return kind;
}

static const std::vector<DenseKind> &allKinds() {
  constexpr auto f32 = DenseElement::F32;
  static const std::vector<DenseKind> kinds = {
      {"rms_norm", {{"x", f32, {"T", "d"}}, {"w", f32, {"d"}}, {"y", f32, {"T", "d"}}}, buildRmsNorm},
      {"rms_norm_quantize",
       {{"x", f32, {"T", "d"}},
        {"w", f32, {"d"}},
        {"codes", DenseElement::I8, {"T", "padded"}},
        {"scale", f32, {"T"}},
        {"sum", DenseElement::I32, {"T"}}},
       buildRmsNormQuantize},
      {"quantize",
       {{"x", f32, {"T", "d"}},
        {"codes", DenseElement::I8, {"T", "padded"}},
        {"scale", f32, {"T"}},
        {"sum", DenseElement::I32, {"T"}}},
       buildQuantize},
      {"rope",
       {{"x", f32, {"T", "F"}},
        {"table", f32, {"P", "cos_sin", "half"}},
        {"y", f32, {"T", "F"}},
        {"position", DenseElement::Index, {}}},
       buildRope},
      attentionKind("attention", f32),
      attentionKind("attention_f16", DenseElement::F16),
      attentionCodesKind(),
      {"attention_combine",
       {{"parts", f32, {"N", "T", "width"}},
        {"largest", f32, {"N", "T", "group"}},
        {"total", f32, {"N", "T", "group"}},
        {"y", f32, {"T", "width"}}},
       buildAttentionCombine},
      storeKind("cache_store_keys", f32, {"hd", "R"}),
      storeKind("cache_store_keys_f16", DenseElement::F16, {"hd", "R"}),
      storeKind("cache_store_keys_i8", DenseElement::I8, {"pairs", "R", "two"}),
      storeKind("cache_store_values", f32, {"vp", "R", "vw"}),
      storeKind("cache_store_values_f16", DenseElement::F16, {"vp", "R", "vw"}),
      storeKind("cache_store_values_i8", DenseElement::I8, {"vp", "R", "vw", "one"}),
      {"gate", {{"gate", f32, {"T", "F"}}, {"up", f32, {"T", "F"}}, {"y", f32, {"T", "F"}}}, buildGate},
      {"linear", {{"x", f32, {"T", "d"}}, {"w", DenseElement::BF16, {"R", "d"}}, {"y", f32, {"T", "R"}}}, buildLinear},
      {"linear_f32", {{"x", f32, {"T", "d"}}, {"w", f32, {"R", "d"}}, {"y", f32, {"T", "R"}}}, buildLinear},
  };
  return kinds;
}

Error denseError(const DenseKernel &kernel, const std::string &what) {
  return Error{"dense kernel @" + kernel.symbol + " (" + kernel.kind + "): " + what};
}

Result<const DenseKind *> findDenseKind(const DenseKernel &kernel) {
  std::string names;
  for (const DenseKind &kind : allKinds()) {
    if (kernel.kind == kind.name)
      return &kind;
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  }
  return denseError(kernel, "unknown kind; the kinds are " + names);
}

static const char *elementName(DenseElement element) {
  switch (element) {
  case DenseElement::F32:
    return "f32";
  case DenseElement::F16:
    return "f16";
  case DenseElement::BF16:
    return "bf16";
  case DenseElement::I32:
    return "i32";
  case DenseElement::I16:
    return "i16";
  case DenseElement::I8:
    return "i8";
  case DenseElement::Index:
    return "index";
  }
  return "";
}

Status checkOperands(const DenseKind &kind, const DenseKernel &kernel) {
  if (kernel.operands.size() != kind.operands.size())
    return denseError(kernel, "has " + std::to_string(kernel.operands.size()) + " operands, the kind has " +
                                  std::to_string(kind.operands.size()));
  std::map<std::string, int64_t> sizes;
  for (size_t i = 0; i < kind.operands.size(); ++i) {
    const OperandRule &rule = kind.operands[i];
    const DenseOperand &operand = kernel.operands[i];
    std::string name = "operand " + std::to_string(i) + " (" + rule.name + ") ";
    if (operand.element != rule.element)
      return denseError(kernel,
                        name + "is of " + elementName(operand.element) + ", expected " + elementName(rule.element));
    if (operand.shape.size() != rule.dimensions.size())
      return denseError(kernel, name + "has rank " + std::to_string(operand.shape.size()) + ", expected " +
                                    std::to_string(rule.dimensions.size()));
    for (size_t d = 0; d < rule.dimensions.size(); ++d) {
      int64_t size = operand.shape[d];
      std::string dimension = name + "dimension " + rule.dimensions[d] + " ";
      if (size == DenseOperand::dynamic) {
        if (std::islower(static_cast<unsigned char>(rule.dimensions[d][0])))
          return denseError(kernel, dimension + "must be static");
        continue;
      }
      if (size < 1 || size > std::numeric_limits<int32_t>::max())
        return denseError(kernel, dimension + "is " + std::to_string(size) + ", outside 1 .. 2^31 - 1");
      auto [known, isNew] = sizes.insert({rule.dimensions[d], size});
      if (!isNew && known->second != size)
        return denseError(kernel, dimension + "is " + std::to_string(size) + ", but " + std::to_string(known->second) +
                                      " in an operand before it");
    }
  }
  return {};
}

} // namespace tern
