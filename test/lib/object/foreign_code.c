/*===- foreign_code.c - Objects that ask the dynamic loader for more than ternc's do ---===*
 *
 * Each kind, as FOREIGN_KIND, is one thing that loading would do besides mapping segments.
 *===-----------------------------------------------------------------------------------===*/
#define PLAIN 0
#define CONSTRUCTOR 1
#define DESTRUCTOR 2
#define UNDEFINED 3
#define SANITIZED 4
#define RESOLVER 5
#define THREAD_DATA 6

/* What a compiler cannot do beforehand. */
#define OPAQUE __asm__ volatile("" : : : "memory")
#define EXPORT __attribute__((visibility("default")))

static int local;
EXPORT int *const address = &local; /* a relocation, as ternc's tables may have */

#if FOREIGN_KIND == CONSTRUCTOR
__attribute__((constructor)) static void begin(void) { OPAQUE; }
#elif FOREIGN_KIND == DESTRUCTOR
__attribute__((destructor)) static void end(void) { OPAQUE; }
#elif FOREIGN_KIND == UNDEFINED
int getpid(void);
EXPORT int decode(void) { return getpid(); }
#elif FOREIGN_KIND == SANITIZED
void __asan_report_load4(const void *);
EXPORT void decode(void) { __asan_report_load4(&local); }
#elif FOREIGN_KIND == RESOLVER
static int chosen(void) { return 1; }
static int (*choose(void))(void) {
  OPAQUE;
  return chosen;
}
EXPORT int decode(void) __attribute__((ifunc("choose")));
EXPORT int (*pointer)(void) = decode;
#elif FOREIGN_KIND == THREAD_DATA
EXPORT __thread int counter;
EXPORT int decode(void) { return counter; }
#endif
