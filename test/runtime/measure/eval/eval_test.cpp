//===- eval_test.cpp - Reading a step's memory and comparing matrices ----------===//
#include "runtime/measure/eval/compare.h"
#include "runtime/measure/eval/step_memory.h"

#include <cmath>
#include <cstring>
#include <gmock/gmock.h>

namespace tern {
namespace {

using testing::ElementsAre;

TEST(Compare, RelativeErrorOfTheWorstRow) {
  EXPECT_DOUBLE_EQ(relativeError({{3, 4}, {0, 2}}, {{3, 4}, {0, 1}}), 1);
  EXPECT_EQ(relativeError({{1}}, {{1, 2}}), HUGE_VAL);
  EXPECT_EQ(relativeError({{std::nan("")}}, {{1}}), HUGE_VAL);
}

TEST(Compare, CodesAreCountedInStepsOfTheirHead) {
  // Two heads whose steps are 1 and 0.01.
  const Matrix expected = {{127, -3, 1.27, 0.5}};
  EXPECT_EQ(codesApart(expected, expected, 2), 0);
  EXPECT_DOUBLE_EQ(codesApart({{127, -4, 1.27, 0.5}}, expected, 2), 1);
  EXPECT_NEAR(codesApart({{127, -3, 1.27, 0.52}}, expected, 2), 2, 1e-9);
  EXPECT_EQ(codesApart({{0, 1}}, {{0, 0}}, 1), HUGE_VAL); // zeros have no step
  EXPECT_EQ(codesApart({{0}}, {{0, 0}}, 1), HUGE_VAL);
}

/// A page of 4 positions with the keys of 2 heads by 4 (strips of 2 positions) and their values (strips of 4 columns),
/// as codes in pairs; every number is where docs/dialects.md says.
TEST(StepMemory, ReadsTheStripsOfACache) {
  constexpr uint64_t page = 4, heads = 2, depth = 4, elements = page * heads * depth;
  constexpr uint64_t bytes = elements + heads * page * sizeof(float);
  std::vector<uint8_t> cache(2 * bytes * 2);
  auto code = [](uint64_t position, uint64_t head, uint64_t i) { return int8_t(position * 10 + head * 5 + i); };
  for (uint64_t position = 0; position < 2 * page; ++position)
    for (uint64_t head = 0; head < heads; ++head) {
      uint64_t p = position % page;
      for (bool keys : {true, false}) {
        uint8_t *start = cache.data() + (1 - position / page) * 2 * bytes + (keys ? 0 : bytes);
        float scale = keys ? 2 : float(head + 1);
        std::memcpy(start + elements + (head * page + p) * sizeof(float), &scale, sizeof scale);
        for (uint64_t i = 0; i < depth; ++i)
          start[head * page * depth + (keys ? p / 2 * depth * 2 + i / 2 * 4 + p % 2 * 2 + i % 2
                                            : p / 2 * depth * 2 + i * 2 + p % 2)] = uint8_t(code(position, head, i));
      }
    }
  tern_model_header header{};
  header.cache_page = page;
  header.cache_bytes_per_token = 2 * bytes / page;
  tern_step step{};
  step.cache = cache.data();
  const uint32_t pages[] = {1, 0}; // the sequence's first page lies behind its second
  const tern_run run = {2, 3, pages};
  step.runs = &run;
  step.n_runs = 1;
  step.n_rows = 2;
  const tern_export decode = {"decode", nullptr, 2, 0, nullptr};
  OperatorTensor keys{.dtype = "i8",
                      .per = "token",
                      .columns = 8,
                      .heads = 2,
                      .role = "keys",
                      .strip = 2,
                      .arena = "cache",
                      .port = ""};
  OperatorTensor values = keys;
  values.role = "values";
  values.strip = 4;
  values.offset = bytes;
  Result<Matrix> read = StepMemory(header, decode, step).readCache(keys);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 5u);
  EXPECT_THAT((*read)[1], ElementsAre(20, 22, 24, 26, 30, 32, 34, 36));
  EXPECT_THAT((*read)[4], ElementsAre(80, 82, 84, 86, 90, 92, 94, 96));
  read = StepMemory(header, decode, step).read(values); // of this step's tokens
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2u);
  EXPECT_THAT((*read)[0], ElementsAre(30, 31, 32, 33, 70, 72, 74, 76));
  EXPECT_THAT((*read)[1], ElementsAre(40, 41, 42, 43, 90, 92, 94, 96));
  values.offset = bytes + 1; // the last scale would lie in the next page
  EXPECT_FALSE(StepMemory(header, decode, step).read(values));
  keys.strip = 3; // no page is a whole number of these
  EXPECT_FALSE(StepMemory(header, decode, step).readCache(keys));
}

TEST(StepMemory, ReadsPortsByTheirNames) {
  const float hidden[2][3] = {{1, 2, 3}, {4, 5, 6}};
  const int32_t listed[] = {7, 0, 5};
  void *ports[] = {const_cast<float (*)[3]>(hidden), const_cast<int32_t *>(listed)};
  const tern_port described[] = {{"hidden", TERN_TYPE_F32, TERN_EXTENT_ROWS, 0, 2, {4, 3, 1}},
                                 {"rows", TERN_TYPE_I32, TERN_EXTENT_LISTED, 0, 1, {8, 1, 1}}};
  const tern_export head = {"head", nullptr, 4, 2, described};
  tern_model_header header{};
  tern_step step{};
  step.ports = ports;
  step.n_rows = 2;
  step.n_listed = 3;
  auto read = [&](const char *port, const char *dtype, const char *per, int64_t columns) {
    return StepMemory(header, head, step)
        .read({.dtype = dtype, .per = per, .columns = columns, .role = "", .arena = "", .port = port});
  };
  Result<Matrix> rows = read("rows", "i32", "row", 1), states = read("hidden", "f32", "token", 3);
  ASSERT_TRUE(rows && states);
  EXPECT_THAT(*rows, ElementsAre(ElementsAre(7), ElementsAre(0), ElementsAre(5)));
  EXPECT_THAT(*states, ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
  EXPECT_FALSE(read("hidden", "f32", "token", 7)); // more than the port holds
  Result<Matrix> unknown = read("logits", "f32", "token", 3);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "tensor 0 of the list of operators does not lie within the port \"logits\"");
}

} // namespace
} // namespace tern
