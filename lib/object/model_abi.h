/*===- model_abi.h - The border between a compiled model and the runtime ----===*
 *
 * The one contract that ternc's output and the runtime share. A model object is an ELF shared object for one CPU. It
 * exports
 *
 *   tern_model_header   struct tern_model_header, in section .tern.header: read from the file before code is mapped
 *   tern_decode         from one token to its hidden state
 *   tern_prefill        from 1 .. header.prefill_block tokens to the hidden states of those from first_output on
 *   tern_logits         from one hidden state to its logits: the whole output head
 *   tern_logits_block   the same for 1 .. header.prefill_block hidden states
 *   tern_logits_rows    from one hidden state to the logits of listed rows: the same floats as tern_logits computes
 *   tern_screen         products of listed rows' codes with a hidden state's codes
 *
 * All but the first are tern_step_fn; the last two are there if header.code_columns is not 0 (docs/screened-head.md).
 *
 * It carries three more sections that the dynamic loader does not load:
 *
 *   .tern.weights       aligned to 4,096 bytes in the file, little-endian; the runtime maps it and gives every step its
 *                       address
 *   .tern.tokenizer     tokenizer.json as the checkpoint has it, or empty
 *   .tern.manifest      JSON: names, shapes, layouts and kernels for people and tools (docs/model-object.md)
 *
 * The file ends with struct tern_model_trailer. All integers are little-endian. Every offset that generated code uses
 * was known when the model was compiled, so the sizes in the header are all that the runtime has to provide.
 *===------------------------------------------------------------------------===*/
#ifndef TERN_LIB_OBJECT_MODEL_ABI_H
#define TERN_LIB_OBJECT_MODEL_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TERN_MODEL_MAGIC "TERNMODL"
#define TERN_TRAILER_MAGIC "TERNTAIL"
/* Raised by any change of this file that a reader of the old one would misread. */
#define TERN_ABI_VERSION 6u

#define TERN_SECTION_HEADER ".tern.header"
#define TERN_SECTION_WEIGHTS ".tern.weights"
#define TERN_SECTION_TOKENIZER ".tern.tokenizer"
#define TERN_SECTION_MANIFEST ".tern.manifest"
#define TERN_SYMBOL_HEADER "tern_model_header"
#define TERN_SYMBOL_DECODE "tern_decode"
#define TERN_SYMBOL_PREFILL "tern_prefill"
#define TERN_SYMBOL_LOGITS "tern_logits"
#define TERN_SYMBOL_LOGITS_BLOCK "tern_logits_block"
#define TERN_SYMBOL_LOGITS_ROWS "tern_logits_rows"
#define TERN_SYMBOL_SCREEN "tern_screen"

/* Alignment in bytes of the weights section in the file, and of every arena the runtime provides. */
#define TERN_WEIGHTS_ALIGN 4096u
#define TERN_ARENA_ALIGN 64u

struct tern_model_header {
  char magic[8];                  /* TERN_MODEL_MAGIC, no terminator */
  uint32_t abi_version;           /* TERN_ABI_VERSION */
  uint32_t header_bytes;          /* sizeof(struct tern_model_header) */
  uint64_t weights_bytes;         /* size of .tern.weights */
  uint64_t shared_bytes;          /* arena that all threads of a step share */
  uint64_t scratch_bytes;         /* arena of each thread; a multiple of TERN_ARENA_ALIGN */
  uint64_t cache_bytes_per_token; /* key and value cache of all layers, per position of context */
  uint32_t vocab_size;            /* logits per token */
  uint32_t max_context;           /* positions that the model can address */
  uint32_t prefill_block;         /* most tokens in one tern_prefill call, >= 1 */
  uint32_t cache_page;            /* positions by which the cache grows, >= 1: it is a whole number of pages */
  uint32_t hidden_size;           /* numbers in a hidden state: what the output head takes */
  uint32_t code_columns;          /* of the head's codes: codeColumns(hidden_size), lib/head/row_codes.h; 0: no codes */
  uint64_t head_figures_offset;   /* in .tern.weights: f32 [kRowFigures][vocab_size]; 0 without codes */
  char features[1024]; /* CPU features the code needs: LLVM names, comma-separated, NUL-terminated ("avx2,fma") */
};

/* The last bytes of the file. `*_hash` are XXH3-64 with seed 0. */
struct tern_model_trailer {
  char magic[8];           /* TERN_TRAILER_MAGIC, no terminator */
  uint64_t file_bytes;     /* size of the whole file: a shorter file was truncated */
  uint64_t weights_offset; /* where .tern.weights starts; the same as its section header says */
  uint64_t weights_hash;   /* of the bytes of .tern.weights */
  uint64_t rest_hash;      /* of every other byte of the file, in file order, up to this field */
};

/* What one call of a step function works on. The same struct is passed to every thread of the team. */
struct tern_step {
  const uint8_t *weights;  /* .tern.weights as mapped */
  uint8_t *shared;         /* header.shared_bytes, aligned to TERN_ARENA_ALIGN */
  uint8_t *scratch;        /* header.scratch_bytes for each thread, one after the other, aligned to TERN_ARENA_ALIGN */
  uint8_t *cache;          /* header.cache_bytes_per_token * cache_capacity bytes, aligned to TERN_ARENA_ALIGN */
  uint64_t cache_capacity; /* positions that the cache has room for, a multiple of header.cache_page; position +
                              n_tokens <= cache_capacity */
  const int32_t *tokens;   /* n_tokens ids, each in [0, vocab_size): read by tern_decode and tern_prefill */
  uint64_t n_tokens;       /* 1, or 1 .. prefill_block for tern_prefill and tern_logits_block */
  uint64_t position;       /* position of tokens[0]; the cache holds [0, position) */
  uint64_t first_output;   /* hidden states are made for tokens [first_output, n_tokens); n_tokens for none */
  float *hidden;           /* [n_tokens - first_output][hidden_size]: written by tern_decode and tern_prefill; read by
                              tern_logits* */
  float *logits;           /* [n_tokens][vocab_size], or [n_rows] by tern_logits_rows: written by tern_logits* */
  const int8_t *hidden_codes; /* [2][code_columns], read by tern_screen; fastest when aligned to TERN_ARENA_ALIGN */
  const int32_t *rows; /* n_rows rows of the head, each in [0, vocab_size): read by tern_logits_rows and tern_screen */
  uint64_t n_rows;     /* at most vocab_size */
  uint64_t plane;      /* of the codes, 0 (coarse) or 1 (fine): read by tern_screen */
  int32_t *sums;       /* [n_rows][2], written by tern_screen */
  void (*barrier)(void *team, uint64_t thread); /* returns when all threads of the team have called it */
  void *team;                                   /* passed to barrier */
  /* Told by each thread that it enters a stage of the step, an index into the manifest's list; NULL: nobody wants to
   * know. */
  void (*mark)(void *profiler, uint64_t thread, uint64_t stage);
  void *profiler; /* passed to mark */
};

/* Runs one step; all `threads` threads of the team call it with their own index in [0, threads). */
typedef void (*tern_step_fn)(const struct tern_step *step, uint64_t thread, uint64_t threads);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* TERN_LIB_OBJECT_MODEL_ABI_H */
