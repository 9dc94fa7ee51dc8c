/* Runs a model's step functions with nothing but the kernel below it: no C library, no runtime, so that code for
 * another architecture runs under an emulator without packages of that architecture. Built with
 *
 *   clang --target=aarch64-linux-gnu -ffreestanding -nostdlib -static -fuse-ld=lld run_step.c OBJECT
 *
 * where OBJECT is phase obj of a model. Usage: run_step MODEL COUNT ID...
 * Prints COUNT tokens, each that with the largest logit. The ids go through the export prefill, what follows through
 * decode. */
#include "lib/object/model_abi.h"

#include <stddef.h>

extern const struct tern_model_header tern_model_header;
extern const struct tern_library *tern_model_query(uint32_t version);

enum { OPENAT = 56, LSEEK = 62, WRITE = 64, EXIT_GROUP = 94, MMAP = 222 }; /* system calls of AArch64 */

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c,
                   x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

static _Noreturn void fail(const char *what) {
  size_t length = 0;
  while (what[length])
    ++length;
  call(WRITE, 2, (long)what, (long)length, 0, 0, 0);
  for (;;)
    call(EXIT_GROUP, 1, 0, 0, 0, 0, 0);
}

/* Zeroed pages, or those of a file. */
static uint8_t *map(uint64_t bytes, long file) {
  enum { READ_WRITE = 3, PRIVATE = 2, ANONYMOUS = 0x20 };
  long at = call(MMAP, 0, (long)bytes, READ_WRITE, file < 0 ? PRIVATE | ANONYMOUS : PRIVATE, file, 0);
  if (at < 0)
    fail("run_step: cannot map memory\n");
  return (uint8_t *)at;
}

static void alone(void *team, uint64_t thread) {
  (void)team;
  (void)thread;
}

/* The export of this name; its ports are those of lib/object/decoder_exports.h, in this order: what is read, what is
 * written. */
static const struct tern_export *find(const char *name) {
  const struct tern_library *library = tern_model_query(TERN_ABI_VERSION);
  for (uint64_t i = 0; library && i < library->n_exports; ++i) {
    const struct tern_export *each = &library->exports[i];
    size_t at = 0;
    while (name[at] && name[at] == each->name[at])
      ++at;
    if (name[at] == each->name[at] && each->n_ports == 2 && !each->ports[0].output && each->ports[1].output)
      return each;
  }
  fail("run_step: the model lacks an export\n");
}

static int32_t numberOf(const char *text) {
  int32_t number = 0;
  for (; *text >= '0' && *text <= '9'; ++text)
    number = 10 * number + (*text - '0');
  return number;
}

static void print(uint32_t number, char end) {
  char text[12], *at = text + sizeof text;
  *--at = end;
  do
    *--at = (char)('0' + number % 10);
  while (number /= 10);
  call(WRITE, 1, (long)at, text + sizeof text - at, 0, 0, 0);
}

__attribute__((used)) static _Noreturn void start(long *stack) {
  const struct tern_model_header *header = &tern_model_header;
  char **arguments = (char **)(stack + 1);
  long count = stack[0], here = -100;
  if (count < 4 || count - 3 > (long)header->prefill_block)
    fail("usage: run_step MODEL COUNT ID...\n");
  long file = call(OPENAT, here, (long)arguments[1], 0, 0, 0, 0), bytes = call(LSEEK, file, 0, 2, 0, 0, 0);
  if (file < 0 || bytes < (long)sizeof(struct tern_model_trailer))
    fail("run_step: cannot read the model\n");
  const uint8_t *model = map((uint64_t)bytes, file);
  const struct tern_model_trailer *trailer = (const void *)(model + bytes - sizeof *trailer);

  const struct tern_export *prefill = find("prefill"), *decode = find("decode"), *head = find("logits");
  int32_t tokens = numberOf(arguments[2]), ids[1024];
  uint64_t room = (uint64_t)(count - 3 + tokens), pages = (room + header->cache_page - 1) / header->cache_page;
  float *hidden = (float *)map(sizeof(float) * header->hidden_size, -1);
  float *logits = (float *)map(sizeof(float) * header->vocab_size, -1);
  uint32_t *table = (uint32_t *)map(sizeof(uint32_t) * pages, -1);
  for (uint64_t i = 0; i < pages; ++i)
    table[i] = (uint32_t)(pages - 1 - i);
  void *textPorts[] = {ids, hidden}, *headPorts[] = {hidden, logits};
  struct tern_run run = {0, 0, table};
  struct tern_step step = {0};
  step.weights = model + trailer->weights_offset;
  step.shared = map(header->shared_bytes, -1);
  step.scratch = map(header->scratch_bytes, -1);
  step.cache = map(header->cache_bytes_per_token * header->cache_page * pages, -1);
  step.runs = &run;
  step.n_runs = 1;
  step.barrier = alone;
  step.ports = textPorts;
  for (; (long)step.n_rows < count - 3 && step.n_rows < sizeof ids / sizeof *ids; ++step.n_rows)
    ids[step.n_rows] = numberOf(arguments[3 + step.n_rows]);
  run.rows = step.n_rows;
  step.first_output = step.n_rows - 1;
  prefill->run(&step, 0, 1);
  for (;;) {
    run.position += run.rows;
    run.rows = step.n_rows = 1;
    step.first_output = 0;
    step.ports = headPorts;
    head->run(&step, 0, 1);
    ids[0] = 0;
    for (uint32_t i = 1; i < header->vocab_size; ++i)
      if (logits[i] > logits[ids[0]])
        ids[0] = (int32_t)i;
    print((uint32_t)ids[0], --tokens > 0 ? ' ' : '\n');
    if (tokens <= 0)
      for (;;)
        call(EXIT_GROUP, 0, 0, 0, 0, 0, 0);
    step.ports = textPorts;
    decode->run(&step, 0, 1);
  }
}

__asm__(".globl _start\n_start:\n  mov x0, sp\n  b start\n");
