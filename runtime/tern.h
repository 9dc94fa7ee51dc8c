/*===- tern.h - Load a compiled model and decode with it ---------------------===*
 *
 * The C interface of the runtime. A model is loaded once and shared by any number of sessions; a session is one text
 * with its key and value cache and its threads, used by one caller at a time.
 *
 * Functions that can fail return NULL or a negative number, and tern_last_error() then says why in one line, for the
 * calling thread. A NULL where a model, a session, a sampler or a buffer is needed is such a failure; functions without
 * a result, and those that count without a sign (then 0), do nothing with it. tern_..._free takes NULL.
 *===------------------------------------------------------------------------===*/
#ifndef TERN_RUNTIME_TERN_H
#define TERN_RUNTIME_TERN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tern_model tern_model;
typedef struct tern_session tern_session;
typedef struct tern_sampler tern_sampler;

/* Version of the runtime, "0.1.0". */
const char *tern_version(void);
/* Why the last failed call of this thread failed; valid until its next failing call. */
const char *tern_last_error(void);

/*===-- Models ---------------------------------------------------------------===*/

/* Maps and checks a model object. verify_all != 0 also compares weights of more than 256 MB with their hash. */
tern_model *tern_model_load(const char *path, int verify_all);
void tern_model_free(tern_model *model);

int32_t tern_model_vocab_size(const tern_model *model);
int64_t tern_model_max_context(const tern_model *model);
/* Most tokens that one prefill step takes. */
int64_t tern_model_prefill_block(const tern_model *model);
/* Bytes of weights, mapped from the file. */
uint64_t tern_model_weights_bytes(const tern_model *model);
/* LLVM's name of the CPU that the model was compiled for. */
const char *tern_model_target_cpu(const tern_model *model);
/* 1 if the token ends a text. */
int tern_model_is_eos(const tern_model *model, int32_t id);

/*===-- Text -----------------------------------------------------------------===*/

enum tern_tokenize_flags {
  TERN_ADD_SPECIAL = 1,  /* the tokenizer's own post-processor adds its tokens, e.g. a beginning of text */
  TERN_PARSE_SPECIAL = 2 /* the text of a special token ("<|eot_id|>") becomes that token; else it is text like any */
};
/* Tokenises UTF-8 text. Writes at most `capacity` ids and returns how many there are; call again with more room if that
 * is more. */
int64_t tern_tokenize(tern_model *model, const char *text, size_t length, int flags, int32_t *ids, size_t capacity);
/* The bytes of one token, which may be part of a character. Returns their number; writes at most `capacity`. An id that
 * no token has is an error. */
int64_t tern_token_bytes(tern_model *model, int32_t id, char *bytes, size_t capacity);

/*===-- Sessions -------------------------------------------------------------===*/

/* threads 0: one for each processor. context 0: the model's; else at most that. */
tern_session *tern_session_create(tern_model *model, int64_t threads, int64_t context);
void tern_session_free(tern_session *session);

/* Which of the appended tokens get logits. */
enum tern_logits { TERN_LOGITS_NONE = 0, TERN_LOGITS_LAST = 1, TERN_LOGITS_ALL = 2 };

/* Appends tokens in blocks of at most `block` tokens (0: the model's own; 1: token by token); `which` is one of enum
 * tern_logits. 0, or -1 with nothing appended: no room, an id outside the vocabulary, another `which`, a negative
 * `block`. */
int tern_prefill(tern_session *session, const int32_t *ids, size_t count, int which, int64_t block);
/* Appends one token and computes what its logits come from. */
int tern_decode(tern_session *session, int32_t id);
/* Logits of the last prefill or decode, [tokens with logits][vocab_size], computed when they are asked for; valid until
 * the next. `count`, if not NULL, receives how many numbers these are: 0 after a prefill with TERN_LOGITS_NONE. */
const float *tern_session_logits(tern_session *session, size_t *count);

int64_t tern_session_position(const tern_session *session);
int64_t tern_session_context(const tern_session *session);
int64_t tern_session_threads(const tern_session *session);
/* Forgets the positions from `position` on, and with them the logits. 0, or -1 when it is negative. */
int tern_session_truncate(tern_session *session, int64_t position);

/*===-- Profile --------------------------------------------------------------===*/

/* From now on the session keeps when each thread enters each operator of a step: 16 bytes an operator and thread. */
void tern_session_profile(tern_session *session);
/* Time by operator, as a table for people; with merge_layers != 0 an operator of all layers is one row. Returns the
 * length in bytes; writes at most `capacity`. */
int64_t tern_session_profile_text(const tern_session *session, int merge_layers, char *text, size_t capacity);
/* Writes the profile as Chrome trace events (JSON), which Perfetto opens. 0, or -1. */
int tern_session_profile_trace(const tern_session *session, const char *path);

/*===-- Sampling -------------------------------------------------------------===*/

struct tern_sampling {
  int greedy;               /* != 0: the lowest id among the highest logits; then only the penalty counts */
  float temperature;        /* > 0; divides the logits */
  int32_t top_k;            /* 0: all; else the k most likely tokens */
  float top_p;              /* (0, 1]; 1: all */
  float min_p;              /* [0, 1]; of the most likely token's probability */
  float repetition_penalty; /* > 0; 1: none */
  uint64_t seed;
};
/* Temperature 0.8 among the 40 most likely tokens up to a probability of 0.95, no penalty, seed 0. To draw by the
 * model's own probabilities set temperature 1, top_k 0 and top_p 1: then every logit is computed
 * (docs/screened-head.md). */
struct tern_sampling tern_sampling_default(void);

tern_sampler *tern_sampler_create(const struct tern_sampling *options);
void tern_sampler_free(tern_sampler *sampler);
/* The next token for `vocab_size` logits after `history` (prompt and answer). The id, or -1. */
int32_t tern_sample(tern_sampler *sampler, const float *logits, size_t vocab_size, const int32_t *history,
                    size_t history_count);

/* The next token of a session after `history`: the token that tern_sample gives for the last of tern_session_logits,
 * but rows of the output head that cannot decide are not computed where the model has codes to tell by
 * (docs/screened-head.md). The id, or -1. */
int32_t tern_session_sample(tern_session *session, tern_sampler *sampler, const int32_t *history, size_t history_count);

/* TERN_LM_HEAD_FULL: tern_session_sample computes every logit all the same. */
enum tern_lm_head { TERN_LM_HEAD_AUTO = 0, TERN_LM_HEAD_FULL = 1 };
void tern_session_set_lm_head(tern_session *session, enum tern_lm_head which);

/* What tern_session_sample has read of the output head since the session was made. */
struct tern_head_stats {
  uint64_t tokens;                             /* sampled */
  uint64_t full_tokens;                        /* of these, by every row in bf16 */
  uint64_t coarse_rows, fine_rows, exact_rows; /* read as coarse codes, as fine codes, and in bf16, when screening */
  uint64_t bytes;                              /* of weights, codes and figures */
};
struct tern_head_stats tern_session_head_stats(tern_session *session);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* TERN_RUNTIME_TERN_H */
