/* Runs a model's step functions with nothing but the kernel below it: no C library, no runtime, so that code for
 * another architecture runs under an emulator without packages of that architecture. Built with
 *
 *   clang --target=aarch64-linux-gnu -ffreestanding -nostdlib -static -fuse-ld=lld run_step.c OBJECT
 *
 * where OBJECT is phase obj of a model. Usage: run_step MODEL COUNT ID...
 * Prints COUNT tokens, each that with the largest logit. The ids go through tern_prefill, what follows through
 * tern_decode. */
#include "lib/object/model_abi.h"

#include <stddef.h>

extern const struct tern_model_header tern_model_header;
extern void tern_decode(const struct tern_step *, uint64_t, uint64_t);
extern void tern_prefill(const struct tern_step *, uint64_t, uint64_t);
extern void tern_logits(const struct tern_step *, uint64_t, uint64_t);

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

  int32_t tokens = numberOf(arguments[2]), ids[1024];
  uint64_t room = (uint64_t)(count - 3 + tokens);
  struct tern_step step = {0};
  step.weights = model + trailer->weights_offset;
  step.shared = map(header->shared_bytes, -1);
  step.scratch = map(header->scratch_bytes, -1);
  step.cache_capacity = (room + header->cache_page - 1) / header->cache_page * header->cache_page;
  step.cache = map(header->cache_bytes_per_token * step.cache_capacity, -1);
  step.hidden = (float *)map(sizeof(float) * header->hidden_size, -1);
  step.logits = (float *)map(sizeof(float) * header->vocab_size, -1);
  step.tokens = ids;
  step.barrier = alone;
  for (step.n_tokens = 0; (long)step.n_tokens < count - 3 && step.n_tokens < sizeof ids / sizeof *ids; ++step.n_tokens)
    ids[step.n_tokens] = numberOf(arguments[3 + step.n_tokens]);
  step.first_output = step.n_tokens - 1;
  tern_prefill(&step, 0, 1);
  for (;;) {
    step.position += step.n_tokens;
    step.n_tokens = 1;
    step.first_output = 0;
    tern_logits(&step, 0, 1);
    ids[0] = 0;
    for (uint32_t i = 1; i < header->vocab_size; ++i)
      if (step.logits[i] > step.logits[ids[0]])
        ids[0] = (int32_t)i;
    print((uint32_t)ids[0], --tokens > 0 ? ' ' : '\n');
    if (tokens <= 0)
      for (;;)
        call(EXIT_GROUP, 0, 0, 0, 0, 0, 0);
    tern_decode(&step, 0, 1);
  }
}

__asm__(".globl _start\n_start:\n  mov x0, sp\n  b start\n");
