//===- model.cpp - A model object, loaded ------------------------------------===//
#include "runtime/model/model.h"

#include "lib/cpu/tile_registers.h"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>

namespace tern {

Result<std::shared_ptr<Model>> Model::load(const std::string &path, Verify verify) {
  Result<ModelFile> file = ModelFile::open(path, verify);
  if (!file)
    return file.error();
  std::shared_ptr<Model> model(new Model(std::move(*file), path));
  if (Status status = model->loadCode(); !status)
    return status.error();
  return model;
}

Model::~Model() {
  if (code)
    ::dlclose(code);
}

Status Model::loadCode() {
  if (Status enabled = enableFeatures(file.header().features); !enabled)
    return Error{filePath + ": " + enabled.error().message};
  // Through the descriptor that was checked: the path may name another file by now.
  std::string checked = "/proc/self/fd/" + std::to_string(file.descriptor());
  code = ::dlopen(checked.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!code)
    return Error{filePath + ": cannot be loaded: " + ::dlerror()};
  const void *header = ::dlsym(code, TERN_SYMBOL_HEADER);
  auto query = reinterpret_cast<tern_query_fn>(::dlsym(code, TERN_SYMBOL_QUERY));
  if (!query || !header)
    return Error{filePath + ": is damaged: it lacks " + (header ? TERN_SYMBOL_QUERY : TERN_SYMBOL_HEADER)};
  if (std::memcmp(header, &file.header(), sizeof(tern_model_header)) != 0)
    return Error{filePath + ": is damaged: its header in memory differs from the one in the file"};
  const tern_library *library = query(TERN_ABI_VERSION);
  if (!library || library->abi_version != TERN_ABI_VERSION)
    return Error{filePath + ": is damaged: its code speaks another version of the interface than its header says"};
  return readExports(*library);
}

/// The manifest, which people read, and the list that is called say the same.
Status Model::readExports(const tern_library &library) {
  const Error differs{filePath + ": is damaged: its code exports other step functions than its manifest says"};
  const std::vector<ManifestExport> &described = manifest().exports;
  if (library.n_exports != described.size())
    return differs;
  for (size_t i = 0; i < described.size(); ++i) {
    const tern_export &each = library.exports[i];
    if (each.name != described[i].name || !each.run || each.most_rows != described[i].mostRows ||
        each.n_ports != described[i].ports.size())
      return differs;
    for (size_t p = 0; p < each.n_ports; ++p)
      if (each.ports[p].name != described[i].ports[p].name || each.ports[p].rank != described[i].ports[p].shape.size())
        return differs;
    exported.push_back({&each, i});
  }
  return {};
}

const Export *Model::find(std::string_view name) const {
  auto at = std::ranges::find(exported, name, [](const Export &each) { return std::string_view(each.code->name); });
  return at == exported.end() ? nullptr : &*at;
}

std::string Model::exportNames() const {
  std::string names;
  for (const Export &each : exported)
    names += (names.empty() ? "" : ", ") + std::string(each.code->name);
  return names.empty() ? "nothing" : names;
}

bool Model::endsText(int32_t id) const {
  const std::vector<int32_t> &eos = manifest().eos;
  return std::find(eos.begin(), eos.end(), id) != eos.end();
}

Result<const Tokenizer *> Model::tokenizer() {
  std::lock_guard guard(tokenizerLock);
  if (file.tokenizer().empty())
    return Error{filePath + ": has no tokenizer (its checkpoint had no tokenizer.json, or it was left out); give token "
                            "ids instead of text"};
  if (!builtTokenizer)
    builtTokenizer = Tokenizer::fromJson(file.tokenizer(), filePath + ": tokenizer.json");
  if (!*builtTokenizer)
    return builtTokenizer->error();
  return static_cast<const Tokenizer *>(&**builtTokenizer);
}

} // namespace tern
