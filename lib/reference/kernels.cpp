//===- kernels.cpp - Each operator as one loop nest ---------------------------===//
#include "lib/reference/operators.h"

#include "lib/object/cache_codes.h"
#include "lib/trit/reference.h"

#include <algorithm>
#include <cmath>

namespace tern {
namespace {

using Row = std::vector<double>;
using Results = Result<std::vector<Matrix>>;

/// What an operator is computed with.
struct Context {
  const OperatorCall &call;
  const ReferenceWeights &weights;

  const Matrix &input(size_t index) const { return *call.inputs[index]; }
  std::string text(const char *attribute) const { return call.op.text(attribute); }
  double number(const char *attribute) const { return call.op.number(attribute); }
  size_t columns(size_t output) const { return size_t(call.op.outputs[output].columns); }
};

template <typename Compute> std::vector<Matrix> byRow(const Matrix &x, Compute compute) {
  Matrix result;
  for (const Row &row : x)
    result.push_back(compute(row));
  return {std::move(result)};
}

Results embed(const Context &c) {
  Matrix rows;
  for (int32_t id : c.call.tokens) {
    Result<Row> row = c.weights.row(c.text("table"), id);
    if (!row)
      return row.error();
    rows.push_back(std::move(*row));
  }
  return std::vector<Matrix>{std::move(rows)};
}

Row normalized(const Row &x, const Row &weight, double eps) {
  double squares = 0;
  for (double value : x)
    squares += value * value;
  double factor = 1 / std::sqrt(squares / double(x.size()) + eps);
  Row y(x.size());
  for (size_t i = 0; i < x.size(); ++i)
    y[i] = x[i] * factor * weight[i];
  return y;
}

Results rmsNorm(const Context &c) {
  Result<Row> weight = c.weights.row(c.text("weight"), 0);
  if (!weight)
    return weight.error();
  return byRow(c.input(0), [&](const Row &x) { return normalized(x, *weight, c.number("eps")); });
}

/// Codes, padded to `columns`, scales and sums.
std::vector<Matrix> quantized(const Matrix &x, size_t columns) {
  Matrix allCodes, scales, sums;
  for (const Row &row : x) {
    std::vector<float> floats(row.begin(), row.end());
    std::vector<int8_t> codes(floats.size());
    int32_t sum;
    scales.push_back({referenceQuantize(floats, codes, sum)});
    sums.push_back({double(sum)});
    Row padded(codes.begin(), codes.end());
    padded.resize(columns);
    allCodes.push_back(std::move(padded));
  }
  return {std::move(allCodes), std::move(scales), std::move(sums)};
}

Results rmsNormQuantize(const Context &c) {
  Results norm = rmsNorm(c);
  if (!norm)
    return norm;
  return quantized((*norm)[0], c.columns(0));
}

Results quantize(const Context &c) { return quantized(c.input(0), c.columns(0)); }

/// Padded rows of the weight have no part in it: their products are 0.
Results matmul(const Context &c) {
  Result<Trits> weight = c.weights.ternary(c.text("weight"));
  if (!weight)
    return weight.error();
  const Matrix &input = c.input(0);
  size_t rows = size_t(weight->rows);
  std::vector<int8_t> codes;
  for (const Row &row : input) {
    if (int64_t(row.size()) < weight->columns)
      return Error{c.call.op.stage + ": has fewer columns than its weight"};
    codes.insert(codes.end(), row.begin(), row.begin() + weight->columns);
  }
  std::vector<int32_t> sums(input.size() * rows);
  referenceMatmul(weight->values, codes, weight->rows, weight->columns, int64_t(input.size()), sums);
  Matrix result;
  for (size_t t = 0; t < input.size(); ++t) {
    Row row(sums.begin() + ptrdiff_t(t * rows), sums.begin() + ptrdiff_t((t + 1) * rows));
    row.resize(c.columns(0));
    result.push_back(std::move(row));
  }
  return std::vector<Matrix>{std::move(result)};
}

Results linear(const Context &c) {
  Matrix result(c.input(0).size(), Row(c.columns(0)));
  for (size_t r = 0; r < c.columns(0); ++r) {
    Result<Row> weight = c.weights.row(c.text("weight"), int64_t(r));
    if (!weight)
      return weight.error();
    for (size_t t = 0; t < result.size(); ++t)
      for (size_t i = 0; i < weight->size(); ++i)
        result[t][r] += c.input(0)[t][i] * (*weight)[i];
  }
  return std::vector<Matrix>{std::move(result)};
}

/// The listed rows of decoder.linear; one result a row.
Results linearRows(const Context &c) {
  Row products;
  for (int32_t r : c.call.rows) {
    Result<Row> weight = c.weights.row(c.text("weight"), r);
    if (!weight)
      return weight.error();
    double product = 0;
    for (size_t i = 0; i < weight->size(); ++i)
      product += c.input(0)[0][i] * (*weight)[i];
    products.push_back(product);
  }
  return std::vector<Matrix>{{std::move(products)}};
}

/// Both bytes of the hidden state's codes times the unsigned codes of the listed rows.
Results screen(const Context &c) {
  Matrix sums;
  for (int32_t r : c.call.rows) {
    Result<Row> codes = c.weights.codes(c.text("codes"), c.call.plane, r);
    if (!codes)
      return codes.error();
    Row both;
    for (const Row &hidden : c.input(0)) {
      double sum = 0;
      for (size_t i = 0; i < std::min(hidden.size(), codes->size()); ++i)
        sum += hidden[i] * (*codes)[i];
      both.push_back(sum);
    }
    sums.push_back(std::move(both));
  }
  return std::vector<Matrix>{std::move(sums)};
}

/// Scales of columns have met the activations before; of the others there is one for the tensor or for each row.
Results rescale(const Context &c) {
  std::string along = c.text("scales");
  bool byRow = along == "rows", divide = c.call.op.attributes.value("divide", false);
  if (!byRow && along != "columns" && along != "tensor")
    return Error{c.call.op.stage + ": has scales along \"" + along + "\", which the reference does not know"};
  Row scales = {1};
  if (along != "columns") {
    Result<Row> stored = c.weights.row(c.text("weight") + ".scale", 0);
    if (!stored)
      return stored.error();
    scales = std::move(*stored);
  }
  if (scales.size() < (byRow ? c.columns(0) : 1))
    return Error{c.call.op.stage + ": has fewer scales than rows"};
  Matrix result;
  for (size_t t = 0; t < c.input(0).size(); ++t) {
    double s = c.input(1)[t][0];
    Row row(c.columns(0));
    for (size_t i = 0; i < row.size(); ++i) {
      double w = scales[byRow ? i : 0];
      row[i] = divide ? c.input(0)[t][i] / (s * w) : c.input(0)[t][i] / s * w;
    }
    result.push_back(std::move(row));
  }
  return std::vector<Matrix>{std::move(result)};
}

Results scaleColumns(const Context &c) {
  Result<Row> scales = c.weights.row(c.text("weight") + ".scale", 0);
  if (!scales)
    return scales.error();
  bool divide = c.call.op.attributes.value("divide", false);
  Matrix result;
  for (const Row &x : c.input(0)) {
    if (x.size() > scales->size())
      return Error{c.call.op.stage + ": has fewer scales than columns"};
    Row y = x;
    for (size_t i = 0; i < y.size(); ++i)
      y[i] = divide ? y[i] / (*scales)[i] : y[i] * (*scales)[i];
    result.push_back(std::move(y));
  }
  return std::vector<Matrix>{std::move(result)};
}

/// Table row p: cosines of all frequencies, then sines.
Results rope(const Context &c) {
  size_t headDim = size_t(c.number("head_dim")), half = headDim / 2;
  Matrix result = c.input(0);
  for (size_t t = 0; t < result.size(); ++t) {
    Result<Row> angles = c.weights.row(c.text("table"), c.call.position + int64_t(t));
    if (!angles)
      return angles.error();
    for (size_t first = 0; first < result[t].size(); first += headDim)
      for (size_t i = 0; i < half; ++i) {
        double cosine = (*angles)[i], sine = (*angles)[half + i];
        double a = c.input(0)[t][first + i], b = c.input(0)[t][first + half + i];
        result[t][first + i] = a * cosine - b * sine;
        result[t][first + half + i] = b * cosine + a * sine;
      }
  }
  return std::vector<Matrix>{std::move(result)};
}

/// The nearest float16, even where two are; at most 65504 in magnitude.
double asFloat16(double x) {
  double unit = std::ldexp(1, std::max(x == 0 ? 0 : std::ilogb(x), -14) - 10);
  return std::clamp(std::nearbyint(x / unit) * unit, -65504.0, 65504.0);
}

/// A head's codes times their scale, its largest magnitude over 127, all in float32.
void asCodes(std::span<double> head) {
  float largest = 0;
  for (double x : head)
    largest = std::max(largest, std::fabs(float(x)));
  float scale = largest * (1.0f / 127), inverse = 1.0f / std::max(scale, 1e-30f);
  for (double &x : head)
    x = double(std::clamp(std::nearbyint(float(x) * inverse), -127.0f, 127.0f) * scale);
}

Results cacheAppend(const Context &c) {
  const OperatorTensor &cache = c.call.op.outputs[0];
  if (cache.heads == 0)
    return Error{c.call.op.stage + ": has no heads"};
  size_t headDim = size_t(cache.columns / cache.heads);
  return byRow(c.input(0), [&](const Row &x) {
    Row kept = x;
    if (cache.dtype == "f16")
      std::ranges::transform(kept, kept.begin(), asFloat16);
    else if (cache.dtype == "i8")
      for (size_t first = 0; first + headDim <= kept.size(); first += headDim)
        asCodes(std::span(kept).subspan(first, headDim));
    return kept;
  });
}

double largestMagnitude(std::span<const double> numbers) {
  double largest = 0;
  for (double x : numbers)
    largest = std::max(largest, std::fabs(x));
  return largest;
}

/// Rounds to multiples of the largest magnitude over `range`.
void asMultiples(std::span<double> numbers, double range) {
  double step = std::max(largestMagnitude(numbers) / range, 1e-30);
  for (double &x : numbers)
    x = std::nearbyint(x / step) * step;
}

/// What one query head sees of positions [from, to): the softmax over them times their values, added to `out`.
/// Where the cache holds codes, the query and the weights times the scales of the values have 16 bits
/// (decoder.attention).
struct Attended {
  double largest, total;
};
Attended attend(const Context &c, const Row &floats, size_t head, size_t from, size_t to, Row &out) {
  const Matrix &keys = c.input(1), &values = c.input(2);
  size_t headDim = size_t(c.number("head_dim")), at = head * headDim;
  double range = c.number("query_range");
  Row query = floats;
  if (range > 0)
    asMultiples(std::span(query).subspan(at, headDim), range);
  size_t group = query.size() / keys[0].size(), shared = head / group * headDim;
  Row weights(to - from);
  for (size_t p = from; p < to; ++p) {
    double &score = weights[p - from];
    for (size_t i = 0; i < headDim; ++i)
      score += query[at + i] * keys[p][shared + i];
    score *= c.number("scale");
  }
  double largest = *std::ranges::max_element(weights), total = 0;
  for (double &weight : weights)
    total += weight = std::exp(weight - largest);
  if (range > 0) {
    Row scales; // a head's largest code is 127
    for (size_t p = from; p < to; ++p)
      scales.push_back(largestMagnitude(std::span(values[p]).subspan(shared, headDim)) / 127);
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] *= scales[i];
    asMultiples(weights, kWeightRange);
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = scales[i] > 0 ? weights[i] / scales[i] : 0;
  }
  for (size_t p = from; p < to; ++p)
    for (size_t i = 0; i < headDim; ++i)
      out[at + i] += weights[p - from] / total * values[p][shared + i];
  return {largest, total};
}

/// Ok when the heads and the positions of the inputs fit together.
Status checkAttention(const Context &c) {
  size_t headDim = size_t(c.number("head_dim")), positions = size_t(c.call.position) + c.input(0).size();
  if (headDim > 0 && c.input(1).size() >= positions && c.input(2).size() >= positions && c.columns(0) % headDim == 0 &&
      c.input(1)[0].size() % headDim == 0 && c.input(0)[0].size() % c.input(1)[0].size() == 0)
    return {};
  return Error{c.call.op.stage + ": its query, keys and values do not fit together"};
}

Results attention(const Context &c) {
  if (Status status = checkAttention(c); !status)
    return status.error();
  // Codes of weights are made page by page.
  size_t headDim = size_t(c.number("head_dim")), page = size_t(c.number("page"));
  bool paged = c.number("query_range") > 0 && page > 0;
  Matrix result;
  for (size_t t = 0; t < c.input(0).size(); ++t) {
    Row out(c.columns(0));
    size_t seen = size_t(c.call.position) + t + 1, step = paged ? page : seen;
    for (size_t head = 0; head < out.size() / headDim; ++head) {
      double top = -HUGE_VAL, whole = 0;
      for (size_t first = 0; first < seen; first += step) {
        Row part(out.size());
        auto [largest, total] = attend(c, c.input(0)[t], head, first, std::min(seen, first + step), part);
        double next = std::max(top, largest), before = whole * std::exp(top - next),
               share = total * std::exp(largest - next);
        top = next;
        whole = before + share;
        for (size_t i = head * headDim; i < (head + 1) * headDim; ++i)
          out[i] = (before * out[i] + share * part[i]) / whole;
      }
    }
    result.push_back(std::move(out));
  }
  return std::vector<Matrix>{std::move(result)};
}

/// Of one token: a row a page.
Results attentionPages(const Context &c) {
  if (Status status = checkAttention(c); !status)
    return status.error();
  size_t page = size_t(c.number("page")), seen = size_t(c.call.position) + 1;
  if (page == 0)
    return Error{c.call.op.stage + ": has pages of no positions"};
  Matrix parts, largest, total;
  for (size_t first = 0; first < seen; first += page) {
    Row out(c.columns(0)), tops, sums;
    for (size_t head = 0; head < out.size() / size_t(c.number("head_dim")); ++head) {
      Attended attended = attend(c, c.input(0)[0], head, first, std::min(seen, first + page), out);
      tops.push_back(attended.largest);
      sums.push_back(attended.total);
    }
    parts.push_back(std::move(out));
    largest.push_back(std::move(tops));
    total.push_back(std::move(sums));
  }
  return std::vector<Matrix>{std::move(parts), std::move(largest), std::move(total)};
}

/// Pages weighed by total * exp(largest - the largest of all).
Results attentionCombine(const Context &c) {
  const Matrix &parts = c.input(0), &largest = c.input(1), &total = c.input(2);
  size_t heads = largest[0].size(), headDim = parts[0].size() / heads;
  Row out(c.columns(0));
  for (size_t head = 0; head < heads; ++head) {
    double top = largest[0][head], all = 0;
    for (const Row &page : largest)
      top = std::max(top, page[head]);
    for (size_t n = 0; n < parts.size(); ++n)
      all += total[n][head] * std::exp(largest[n][head] - top);
    for (size_t n = 0; n < parts.size(); ++n)
      for (size_t i = head * headDim; i < (head + 1) * headDim; ++i)
        out[i] += total[n][head] * std::exp(largest[n][head] - top) / all * parts[n][i];
  }
  return std::vector<Matrix>{{std::move(out)}};
}

template <typename Compute> Results elementwise(const Matrix &a, const Matrix &b, Compute compute) {
  Matrix result = a;
  for (size_t t = 0; t < a.size(); ++t)
    for (size_t i = 0; i < a[t].size(); ++i)
      result[t][i] = compute(a[t][i], b[t][i]);
  return std::vector<Matrix>{std::move(result)};
}

Results gate(const Context &c) {
  bool silu = c.text("activation") == "silu";
  return elementwise(c.input(0), c.input(1), [&](double gate, double up) {
    return (silu ? gate / (1 + std::exp(-gate)) : std::pow(std::max(gate, 0.0), 2)) * up;
  });
}

Results add(const Context &c) {
  return elementwise(c.input(0), c.input(1), [](double a, double b) { return a + b; });
}

Results addBias(const Context &c) {
  Result<Row> bias = c.weights.row(c.text("bias"), 0);
  if (!bias)
    return bias.error();
  return byRow(c.input(0), [&](const Row &x) {
    Row y = x;
    for (size_t i = 0; i < y.size(); ++i)
      y[i] += (*bias)[i];
    return y;
  });
}

struct Entry {
  std::string_view name;
  size_t inputs;
  Results (*compute)(const Context &);
};
constexpr Entry kOperators[] = {
    {"decoder.embed", 0, embed},
    {"decoder.rms_norm", 1, rmsNorm},
    {"decoder.rms_norm_quantize", 1, rmsNormQuantize},
    {"ternary.quantize", 1, quantize},
    {"ternary.matmul", 2, matmul},
    {"ternary.rescale", 2, rescale},
    {"ternary.scale_columns", 1, scaleColumns},
    {"decoder.rope", 1, rope},
    {"decoder.cache_append", 1, cacheAppend},
    {"decoder.attention", 3, attention},
    {"decoder.attention_pages", 3, attentionPages},
    {"decoder.attention_combine", 3, attentionCombine},
    {"decoder.gate", 2, gate},
    {"decoder.linear", 1, linear},
    {"decoder.linear_rows", 1, linearRows},
    {"decoder.screen", 1, screen},
    {"decoder.add_bias", 1, addBias},
    {"arith.addf", 2, add},
};

const Entry *entryOf(std::string_view name) {
  auto at = std::ranges::find(kOperators, name, &Entry::name);
  return at == std::end(kOperators) ? nullptr : at;
}

} // namespace

bool hasReference(const Operator &op) { return entryOf(op.op) != nullptr; }

Result<std::vector<Matrix>> computeOperator(const OperatorCall &call, const ReferenceWeights &weights) {
  const Entry *entry = entryOf(call.op.op);
  if (!entry)
    return Error{call.op.stage + ": the reference does not know the operator " + call.op.op};
  if (call.inputs.size() != entry->inputs)
    return Error{call.op.stage + ": has " + std::to_string(call.inputs.size()) + " inputs where " + call.op.op +
                 " takes " + std::to_string(entry->inputs)};
  if (call.op.outputs.empty() || std::ranges::any_of(call.inputs, [](const Matrix *input) { return input->empty(); }))
    return Error{call.op.stage + ": has no results, or an empty input"};
  return entry->compute({call, weights});
}

} // namespace tern
