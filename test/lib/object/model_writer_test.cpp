//===- model_writer_test.cpp - What is refused before a file appears -----------===//
#include "lib/object/model_writer.h"
#include "test/lib/object/small_object.h"
#include "test/lib/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using testing::HasSubstr;

namespace {

class Writer : public testing::Test {
protected:
  /// Writes `made` bytes of weights where `planned` are planned.
  std::string errorOf(const std::string &code, uint64_t planned, const std::string &made) {
    ModelParts parts;
    parts.code = code;
    parts.weightsBytes = planned;
    parts.weights = [&](const auto &sink) { return sink(std::as_bytes(std::span(made))); };
    parts.manifest = "{}";
    Status status = writeModelObject(parts, folder.path + "/m.tern");
    EXPECT_EQ(folder.entries(), status ? 1u : 0u); // nothing is left of a failure
    return status ? "" : status.error().message;
  }
  test::TemporaryFolder folder;
};

TEST_F(Writer, WeightsThatAreNotWhatWasPlanned) {
  std::string code = test::smallCode(test::smallHeader(64));
  EXPECT_THAT(errorOf(code, 64, std::string(63, 'w')),
              HasSubstr("63 bytes of weights were made where 64 were planned"));
  EXPECT_THAT(errorOf(code, 32, std::string(32, 'w')),
              HasSubstr("the linked code was made for 64 bytes of weights, not 32"));
}

TEST_F(Writer, WeightsThatFail) {
  std::string code = test::smallCode(test::smallHeader(64));
  ModelParts parts;
  parts.code = code;
  parts.weightsBytes = 64;
  parts.weights = [](const auto &) { return Status(Error{"t: holds a NaN"}); };
  Status status = writeModelObject(parts, folder.path + "/m.tern");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "t: holds a NaN");
  EXPECT_EQ(folder.entries(), 0u);
}

TEST_F(Writer, CodeWithoutTheSections) {
  std::string code = test::smallCode(test::smallHeader(64));
  for (const char *section :
       {TERN_SECTION_WEIGHTS, TERN_SECTION_TOKENIZER, TERN_SECTION_MANIFEST, TERN_SECTION_HEADER}) {
    std::string changed = code;
    changed[changed.find(section) + 1] = 'X';
    EXPECT_THAT(errorOf(changed, 64, std::string(64, 'w')), HasSubstr(section));
  }
  EXPECT_THAT(errorOf("no ELF file", 0, ""), HasSubstr("m.tern: is no model object"));
}

} // namespace
