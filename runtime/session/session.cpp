//===- session.cpp - One text in the making ----------------------------------===//
#include "runtime/session/session.h"

namespace tern {

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<Model> model, uint64_t threads, uint64_t context) {
  uint64_t most = model->header().max_context;
  Result<std::unique_ptr<Engine>> engine =
      Engine::create(std::move(model), threads, context == 0 ? most : std::min(context, most));
  if (!engine)
    return engine.error();
  Result<std::unique_ptr<Sequence>> text = (*engine)->newSequence(context);
  if (!text)
    return text.error();
  return std::unique_ptr<Session>(new Session(std::move(*engine), std::move(*text)));
}

} // namespace tern
