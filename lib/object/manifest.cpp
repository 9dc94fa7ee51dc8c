//===- manifest.cpp - What a model object says about itself --------------===//
#include "lib/object/manifest.h"

#include <algorithm>

namespace tern {

static constexpr int64_t kMaxInt32 = INT32_MAX;

Json Manifest::toJson() const {
  Json root = {{"name", name},
               {"architecture", architecture},
               {"compiler", {{"version", compilerVersion}, {"llvm", llvmVersion}}},
               {"target", {{"triple", targetTriple}, {"cpu", targetCpu}, {"features", targetFeatures}}},
               {"vocab_size", vocabSize},
               {"max_context", maxContext},
               {"prefill_block", prefillBlock},
               {"bos", nullptr},
               {"eos", eos},
               {"tensors", Json::array()},
               {"kernels", Json::array()}};
  if (bos)
    root["bos"] = *bos;
  for (const ManifestTensor &tensor : tensors) {
    Json entry = {{"name", tensor.name},   {"source", tensor.source}, {"kind", tensor.kind},  {"dtype", tensor.dtype},
                  {"shape", tensor.shape}, {"offset", tensor.offset}, {"bytes", tensor.bytes}};
    if (!tensor.layout.empty())
      entry["layout"] = tensor.layout;
    if (!tensor.factor.empty())
      entry["factor"] = tensor.factor;
    if (tensor.kind == "ternary") {
      entry["storage"] = tensor.storage;
      entry["format"] = tensor.format;
    }
    root["tensors"].push_back(std::move(entry));
  }
  for (const ManifestKernel &kernel : kernels)
    root["kernels"].push_back({{"name", kernel.name},
                               {"variant", kernel.variant},
                               {"layout", kernel.layout},
                               {"rows", kernel.rows},
                               {"columns", kernel.columns},
                               {"tokens", kernel.tokens},
                               {"bound", kernel.bound},
                               {"codes_stride", kernel.codesStride},
                               {"byte_tables", kernel.byteTables},
                               {"group", kernel.group},
                               {"source_line", kernel.sourceLine},
                               {"source", kernel.source}});
  root["exports"] = Json::array();
  for (const ManifestExport &each : exports) {
    Json ports = Json::array();
    for (const ManifestPort &port : each.ports)
      ports.push_back({{"name", port.name},
                       {"type", port.type},
                       {"extent", port.extent},
                       {"shape", port.shape},
                       {"output", port.output}});
    root["exports"].push_back({{"name", each.name},
                               {"most_rows", each.mostRows},
                               {"ports", std::move(ports)},
                               {"stages", each.stages},
                               {"operators", each.operators}});
  }
  root["parts"] = stageParts;
  return root;
}

/// The array of integers `key`, each in [0, high].
template <typename Int> static std::vector<Int> integers(JsonFields &fields, const char *key, int64_t high) {
  std::vector<Int> values;
  const Json *array = fields.find(key);
  if (!array || !array->is_array()) {
    fields.fail("the field \"" + std::string(key) + "\" must be an array of integers");
    return values;
  }
  for (const Json &item : *array) {
    if (!item.is_number_unsigned() || item.get<uint64_t>() > uint64_t(high)) {
      fields.fail("the field \"" + std::string(key) + "\" must hold integers from 0 to " + std::to_string(high));
      return values;
    }
    values.push_back(Int(item.get<uint64_t>()));
  }
  return values;
}

/// The array of strings `key`.
static std::vector<std::string> texts(JsonFields &fields, const char *key) {
  std::vector<std::string> values;
  const Json *array = fields.find(key);
  if (!array || !array->is_array() || !std::ranges::all_of(*array, [](const Json &item) { return item.is_string(); })) {
    fields.fail("the field \"" + std::string(key) + "\" must be an array of strings");
    return values;
  }
  for (const Json &item : *array)
    values.push_back(item.get<std::string>());
  return values;
}

/// Reads each element of the array `key` with `read` into `out`.
template <typename T>
static Status readArray(JsonFields &fields, const char *key, const std::string &name,
                        Result<T> (*read)(const Json &, const std::string &), std::vector<T> &out) {
  const Json *array = fields.find(key);
  if (!array || !array->is_array()) {
    fields.fail("the field \"" + std::string(key) + "\" must be an array");
    return fields.status();
  }
  for (const Json &item : *array) {
    Result<T> element = read(item, name + ": " + key + "[" + std::to_string(out.size()) + "]");
    if (!element)
      return element.error();
    out.push_back(std::move(*element));
  }
  return {};
}

static Result<ManifestTensor> readTensor(const Json &json, const std::string &where) {
  JsonFields fields(json, where);
  ManifestTensor tensor;
  tensor.name = fields.string("name");
  tensor.source = fields.string("source", "");
  tensor.factor = fields.string("factor", "");
  tensor.kind = fields.string("kind");
  tensor.dtype = fields.string("dtype");
  tensor.shape = integers<int64_t>(fields, "shape", INT64_MAX);
  tensor.layout = fields.string("layout", "");
  if (tensor.kind == "ternary") {
    tensor.storage = fields.string("storage");
    tensor.format = fields.string("format");
  }
  tensor.offset = uint64_t(fields.integer("offset", 0, INT64_MAX));
  tensor.bytes = uint64_t(fields.integer("bytes", 0, INT64_MAX));
  if (Status status = fields.status(); !status)
    return status.error();
  return tensor;
}

static Result<ManifestKernel> readKernel(const Json &json, const std::string &where) {
  JsonFields fields(json, where);
  ManifestKernel kernel;
  kernel.name = fields.string("name");
  kernel.variant = fields.string("variant", "");
  kernel.layout = fields.string("layout", "");
  kernel.rows = fields.integer("rows", 0, INT64_MAX, 0);
  kernel.columns = fields.integer("columns", 0, INT64_MAX, 0);
  kernel.tokens = fields.integer("tokens", 1, kMaxInt32, 1);
  kernel.bound = fields.integer("bound", 1, kMaxInt32, 1);
  kernel.codesStride = fields.integer("codes_stride", 0, INT64_MAX, 0);
  kernel.byteTables = fields.boolean("byte_tables", false);
  kernel.group = fields.integer("group", 0, INT64_MAX, 0);
  kernel.sourceLine = fields.integer("source_line", 0, kMaxInt32, 0);
  kernel.source = fields.string("source", "");
  if (Status status = fields.status(); !status)
    return status.error();
  return kernel;
}

static Result<ManifestPort> readPort(const Json &json, const std::string &where) {
  JsonFields fields(json, where);
  ManifestPort port;
  port.name = fields.string("name");
  port.type = fields.string("type");
  port.extent = fields.string("extent");
  port.shape = integers<int64_t>(fields, "shape", INT32_MAX);
  port.output = fields.boolean("output", false);
  if (port.shape.empty() || port.shape.size() > 3)
    fields.fail("the field \"shape\" must have 1 to 3 numbers");
  if (Status status = fields.status(); !status)
    return status.error();
  return port;
}

static Result<ManifestExport> readExport(const Json &json, const std::string &where) {
  JsonFields fields(json, where);
  ManifestExport exported;
  exported.name = fields.string("name");
  exported.mostRows = uint32_t(fields.integer("most_rows", 1, kMaxInt32));
  exported.stages = texts(fields, "stages");
  exported.operators = fields.string("operators", "");
  if (Status status = readArray(fields, "ports", where, readPort, exported.ports); !status)
    return status.error();
  if (Status status = fields.status(); !status)
    return status.error();
  return exported;
}

const ManifestExport *Manifest::find(std::string_view exportName) const {
  auto at = std::ranges::find(exports, exportName, &ManifestExport::name);
  return at == exports.end() ? nullptr : &*at;
}

Result<Manifest> Manifest::fromJson(std::string_view text, const std::string &name) {
  const std::string where = name + ": manifest";
  Result<Json> root = parseJson(text, where);
  if (!root)
    return root.error();

  static const Json missing;
  JsonFields fields(*root, where);
  const Json *compilerJson = fields.find("compiler"), *targetJson = fields.find("target");
  JsonFields compiler(compilerJson ? *compilerJson : missing, where + ": compiler");
  JsonFields target(targetJson ? *targetJson : missing, where + ": target");

  Manifest manifest;
  manifest.name = fields.string("name");
  manifest.architecture = fields.string("architecture");
  manifest.compilerVersion = compiler.string("version");
  manifest.llvmVersion = compiler.string("llvm");
  manifest.targetTriple = target.string("triple");
  manifest.targetCpu = target.string("cpu");
  manifest.targetFeatures = target.string("features");
  manifest.vocabSize = uint32_t(fields.integer("vocab_size", 0, kMaxInt32));
  manifest.maxContext = uint32_t(fields.integer("max_context", 0, kMaxInt32));
  manifest.prefillBlock = uint32_t(fields.integer("prefill_block", 1, kMaxInt32));
  if (fields.has("bos"))
    manifest.bos = int32_t(fields.integer("bos", 0, kMaxInt32));
  manifest.eos = integers<int32_t>(fields, "eos", kMaxInt32);
  for (const JsonFields *part : {&fields, &compiler, &target})
    if (Status status = part->status(); !status)
      return status.error();
  if (Status status = readArray(fields, "tensors", where, readTensor, manifest.tensors); !status)
    return status.error();
  if (Status status = readArray(fields, "kernels", where, readKernel, manifest.kernels); !status)
    return status.error();
  if (Status status = readArray(fields, "exports", where, readExport, manifest.exports); !status)
    return status.error();
  if (const Json *parts = fields.find("parts"); parts && parts->is_object()) {
    JsonFields words(*parts, where + ": parts");
    for (const auto &[kind, part] : parts->items())
      manifest.stageParts[kind] = words.string(kind.c_str());
    if (Status status = words.status(); !status)
      return status.error();
  }
  return manifest;
}

} // namespace tern
