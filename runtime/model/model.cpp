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
  struct Entry {
    const char *symbol;
    tern_step_fn &function;
    bool needed;
  };
  bool codes = file.header().code_columns != 0, complete = true;
  for (Entry entry :
       {Entry{TERN_SYMBOL_DECODE, decodeStep, true}, Entry{TERN_SYMBOL_PREFILL, prefillStep, true},
        Entry{TERN_SYMBOL_LOGITS, logitsStep, true}, Entry{TERN_SYMBOL_LOGITS_BLOCK, logitsBlockStep, true},
        Entry{TERN_SYMBOL_LOGITS_ROWS, logitsRowsStep, codes}, Entry{TERN_SYMBOL_SCREEN, screenStep, codes}}) {
    entry.function = reinterpret_cast<tern_step_fn>(::dlsym(code, entry.symbol));
    complete = complete && (entry.function || !entry.needed);
  }
  const void *header = ::dlsym(code, TERN_SYMBOL_HEADER);
  if (!complete || !header)
    return Error{filePath + ": is damaged: it lacks an entry point"};
  if (std::memcmp(header, &file.header(), sizeof(tern_model_header)) != 0)
    return Error{filePath + ": is damaged: its header in memory differs from the one in the file"};
  return {};
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
