//===- inspect.cpp - What a model object says about itself --------------------===//
#include "runtime/measure/inspect/inspect.h"

#include "lib/base/text.h"
#include "lib/object/byte_model.h"
#include "runtime/measure/table/table.h"

#include <map>

namespace tern {
namespace {

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

/// The kernels of the object that were made for a tensor's shape and layout.
std::vector<std::string> kernelsOf(const Manifest &manifest, const ManifestTensor &tensor) {
  std::vector<std::string> names;
  if (tensor.kind == "ternary" && tensor.shape.size() == 2)
    for (const ManifestKernel &kernel : manifest.kernels)
      if (kernel.rows == tensor.shape[0] && kernel.columns == tensor.shape[1] && kernel.layout == tensor.layout)
        names.push_back(kernel.name);
  return names;
}

std::string_view partName(ModelPart part) {
  switch (part) {
  case ModelPart::Body:
    return "body";
  case ModelPart::Head:
    return "head";
  case ModelPart::Embedding:
    return "embedding";
  case ModelPart::Rope:
    return "rope";
  }
  return "";
}

std::string share(double part, double whole) { return whole > 0 ? fixed(part / whole * 100, 1) + " %" : "-"; }

/// "tokens i32 [rows]": the ports of one direction.
std::string portsText(const ManifestExport &exported, bool outputs) {
  std::vector<std::string> texts;
  for (const ManifestPort &port : exported.ports)
    if (port.output == outputs) {
      std::string shape = port.extent == "fixed" ? std::to_string(port.shape[0]) : port.extent;
      for (size_t i = 1; i < port.shape.size(); ++i)
        shape += " x " + std::to_string(port.shape[i]);
      texts.push_back(port.name + " " + port.type + " [" + shape + "]");
    }
  return join(texts, ", ");
}

} // namespace

std::string inspectText(const ModelContents &model, const InspectOptions &options) {
  const Manifest &manifest = model.manifest;
  const tern_model_header &header = model.header;
  std::string text = manifest.name + " (" + manifest.architecture + "), compiled by ternc " + manifest.compilerVersion +
                     " with LLVM " + manifest.llvmVersion + "\n";
  text += "target    " + manifest.targetCpu + ", " + manifest.targetTriple + "\n";
  text += "features  " + manifest.targetFeatures + "\n";
  text += "context   " + std::to_string(header.max_context) + " positions, vocabulary " +
          std::to_string(header.vocab_size) + ", prefill in blocks of " + std::to_string(header.prefill_block) + "\n";
  text += "memory    weights " + formatBytes(header.weights_bytes) + " mapped, arena " +
          formatBytes(header.shared_bytes) + ", each thread " + formatBytes(header.scratch_bytes) + ", cache " +
          formatBytes(header.cache_bytes_per_token) + " a position\n\n";

  Table exports({"export", "rows", "takes", "gives"});
  for (const ManifestExport &each : manifest.exports)
    exports.add({each.name, std::to_string(each.mostRows), portsText(each, false), portsText(each, true)});
  text += exports.markdown() + "\n";

  TokenCost cost = tokenCost(header, manifest, double(options.context));
  Table bytes({"bytes per token at context " + std::to_string(options.context), "MB", "share"});
  for (auto [name, value] : {std::pair("body", cost.body), std::pair("head", cost.head), std::pair("cache", cost.cache),
                             std::pair("other", cost.other), std::pair("total", cost.bytes())})
    bytes.add({name, fixed(value / 1e6, 3), share(value, cost.bytes())});
  text += bytes.markdown() + "\n";

  // Layers are alike, so one row stands for all tensors of a kind, layout and shape.
  struct Group {
    int64_t tensors = 0;
    double bytes = 0;
    std::string kernels;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Group> groups;
  for (const ManifestTensor &tensor : manifest.tensors) {
    Group &group = groups[{tensor.kind, shapeText(tensor.shape), tensor.layout.empty() ? tensor.dtype : tensor.layout}];
    ++group.tensors;
    group.bytes += double(tensor.bytes);
    group.kernels = join(kernelsOf(manifest, tensor), ", ");
  }
  Table summary({"weights", "shape", "layout", "tensors", "MB", "kernels"});
  for (const auto &[key, group] : groups)
    summary.add({std::get<0>(key), std::get<1>(key), std::get<2>(key), std::to_string(group.tensors),
                 fixed(group.bytes / 1e6, 3), group.kernels.empty() ? "-" : group.kernels});
  text += summary.markdown();

  if (options.kernels) {
    Table table({"kernel", "rows", "columns", "tokens", "layout", "variant"});
    for (const ManifestKernel &kernel : manifest.kernels)
      table.add({kernel.name, std::to_string(kernel.rows), std::to_string(kernel.columns),
                 std::to_string(kernel.tokens), kernel.layout, kernel.variant});
    text += "\n" + table.markdown();
  }
  if (options.weights) {
    Table table({"tensor", "kind", "shape", "layout", "part", "offset", "bytes", "kernels", "checkpoint's name",
                 "stored as", "format"});
    for (const ManifestTensor &tensor : manifest.tensors) {
      std::string kernels = join(kernelsOf(manifest, tensor), ", ");
      table.add({tensor.name, tensor.kind, shapeText(tensor.shape),
                 tensor.layout.empty() ? tensor.dtype : tensor.layout, std::string(partName(partOf(manifest, tensor))),
                 std::to_string(tensor.offset), std::to_string(tensor.bytes), kernels.empty() ? "-" : kernels,
                 tensor.source.empty() ? "-" : tensor.source, tensor.storage.empty() ? "-" : tensor.storage,
                 tensor.format.empty() ? "-" : tensor.format});
    }
    text += "\n" + table.markdown();
  }
  return text;
}

Json inspectJson(const ModelContents &model, const InspectOptions &options) {
  const tern_model_header &header = model.header;
  Json manifest = model.manifest.toJson();
  Json root = {{"model",
                {{"name", model.manifest.name},
                 {"architecture", model.manifest.architecture},
                 {"compiler", manifest["compiler"]}}},
               {"target", manifest["target"]},
               {"sizes",
                {{"weights", header.weights_bytes},
                 {"shared", header.shared_bytes},
                 {"scratch", header.scratch_bytes},
                 {"cache_per_position", header.cache_bytes_per_token},
                 {"vocabulary", header.vocab_size},
                 {"context", header.max_context},
                 {"prefill_block", header.prefill_block}}},
               {"bytes_per_token", tokenCost(header, model.manifest, double(options.context)).toJson()},
               {"exports", Json::array()},
               {"kernels", manifest["kernels"]},
               {"tensors", manifest["tensors"]}};
  for (const Json &exported : manifest["exports"])
    root["exports"].push_back(
        {{"name", exported["name"]}, {"most_rows", exported["most_rows"]}, {"ports", exported["ports"]}});
  root["bytes_per_token"]["context"] = options.context;
  for (size_t i = 0; i < model.manifest.tensors.size(); ++i) {
    const ManifestTensor &tensor = model.manifest.tensors[i];
    root["tensors"][i]["part"] = partName(partOf(model.manifest, tensor));
    if (tensor.kind == "ternary")
      root["tensors"][i]["kernels"] = kernelsOf(model.manifest, tensor);
  }
  return root;
}

} // namespace tern
