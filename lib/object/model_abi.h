/*===- model_abi.h - The border between a compiled model and the runtime ----===*
 *
 * The one contract that ternc's output and the runtime share. A model object is an ELF shared object for one CPU. It
 * exports
 *
 *   tern_model_header   struct tern_model_header, in section .tern.header: read from the file before code is mapped
 *   tern_model_query    tern_query_fn: the step functions that the object has, with their ports
 *
 * and nothing else. What a model can be asked for is what it exports: a decoder of text has the step functions of
 * lib/object/decoder_exports.h, a classifier or one layer by itself those of its graph.
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
#define TERN_ABI_VERSION 7u

#define TERN_SECTION_HEADER ".tern.header"
#define TERN_SECTION_WEIGHTS ".tern.weights"
#define TERN_SECTION_TOKENIZER ".tern.tokenizer"
#define TERN_SECTION_MANIFEST ".tern.manifest"
#define TERN_SYMBOL_HEADER "tern_model_header"
#define TERN_SYMBOL_QUERY "tern_model_query"

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
  uint64_t cache_bytes_per_token; /* key and value cache of all layers, per position of context; 0: no cache */
  uint32_t vocab_size;            /* logits per token; 0: no decoder of text */
  uint32_t max_context;           /* positions that the model can address; 0 where it looks at none */
  uint32_t prefill_block;         /* most rows in one step of any export, >= 1 */
  uint32_t cache_page;            /* positions of a page of the cache, >= 1 */
  uint32_t hidden_size;           /* numbers in a hidden state: what the output head takes; 0 without one */
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

/* Neighbouring rows of a step that stand at neighbouring positions of one sequence. */
struct tern_run {
  uint64_t rows;     /* >= 1 */
  uint64_t position; /* of the first row; position + rows <= header.max_context */
  const uint32_t
      *pages; /* the sequence's: positions [p * cache_page, (p + 1) * cache_page) are in page pages[p] of the
                 pool, for all positions up to the last row's. No other sequence of the step has this page. */
};

/* What one call of a step function works on. The same struct is passed to every thread of the team. */
struct tern_step {
  const uint8_t *weights; /* .tern.weights as mapped */
  uint8_t *shared;        /* header.shared_bytes, aligned to TERN_ARENA_ALIGN */
  uint8_t *scratch;       /* header.scratch_bytes for each thread, one after the other, aligned to TERN_ARENA_ALIGN */
  uint8_t *cache;     /* the pool: pages of header.cache_bytes_per_token * header.cache_page bytes, one after the other,
                         aligned to TERN_ARENA_ALIGN */
  void *const *ports; /* of the export, in its order; an output is written, all others are read */
  const struct tern_run
      *runs;             /* n_runs, whose rows are those of the step in this order. Several may be of one sequence:
                            a row sees all positions of its sequence up to its own, also those of other runs */
  uint64_t n_rows;       /* 1 .. the export's most_rows */
  uint64_t n_runs;       /* >= 1; 0 for an export that looks at no positions, such as the output head */
  uint64_t first_output; /* rows [first_output, n_rows) have outputs; n_rows for none */
  uint64_t n_listed;     /* entries of the ports that count them */
  void (*barrier)(void *team, uint64_t thread); /* returns when all threads of the team have called it */
  void *team;                                   /* passed to barrier */
  /* Told by each thread that it enters a stage of the step, an index into the manifest's list; NULL: nobody wants to
   * know. */
  void (*mark)(void *profiler, uint64_t thread, uint64_t stage);
  void *profiler; /* passed to mark */
};

/* Runs one step; all `threads` threads of the team call it with their own index in [0, threads). */
typedef void (*tern_step_fn)(const struct tern_step *step, uint64_t thread, uint64_t threads);

/* What the numbers of a port are. */
enum { TERN_TYPE_F32 = 0, TERN_TYPE_BF16 = 1, TERN_TYPE_I32 = 2, TERN_TYPE_I8 = 3 };
/* What the first extent of a port counts: n_rows, n_rows - first_output, n_listed, or always shape[0]. */
enum { TERN_EXTENT_ROWS = 0, TERN_EXTENT_OUTPUTS = 1, TERN_EXTENT_LISTED = 2, TERN_EXTENT_FIXED = 3 };

/* A tensor that the caller passes to a step or gets from it: row-major, without padding. */
struct tern_port {
  const char *name;
  uint32_t type;     /* TERN_TYPE_* */
  uint32_t extent;   /* TERN_EXTENT_* */
  uint32_t output;   /* 1: the step writes it */
  uint32_t rank;     /* 1 .. 3 */
  uint64_t shape[3]; /* the first one is the most that its extent can be; 1 beyond rank */
};

struct tern_export {
  const char *name; /* "decode" */
  tern_step_fn run;
  uint64_t most_rows;
  uint64_t n_ports;
  const struct tern_port *ports;
};

/* What instruments the code. */
enum { TERN_SANITIZER_NONE = 0, TERN_SANITIZER_ADDRESS = 1, TERN_SANITIZER_THREAD = 2 };

struct tern_library {
  uint32_t abi_version; /* TERN_ABI_VERSION */
  uint32_t sanitizer;   /* TERN_SANITIZER_* */
  uint64_t n_exports;
  const struct tern_export *exports;
};

/* The step functions of the object; NULL when it does not speak this version of the interface. */
typedef const struct tern_library *(*tern_query_fn)(uint32_t abi_version);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* TERN_LIB_OBJECT_MODEL_ABI_H */
