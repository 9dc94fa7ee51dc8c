//===- tern.cpp - The C interface over the runtime's classes ------------------===//
#include "runtime/tern.h"

#include "lib/base/version.h"
#include "runtime/measure/profile/chrome_trace.h"
#include "runtime/measure/profile/summary.h"
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

/// Keeps the reason; what a function returns then.
template <typename T> static T failed(const Error &error, T result) {
  lastError = error.message;
  return result;
}

/// Whether what a call needs is there; else the error says what is not.
static bool given(const void *pointer, const char *what) {
  if (!pointer)
    lastError = std::string(what) + " is NULL";
  return pointer != nullptr;
}
static bool given(const tern_model *model) { return given(model, "the model"); }
static bool given(const tern_session *session) { return given(session, "the session"); }

/// Whether there is a buffer for so many items.
static bool given(const void *buffer, size_t count, const char *what) { return count == 0 || given(buffer, what); }

/// A C program may put any number into an enum, so it is looked at as one.
template <typename Enum> static uint32_t numberOf(const Enum &value) {
  static_assert(sizeof value == sizeof(uint32_t));
  uint32_t number;
  std::memcpy(&number, &value, sizeof number);
  return number;
}

const char *tern_version(void) { return TERN_VERSION; }
const char *tern_last_error(void) { return lastError.c_str(); }

//===-- Models ----------------------------------------------------------------===//

tern_model *tern_model_load(const char *path, int verify_all) {
  if (!given(path, "the path"))
    return nullptr;
  Result<std::shared_ptr<Model>> model = Model::load(path, verify_all ? Verify::Full : Verify::Auto);
  return model ? new tern_model{std::move(*model)} : failed<tern_model *>(model.error(), nullptr);
}

void tern_model_free(tern_model *model) { delete model; }

int32_t tern_model_vocab_size(const tern_model *model) {
  return given(model) ? int32_t(model->model->header().vocab_size) : -1;
}
int64_t tern_model_max_context(const tern_model *model) {
  return given(model) ? int64_t(model->model->header().max_context) : -1;
}
int64_t tern_model_prefill_block(const tern_model *model) {
  return given(model) ? int64_t(model->model->header().prefill_block) : -1;
}
uint64_t tern_model_weights_bytes(const tern_model *model) {
  return given(model) ? model->model->header().weights_bytes : 0;
}
const char *tern_model_target_cpu(const tern_model *model) {
  return given(model) ? model->model->manifest().targetCpu.c_str() : nullptr;
}
int tern_model_is_eos(const tern_model *model, int32_t id) { return given(model) ? model->model->endsText(id) : -1; }

//===-- Text ------------------------------------------------------------------===//

int64_t tern_tokenize(tern_model *model, const char *text, size_t length, int flags, int32_t *ids, size_t capacity) {
  if (!given(model) || !given(text, length, "the text") || !given(ids, capacity, "the buffer for ids"))
    return -1;
  Result<const Tokenizer *> tokenizer = model->model->tokenizer();
  if (!tokenizer)
    return failed(tokenizer.error(), -1);
  Result<std::vector<int32_t>> encoded =
      (*tokenizer)
          ->encode({text, length}, (flags & TERN_ADD_SPECIAL) != 0,
                   flags & TERN_PARSE_SPECIAL ? Tokenizer::Specials::Tokens : Tokenizer::Specials::Text);
  if (!encoded)
    return failed(encoded.error(), -1);
  std::copy_n(encoded->begin(), std::min(capacity, encoded->size()), ids);
  return int64_t(encoded->size());
}

int64_t tern_token_bytes(tern_model *model, int32_t id, char *bytes, size_t capacity) {
  if (!given(model) || !given(bytes, capacity, "the buffer for bytes"))
    return -1;
  Result<const Tokenizer *> tokenizer = model->model->tokenizer();
  if (!tokenizer)
    return failed(tokenizer.error(), -1);
  if (!(*tokenizer)->hasToken(id))
    return failed(Error{model->model->path() + ": its tokenizer has no token of id " + std::to_string(id)}, -1);
  std::string_view token = (*tokenizer)->decode(id);
  std::copy_n(token.begin(), std::min(capacity, token.size()), bytes);
  return int64_t(token.size());
}

//===-- Sessions --------------------------------------------------------------===//

tern_session *tern_session_create(tern_model *model, int64_t threads, int64_t context) {
  if (!given(model))
    return nullptr;
  if (threads < 0 || context < 0)
    return failed<tern_session *>(Error{"threads and context cannot be negative"}, nullptr);
  Result<std::unique_ptr<Session>> session = Session::create(model->model, uint64_t(threads), uint64_t(context));
  return session ? new tern_session{std::move(*session)} : failed<tern_session *>(session.error(), nullptr);
}

void tern_session_free(tern_session *session) { delete session; }

int tern_prefill(tern_session *session, const int32_t *ids, size_t count, int which, int64_t block) {
  if (!given(session) || !given(ids, count, "the list of ids"))
    return -1;
  if (which < TERN_LOGITS_NONE || which > TERN_LOGITS_ALL)
    return failed(Error{"there is no tern_logits " + std::to_string(which)}, -1);
  if (block < 0)
    return failed(Error{"a block of " + std::to_string(block) + " tokens cannot be; 0 is the model's own"}, -1);
  Status status = session->session->append({ids, count}, Session::Logits(which), uint64_t(block));
  return status ? 0 : failed(status.error(), -1);
}

int tern_decode(tern_session *session, int32_t id) { return tern_prefill(session, &id, 1, TERN_LOGITS_LAST, 1); }

const float *tern_session_logits(tern_session *session, size_t *count) {
  if (count)
    *count = 0;
  if (!given(session))
    return nullptr;
  std::span<const float> logits = session->session->logits();
  if (count)
    *count = logits.size();
  return logits.data();
}

int64_t tern_session_position(const tern_session *session) {
  return given(session) ? int64_t(session->session->position()) : -1;
}
int64_t tern_session_context(const tern_session *session) {
  return given(session) ? int64_t(session->session->context()) : -1;
}
int64_t tern_session_threads(const tern_session *session) {
  return given(session) ? int64_t(session->session->threads()) : -1;
}
int tern_session_truncate(tern_session *session, int64_t position) {
  if (!given(session))
    return -1;
  if (position < 0)
    return failed(Error{"a text has no position " + std::to_string(position)}, -1);
  session->session->truncate(uint64_t(position));
  return 0;
}

//===-- Profile ---------------------------------------------------------------===//

void tern_session_profile(tern_session *session) {
  if (!given(session))
    return;
  session->profiler = std::make_unique<Profiler>(session->session->model().manifest(), session->session->threads());
  session->session->setProfiler(session->profiler.get());
}

int64_t tern_session_profile_text(const tern_session *session, int merge_layers, char *text, size_t capacity) {
  if (!given(session) || !given(text, capacity, "the buffer for text"))
    return -1;
  if (!session->profiler)
    return 0;
  std::string table = profileText(summarize(*session->profiler, merge_layers != 0));
  std::copy_n(table.begin(), std::min(capacity, table.size()), text);
  return int64_t(table.size());
}

int tern_session_profile_trace(const tern_session *session, const char *path) {
  if (!given(session) || !given(path, "the path"))
    return -1;
  if (!session->profiler)
    return failed(Error{"the session has no profile; call tern_session_profile before its first step"}, -1);
  Status status = writeChromeTrace(*session->profiler, path);
  return status ? 0 : failed(status.error(), -1);
}

//===-- Sampling --------------------------------------------------------------===//

struct tern_sampling tern_sampling_default(void) { return {0, 0.8f, 40, 0.95f, 0, 1, 0}; }

tern_sampler *tern_sampler_create(const struct tern_sampling *options) {
  if (!given(options, "tern_sampling"))
    return nullptr;
  Result<Sampler> sampler = Sampler::create({options->greedy != 0, options->temperature, options->top_k, options->top_p,
                                             options->min_p, options->repetition_penalty, options->seed});
  return sampler ? new tern_sampler{std::move(*sampler)} : failed<tern_sampler *>(sampler.error(), nullptr);
}

void tern_sampler_free(tern_sampler *sampler) { delete sampler; }

int32_t tern_sample(tern_sampler *sampler, const float *logits, size_t vocab_size, const int32_t *history,
                    size_t history_count) {
  if (!given(sampler, "the sampler") || !given(logits, vocab_size, "the list of logits") ||
      !given(history, history_count, "the history"))
    return -1;
  Result<int32_t> id = sampler->sampler.next({logits, vocab_size}, {history, history_count});
  return id ? *id : failed(id.error(), -1);
}

int32_t tern_session_sample(tern_session *session, tern_sampler *sampler, const int32_t *history,
                            size_t history_count) {
  if (!given(session) || !given(sampler, "the sampler") || !given(history, history_count, "the history"))
    return -1;
  Result<int32_t> id = session->session->sample(sampler->sampler, {history, history_count});
  return id ? *id : failed(id.error(), -1);
}

void tern_session_set_lm_head(tern_session *session, enum tern_lm_head which) {
  if (given(session))
    session->session->head().setFull(numberOf(which) == TERN_LM_HEAD_FULL);
}

struct tern_head_stats tern_session_head_stats(tern_session *session) {
  if (!given(session))
    return {};
  HeadStatistics counts = session->session->head().statistics();
  return {counts.tokens, counts.fullTokens, counts.coarseRows, counts.fineRows, counts.exactRows, counts.bytes};
}
