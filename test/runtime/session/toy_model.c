/*===- toy_model.c - The code of a model object that a test can predict ------===*
 *
 * Each position of the cache keeps token + 1. The logit of entry v after a token is
 *
 *   v + sum of the cache up to this token + weights[v] + 1000 * (this token's number in the step)
 *
 * The hidden state is the last two of these: the sum, and the number in the step.
 *
 * Threads share the vocabulary; the cache is filled by all of them and read behind a barrier. The shared arena holds one counter for each
 * thread, so that a test sees that every thread has its own.
 *===-------------------------------------------------------------------------===*/
#include "lib/object/model_abi.h"

#define VOCABULARY 8
#define HIDDEN 2
#define EXPORT __attribute__((visibility("default")))

EXPORT __attribute__((section(TERN_SECTION_HEADER), used)) const struct tern_model_header tern_model_header = {
    .magic = {'T', 'E', 'R', 'N', 'M', 'O', 'D', 'L'},
    .abi_version = TERN_ABI_VERSION,
    .header_bytes = sizeof(struct tern_model_header),
    .weights_bytes = VOCABULARY * UINT64_C(4),
    .shared_bytes = 1024 * UINT64_C(8),
    .scratch_bytes = 64,
    .cache_bytes_per_token = 4,
    .vocab_size = VOCABULARY,
    .max_context = 16,
    .prefill_block = 4,
    .cache_page = 1,
    .hidden_size = HIDDEN,
};

/* The sections that the writer fills. */
__asm__(".section .tern.weights,\"\",@progbits\n.byte 0\n"
        ".section .tern.tokenizer,\"\",@progbits\n.byte 0\n"
        ".section .tern.manifest,\"\",@progbits\n.byte 0\n"
        ".text\n");

static void run(const struct tern_step *step, uint64_t thread, uint64_t threads) {
  int32_t *cache = (int32_t *)step->cache;
  uint64_t *counters = (uint64_t *)step->shared, *mine = (uint64_t *)(step->scratch + 64 * thread);
  for (uint64_t i = thread; i < step->n_tokens; i += threads)
    cache[step->position + i] = step->tokens[i] + 1;
  *mine += 1;
  counters[thread] = *mine;
  step->barrier(step->team, thread);
  float sum = 0;
  for (uint64_t p = 0; p < step->position; ++p)
    sum += (float)cache[p];
  for (uint64_t i = 0; i < step->n_tokens; ++i) {
    sum += (float)cache[step->position + i];
    if (i < step->first_output)
      continue;
    float *hidden = step->hidden + (i - step->first_output) * HIDDEN;
    if (thread == 0) {
      hidden[0] = sum;
      hidden[1] = (float)i;
    }
  }
}

static void head(const struct tern_step *step, uint64_t thread, uint64_t threads) {
  const float *weights = (const float *)step->weights;
  for (uint64_t i = 0; i < step->n_tokens; ++i)
    for (uint64_t v = thread; v < VOCABULARY; v += threads)
      step->logits[i * VOCABULARY + v] = (float)v + step->hidden[i * HIDDEN] + weights[v] + 1000 * step->hidden[i * HIDDEN + 1];
}

EXPORT void tern_decode(const struct tern_step *step, uint64_t thread, uint64_t threads) { run(step, thread, threads); }
EXPORT void tern_prefill(const struct tern_step *step, uint64_t thread, uint64_t threads) { run(step, thread, threads); }
EXPORT void tern_logits(const struct tern_step *step, uint64_t thread, uint64_t threads) { head(step, thread, threads); }
EXPORT void tern_logits_block(const struct tern_step *step, uint64_t thread, uint64_t threads) { head(step, thread, threads); }
