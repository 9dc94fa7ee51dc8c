// Calls @product of a translated module whose tile intrinsics are the functions of amx_tiles.ll, and compares every sum
// with the scalar one. COLUMNS, BOUND and LAYOUT are the module's; its weights are two tile rows of codes2 in tiles of
// 64 by 16, trits5 of 32 by 20 or columns2 of 256 by 16, packed as lib/trit/layout.h says.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { codes2, trits5, columns2 };
enum {
  kTileRows = LAYOUT == codes2   ? 64
              : LAYOUT == trits5 ? 32
                                 : 256,
  kRows = 2 * kTileRows,
  kBytes = LAYOUT == trits5 ? kRows * COLUMNS / 5 : kRows * COLUMNS / 4,
};

void load_tile(int8_t *tile, const int8_t *from, int64_t stride) {
  for (int row = 0; row < 16; ++row)
    memcpy(tile + 64 * row, from + stride * row, 64);
}

void store_tile(const int8_t *tile, int8_t *to, int64_t stride) {
  for (int row = 0; row < 16; ++row)
    memcpy(to + stride * row, tile + 64 * row, 64);
}

void multiply_tiles(int32_t *sums, const int8_t *left, const int8_t *right) {
  for (int row = 0; row < 16; ++row)
    for (int quad = 0; quad < 16; ++quad)
      for (int column = 0; column < 16; ++column)
        for (int j = 0; j < 4; ++j)
          sums[16 * row + column] += left[64 * row + 4 * quad + j] * right[64 * quad + 4 * column + j];
}

// Memrefs in MLIR's convention: allocated and aligned pointer, offset, sizes, strides.
typedef int64_t I;
void product(const int8_t *, const int8_t *, I, I, I, I, I, const int32_t *, const int32_t *, I, I, I, const uint8_t *,
             const uint8_t *, I, I, I, int32_t *, int32_t *, I, I, I, I, I, I, I, I);

static int8_t weights[kRows][COLUMNS];
static uint8_t packed[kBytes];

/// Calls for `tokens` tokens and rows [begin, begin + size); codes end where their memory ends. Returns 1 when all is
/// as it should be.
static int check(I tokens, I begin, I size) {
  I padded = (tokens + 31) / 32 * 32;
  int8_t *codes = malloc((size_t)(padded * COLUMNS));
  int32_t *sums = calloc((size_t)padded, sizeof *sums), *out = malloc((size_t)(padded * kRows) * sizeof *out);
  for (I i = 0; i < padded * COLUMNS; ++i) {
    codes[i] = (int8_t)(rand() >> 8);
    sums[i / COLUMNS] += codes[i];
  }
  for (I i = 0; i < padded * kRows; ++i)
    out[i] = 0x5a5a5a5a;
  product(codes, codes, 0, BOUND, COLUMNS, COLUMNS, 1, sums, sums, 0, BOUND, 1, packed, packed, 0, sizeof packed, 1,
          out, out, 0, BOUND, kRows, kRows, 1, begin, size, tokens);
  int right = 1;
  for (I token = 0; token < tokens; ++token)
    for (I row = 0; row < kRows; ++row) {
      int32_t expected = 0x5a5a5a5a;
      if (row >= begin && row < begin + size) {
        expected = 0;
        for (I column = 0; column < COLUMNS; ++column)
          expected += weights[row][column] * codes[token * COLUMNS + column];
      }
      right &= out[token * kRows + row] == expected;
    }
  if (!right)
    printf("wrong: %d columns, %d tokens, rows %d to %d\n", COLUMNS, (int)tokens, (int)begin, (int)(begin + size));
  free(codes);
  free(sums);
  free(out);
  return right;
}

static int greatestCommonDivisor(int a, int b) { return b ? greatestCommonDivisor(b, a % b) : a; }

/// Puts the code of one weight where it is in its tile row.
static void pack(int row, int column, int code) {
  uint8_t *band = packed + row / kTileRows * (kBytes / 2);
  int inTile = row % kTileRows;
  if (LAYOUT == codes2) {
    band[4 * (column / 16 * kTileRows + inTile) + column % 4] |= (uint8_t)(code << 2 * (column % 16 / 4));
  } else if (LAYOUT == trits5) {
    // Bytes hold base-3 numbers; the gap behind 125 is made when all digits are there.
    static const int places[] = {3, 9, 27, 81, 1};
    int field = column % 20 / 4;
    band[4 * (column / 20 * kTileRows + inTile) + column % 4] +=
        (uint8_t)(places[field] * (field == 4 ? 2 - code : code));
  } else {
    int step = COLUMNS * 382 / 1000 | 1;
    while (greatestCommonDivisor(step, COLUMNS) != 1)
      step += 2;
    int byte = inTile / 4 % 4 * 16 + inTile / 16 % 4 * 4 + inTile % 4;
    band[(int64_t)column * step % COLUMNS * 64 + byte] |= (uint8_t)(code << 2 * (inTile / 64));
  }
}

int main(void) {
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column < COLUMNS; ++column) {
      int code = (rand() >> 8) % 3;
      weights[row][column] = (int8_t)(code - 1);
      pack(row, column, code);
    }
  for (int i = 0; LAYOUT == trits5 && i < kBytes; ++i)
    packed[i] += packed[i] < 126 ? 0 : 2;
  int right = 1;
  for (I tokens = 1; tokens <= BOUND; tokens += 15)
    right &= check(tokens, 0, kRows) & check(tokens, 0, kTileRows) & check(tokens, kTileRows, kTileRows);
  puts(right ? "all sums are right" : "some are wrong");
  return !right;
}
