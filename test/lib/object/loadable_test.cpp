//===- loadable_test.cpp - What loading an object would do --------------------===//
#include "lib/base/file.h"
#include "lib/object/loadable.h"
#include "test/lib/object/small_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <elf.h>

using namespace tern;
using testing::ContainsRegex;
using testing::HasSubstr;

namespace {

std::string object(const char *kind) { return *readFile(std::string(TERN_FOREIGN_CODE) + "/" + kind + ".so", 1 << 20); }

std::string problemOf(const std::string &bytes) {
  Status status = checkLoadable(std::as_bytes(std::span(bytes)), "m.tern");
  return status ? "" : status.error().message;
}

/// The object with one field of its first program header of a type, or of its first dynamic entry of a tag, changed.
std::string withSegment(std::string bytes, uint32_t type, void (*change)(Elf64_Phdr &)) {
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  for (size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    char *at = bytes.data() + header.e_phoff + i * sizeof segment;
    std::memcpy(&segment, at, sizeof segment);
    if (segment.p_type != type)
      continue;
    change(segment);
    std::memcpy(at, &segment, sizeof segment);
    return bytes;
  }
  ADD_FAILURE() << "no segment of type " << type;
  return bytes;
}

std::string withTag(std::string bytes, int64_t tag, int64_t newTag, uint64_t value) {
  Elf64_Phdr dynamic = {};
  static Elf64_Phdr found;
  withSegment(bytes, PT_DYNAMIC, [](Elf64_Phdr &segment) { found = segment; });
  dynamic = found;
  for (uint64_t at = dynamic.p_offset; at < dynamic.p_offset + dynamic.p_filesz; at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry;
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    if (entry.d_tag != tag)
      continue;
    entry.d_tag = newTag;
    entry.d_un.d_val = value;
    std::memcpy(bytes.data() + at, &entry, sizeof entry);
    return bytes;
  }
  ADD_FAILURE() << "no entry of tag " << tag;
  return bytes;
}

TEST(Loadable, CodeAndDataAre) {
  EXPECT_EQ(problemOf(object("plain")), "");
  EXPECT_EQ(problemOf(test::smallCode(test::smallHeader(64))), ""); // nothing to load at all
}

TEST(Loadable, WhatRunsAtLoadingIsNot) {
  EXPECT_EQ(
      problemOf(object("constructor")),
      "m.tern: has code that runs when it is loaded or unloaded (DT_INIT_ARRAY), which no object of ternc does; it "
      "is not loaded");
  EXPECT_THAT(problemOf(object("destructor")), HasSubstr("(DT_FINI_ARRAY)"));
  EXPECT_THAT(problemOf(object("resolver")), ContainsRegex("chosen when it is loaded|relocation of type"));
  for (int tag : {DT_INIT, DT_FINI, DT_PREINIT_ARRAY})
    EXPECT_THAT(problemOf(withTag(object("plain"), DT_STRSZ, tag, 0x1000)), HasSubstr("runs when it is loaded"));
}

TEST(Loadable, WhatComesFromOutsideIsNot) {
  EXPECT_THAT(problemOf(object("undefined")), HasSubstr("needs a symbol that it does not define (getpid)"));
  EXPECT_THAT(problemOf(object("thread_data")), HasSubstr("m.tern: has a"));
  EXPECT_THAT(problemOf(withTag(object("plain"), DT_SYMENT, DT_NEEDED, 1)), HasSubstr("needs another library ("));
  for (int tag : {DT_AUXILIARY, DT_FILTER, DT_AUDIT, DT_RUNPATH, DT_REL, 35 /* DT_RELRSZ */})
    EXPECT_THAT(problemOf(withTag(object("plain"), DT_SYMENT, tag, 1)), HasSubstr("has a dynamic entry of tag"));
  EXPECT_THAT(problemOf(withTag(object("plain"), DT_FLAGS, DT_FLAGS, DF_TEXTREL)), HasSubstr("special treatment"));
  EXPECT_THAT(problemOf(withTag(object("plain"), DT_FLAGS_1, DT_FLAGS_1, DF_1_INITFIRST)),
              HasSubstr("special treatment"));
}

TEST(Loadable, SegmentsAreWrittenOrRun) {
  auto both = [](Elf64_Phdr &segment) { segment.p_flags = PF_R | PF_W | PF_X; };
  EXPECT_THAT(problemOf(withSegment(object("plain"), PT_LOAD, both)),
              HasSubstr("has a segment that is writable and executable"));
  EXPECT_THAT(problemOf(withSegment(object("plain"), PT_GNU_STACK, both)), HasSubstr("asks for an executable stack"));
  EXPECT_THAT(problemOf(withSegment(object("plain"), PT_GNU_STACK, [](Elf64_Phdr &s) { s.p_type = PT_NULL; })),
              HasSubstr("asks for an executable stack")); // what the loader takes its absence for
  EXPECT_THAT(problemOf(withSegment(object("plain"), PT_GNU_RELRO, [](Elf64_Phdr &s) { s.p_type = PT_INTERP; })),
              HasSubstr("has a segment of type 3"));
  EXPECT_THAT(problemOf(withTag(object("plain"), DT_RELASZ, DT_RELASZ, 1 << 20)), HasSubstr("is damaged"));
}

TEST(Loadable, AnInstrumentedObjectSaysWhatItNeeds) {
  std::string problem = problemOf(object("sanitized"));
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TERN_HAS_ASAN 1
#endif
#endif
#if defined(TERN_HAS_ASAN) || defined(__SANITIZE_ADDRESS__)
  EXPECT_EQ(problem, "");
#else
  EXPECT_EQ(problem,
            "m.tern: was compiled with --sanitize=address, which a program of the preset asan can load; compile "
            "it without, or build that one");
#endif
}

} // namespace
