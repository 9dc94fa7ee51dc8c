//===- inspect_gguf.cpp - What a GGUF file says about itself ------------------===//
#include "runtime/measure/inspect/inspect_gguf.h"

#include "lib/base/text.h"
#include "lib/checkpoint/gguf_config.h"
#include "lib/checkpoint/gguf_tokenizer.h"
#include "lib/weights/storage.h"
#include "runtime/measure/table/table.h"

#include <algorithm>
#include <map>

namespace tern {
namespace {

/// An error without the file's name at its beginning, as the other reasons are.
std::string reasonOf(const Error &error, const std::string &path) {
  return error.message.starts_with(path + ": ") ? error.message.substr(path.size() + 2) : error.message;
}

/// The storage that reads the weights of a linear layer; null where they stay dense. Without a word on how linears are
/// quantised all are ternary already, in ternary types or in the values.
const Storage *storageOf(const std::string &name, const TensorInfo &info, bool areAllTernary) {
  if (info.shape.size() != 2 || !name.starts_with("model.layers."))
    return nullptr;
  if (isTernaryStorage(info))
    return findStorage(info.blocks->storage);
  return areAllTernary ? findStorage("scaled") : nullptr;
}

/// The formats of ternary matrices by the hub's names; what is wrong with one is a reason.
std::map<std::string, std::string> formatsOf(const std::string &path, const GgufModel &model, I2sBlocks i2s,
                                             Json &reasons) {
  std::map<std::string, std::string> formats;
  Result<Checkpoint> checkpoint = Checkpoint::open(path, i2s);
  if (!checkpoint) {
    reasons.push_back(reasonOf(checkpoint.error(), path));
    return formats;
  }
  Result<Json> config = parseJson(model.config, path);
  bool areAllTernary = config && !config->contains("quantization_config") && !config->contains("weight_bits");
  for (const std::string &name : checkpoint->tensors()) {
    const TensorInfo &info = *checkpoint->find(name)->info;
    const Storage *storage = storageOf(name, info, areAllTernary);
    if (!storage)
      continue;
    std::string module = name.substr(0, name.rfind('.'));
    Result<WeightDeclaration> weight = storage->declare(*checkpoint, {}, module, name, info.shape[0], info.shape[1]);
    if (weight)
      formats[name] = formatText(weight->format);
    else
      reasons.push_back(reasonOf(weight.error(), path));
  }
  return formats;
}

std::string shapeText(const Json &shape) {
  std::string text;
  for (const Json &extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent.get<int64_t>());
  return text;
}

void addLines(std::string &text, const std::string &title, const Json &lines) {
  for (const Json &line : lines)
    text += title + line.get<std::string>() + "\n";
}

} // namespace

Result<Json> inspectGguf(const std::string &path, I2sBlocks i2s) {
  Result<GgufFile> file = GgufFile::open(path, i2s);
  if (!file)
    return file.error();
  GgufModel model = describeGgufModel(*file);
  Json reasons = model.problems, without = Json::array();
  if (Result<std::string> tokenizer = translateGgufTokenizer(*file, model.notes); !tokenizer)
    without.push_back(reasonOf(tokenizer.error(), path));
  std::map<std::string, std::string> formats;
  if (model.problems.empty())
    formats = formatsOf(path, model, i2s, reasons);

  auto textOf = [&](const char *key) {
    const GgufValue *value = file->find(key);
    std::optional<std::string_view> text = value && !value->isArray ? value->string() : std::nullopt;
    return text ? Json(printable(*text)) : Json();
  };
  Json description = {{"file", path},
                      {"version", file->contents().version},
                      {"architecture", textOf("general.architecture")},
                      {"name", textOf("general.name")},
                      {"notes", model.notes},
                      {"tensors", Json::array()},
                      {"can_run", reasons.empty()},
                      {"reasons", reasons},
                      {"without", without}};
  for (const GgufTensor &tensor : file->contents().tensors) {
    Json entry = {{"name", printable(tensor.name)},
                  {"type", tensor.type->name},
                  {"shape", tensor.shape},
                  {"bytes", tensor.bytes}};
    std::optional<std::string> hub =
        model.architecture ? hubTensorName(*model.architecture, tensor.name) : std::nullopt;
    if (auto known = hub ? formats.find(*hub) : formats.end(); known != formats.end())
      entry["format"] = known->second;
    description["tensors"].push_back(std::move(entry));
  }
  return description;
}

std::string ggufText(const Json &description) {
  auto word = [&](const char *key) { return description[key].is_string() ? description[key].get<std::string>() : "-"; };
  std::string text = description["file"].get<std::string>() + ": GGUF version " +
                     std::to_string(description["version"].get<int>()) + ", architecture " + word("architecture") +
                     ", name " + word("name") + "\n\n";
  Table table({"tensor", "type", "shape", "bytes", "format"});
  for (const Json &tensor : description["tensors"])
    table.add({tensor["name"], tensor["type"], shapeText(tensor["shape"]),
               std::to_string(tensor["bytes"].get<uint64_t>()),
               tensor.contains("format") ? tensor["format"].get<std::string>() : ""});
  text += table.markdown() + "\n";
  addLines(text, "note: ", description["notes"]);
  bool runs = description["can_run"].get<bool>();
  text += runs ? "ternc can compile it\n" : "ternc cannot compile it:\n";
  addLines(text, "  ", description["reasons"]);
  addLines(text, "only with --no-tokenizer: ", description["without"]);
  return text;
}

} // namespace tern
