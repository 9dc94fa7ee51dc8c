//===- tern.cpp - The C interface over the runtime's classes ------------------===//
#include "runtime/tern.h"

#include "lib/base/version.h"
#include "runtime/profile/chrome_trace.h"
#include "runtime/profile/summary.h"
#include "runtime/session/session.h"
#include "runtime/text/sampler.h"

#include <algorithm>
#include <cstring>

using namespace tern;

struct tern_model {
  std::shared_ptr<Model> model;
};
struct tern_session {
  std::unique_ptr<Session> session;
  std::unique_ptr<Profiler> profiler = nullptr;
};
struct tern_sampler {
  Sampler sampler;
};

static thread_local std::string lastError;

static void keepError(const Error &error) { lastError = error.message; }

const char *tern_version(void) { return TERN_VERSION; }
const char *tern_last_error(void) { return lastError.c_str(); }

//===-- Models ----------------------------------------------------------------===//

tern_model *tern_model_load(const char *path, int verify_all) {
  Result<std::shared_ptr<Model>> model = Model::load(path, verify_all ? Verify::Full : Verify::Auto);
  if (!model) {
    keepError(model.error());
    return nullptr;
  }
  return new tern_model{std::move(*model)};
}

void tern_model_free(tern_model *model) { delete model; }

int32_t tern_model_vocab_size(const tern_model *model) { return int32_t(model->model->header().vocab_size); }
int64_t tern_model_max_context(const tern_model *model) { return model->model->header().max_context; }
int64_t tern_model_prefill_block(const tern_model *model) { return model->model->header().prefill_block; }
uint64_t tern_model_weights_bytes(const tern_model *model) { return model->model->header().weights_bytes; }
const char *tern_model_target_cpu(const tern_model *model) { return model->model->manifest().targetCpu.c_str(); }
int tern_model_is_eos(const tern_model *model, int32_t id) { return model->model->endsText(id); }

//===-- Text ------------------------------------------------------------------===//

int64_t tern_tokenize(tern_model *model, const char *text, size_t length, int add_special, int32_t *ids,
                      size_t capacity) {
  Result<const Tokenizer *> tokenizer = model->model->tokenizer();
  if (!tokenizer) {
    keepError(tokenizer.error());
    return -1;
  }
  Result<std::vector<int32_t>> encoded = (*tokenizer)->encode({text, length}, add_special != 0);
  if (!encoded) {
    keepError(encoded.error());
    return -1;
  }
  std::copy_n(encoded->begin(), std::min(capacity, encoded->size()), ids);
  return int64_t(encoded->size());
}

int64_t tern_token_bytes(tern_model *model, int32_t id, char *bytes, size_t capacity) {
  Result<const Tokenizer *> tokenizer = model->model->tokenizer();
  if (!tokenizer) {
    keepError(tokenizer.error());
    return -1;
  }
  std::string_view token = (*tokenizer)->decode(id);
  std::copy_n(token.begin(), std::min(capacity, token.size()), bytes);
  return int64_t(token.size());
}

//===-- Sessions --------------------------------------------------------------===//

tern_session *tern_session_create(tern_model *model, int64_t threads, int64_t context) {
  if (threads < 0 || context < 0) {
    lastError = "threads and context cannot be negative";
    return nullptr;
  }
  Result<std::unique_ptr<Session>> session = Session::create(model->model, uint64_t(threads), uint64_t(context));
  if (!session) {
    keepError(session.error());
    return nullptr;
  }
  return new tern_session{std::move(*session)};
}

void tern_session_free(tern_session *session) { delete session; }

int tern_prefill(tern_session *session, const int32_t *ids, size_t count, enum tern_logits which, int64_t block) {
  Status status = session->session->append({ids, count}, Session::Logits(which), uint64_t(std::max<int64_t>(block, 0)));
  if (!status)
    keepError(status.error());
  return status ? 0 : -1;
}

int tern_decode(tern_session *session, int32_t id) { return tern_prefill(session, &id, 1, TERN_LOGITS_LAST, 1); }

const float *tern_session_logits(tern_session *session, size_t *count) {
  std::span<const float> logits = session->session->logits();
  if (count)
    *count = logits.size();
  return logits.data();
}

int64_t tern_session_position(const tern_session *session) { return int64_t(session->session->position()); }
int64_t tern_session_context(const tern_session *session) { return int64_t(session->session->context()); }
int64_t tern_session_threads(const tern_session *session) { return int64_t(session->session->threads()); }
void tern_session_truncate(tern_session *session, int64_t position) {
  session->session->truncate(uint64_t(std::max<int64_t>(position, 0)));
}

//===-- Profile ---------------------------------------------------------------===//

void tern_session_profile(tern_session *session) {
  session->profiler = std::make_unique<Profiler>(session->session->model().manifest(), session->session->threads());
  session->session->setProfiler(session->profiler.get());
}

int64_t tern_session_profile_text(const tern_session *session, int merge_layers, char *text, size_t capacity) {
  if (!session->profiler)
    return 0;
  std::string table = profileText(summarize(*session->profiler, merge_layers != 0));
  std::copy_n(table.begin(), std::min(capacity, table.size()), text);
  return int64_t(table.size());
}

int tern_session_profile_trace(const tern_session *session, const char *path) {
  if (!session->profiler) {
    lastError = "the session has no profile; call tern_session_profile before its first step";
    return -1;
  }
  Status status = writeChromeTrace(*session->profiler, path);
  if (!status)
    keepError(status.error());
  return status ? 0 : -1;
}

//===-- Sampling --------------------------------------------------------------===//

struct tern_sampling tern_sampling_default(void) { return {0, 1, 0, 1, 0, 1, 0}; }

tern_sampler *tern_sampler_create(const struct tern_sampling *options) {
  Result<Sampler> sampler = Sampler::create({options->greedy != 0, options->temperature, options->top_k, options->top_p,
                                             options->min_p, options->repetition_penalty, options->seed});
  if (!sampler) {
    keepError(sampler.error());
    return nullptr;
  }
  return new tern_sampler{std::move(*sampler)};
}

void tern_sampler_free(tern_sampler *sampler) { delete sampler; }

int32_t tern_sample(tern_sampler *sampler, const float *logits, size_t vocab_size, const int32_t *history,
                    size_t history_count) {
  Result<int32_t> id = sampler->sampler.next({logits, vocab_size}, {history, history_count});
  if (!id) {
    keepError(id.error());
    return -1;
  }
  return *id;
}

int32_t tern_session_sample(tern_session *session, tern_sampler *sampler, const int32_t *history,
                            size_t history_count) {
  Result<int32_t> id = session->session->sample(sampler->sampler, {history, history_count});
  if (!id) {
    keepError(id.error());
    return -1;
  }
  return *id;
}

void tern_session_set_lm_head(tern_session *session, enum tern_lm_head which) {
  session->session->head().setFull(which == TERN_LM_HEAD_FULL);
}

struct tern_head_stats tern_session_head_stats(tern_session *session) {
  HeadStatistics counts = session->session->head().statistics();
  return {counts.tokens, counts.fullTokens, counts.coarseRows, counts.fineRows, counts.exactRows, counts.bytes};
}
