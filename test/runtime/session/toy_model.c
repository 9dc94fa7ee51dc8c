/*===- toy_model.c - The code of a model object that a test can predict ------===*
 *
 * Each position of the cache keeps token + 1. The logit of entry v after a token is
 *
 *   v + sum of the cache up to this token + weights[v] + 1000 * (this token's number in the step)
 *
 * The hidden state is the last two of these: the sum, and the number in the step.
 *
 * Threads share the vocabulary; the cache is filled by all of them and read behind a barrier. The shared arena holds
 * one counter for each thread, so that a test sees that every thread has its own.
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
    .prefill_block = 4, /* BLOCK, below */
    .cache_page = 1,
    .hidden_size = HIDDEN,
};

/* The sections that the writer fills. */
__asm__(".section .tern.weights,\"\",@progbits\n.byte 0\n"
        ".section .tern.tokenizer,\"\",@progbits\n.byte 0\n"
        ".section .tern.manifest,\"\",@progbits\n.byte 0\n"
        ".text\n");

/* The number of a run that stands at `position` of its sequence: pages have one position each. */
static int32_t *cacheOf(const struct tern_step *step, const struct tern_run *run, uint64_t position) {
  return (int32_t *)step->cache + run->pages[position];
}

static void run(const struct tern_step *step, uint64_t thread, uint64_t threads) {
  const int32_t *tokens = step->ports[0];
  float *hidden = step->ports[1];
  uint64_t *counters = (uint64_t *)step->shared, *mine = (uint64_t *)(step->scratch + 64 * thread);
  uint64_t row = 0;
  for (const struct tern_run *run = step->runs; run < step->runs + step->n_runs; ++run)
    for (uint64_t i = 0; i < run->rows; ++i, ++row)
      if (row % threads == thread)
        *cacheOf(step, run, run->position + i) = tokens[row] + 1;
  *mine += 1;
  counters[thread] = *mine;
  step->barrier(step->team, thread);
  row = 0;
  for (const struct tern_run *run = step->runs; run < step->runs + step->n_runs; ++run)
    for (uint64_t i = 0; i < run->rows; ++i, ++row) {
      if (row < step->first_output || thread != 0)
        continue;
      float sum = 0;
      for (uint64_t p = 0; p <= run->position + i; ++p)
        sum += (float)*cacheOf(step, run, p);
      hidden[(row - step->first_output) * HIDDEN] = sum;
      hidden[(row - step->first_output) * HIDDEN + 1] = (float)row;
    }
}

static void head(const struct tern_step *step, uint64_t thread, uint64_t threads) {
  const float *weights = (const float *)step->weights, *hidden = step->ports[0];
  float *logits = step->ports[1];
  for (uint64_t i = 0; i < step->n_rows; ++i)
    for (uint64_t v = thread; v < VOCABULARY; v += threads)
      logits[i * VOCABULARY + v] = (float)v + hidden[i * HIDDEN] + weights[v] + 1000 * hidden[i * HIDDEN + 1];
}

#define BLOCK 4
static const struct tern_port step_ports[] = {{"tokens", TERN_TYPE_I32, TERN_EXTENT_ROWS, 0, 1, {BLOCK, 1, 1}},
                                              {"hidden", TERN_TYPE_F32, TERN_EXTENT_OUTPUTS, 1, 2, {BLOCK, HIDDEN, 1}}};
static const struct tern_port head_ports[] = {
    {"hidden", TERN_TYPE_F32, TERN_EXTENT_ROWS, 0, 2, {BLOCK, HIDDEN, 1}},
    {"logits", TERN_TYPE_F32, TERN_EXTENT_ROWS, 1, 2, {BLOCK, VOCABULARY, 1}}};
static const struct tern_export exports[] = {{"decode", run, 1, 2, step_ports},
                                             {"prefill", run, BLOCK, 2, step_ports},
                                             {"logits", head, 1, 2, head_ports},
                                             {"logits_block", head, BLOCK, 2, head_ports}};
static const struct tern_library library = {TERN_ABI_VERSION, TERN_SANITIZER_NONE, 4, exports};

EXPORT const struct tern_library *tern_model_query(uint32_t version) {
  return version == TERN_ABI_VERSION ? &library : 0;
}
