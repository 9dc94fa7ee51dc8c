//===- link_test.cpp - Linking ---------------------------------------------------===//
#include "compiler/emit/link.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace tern {
namespace {

using ::testing::HasSubstr;

TEST(Link, GarbageIsAnErrorOfOneLine) {
  Result<std::string> linked = linkSharedObject("this is no object", false);
  ASSERT_FALSE(linked);
  EXPECT_THAT(linked.error().message, HasSubstr("linking failed"));
  EXPECT_EQ(linked.error().message.find('\n'), std::string::npos);
}

TEST(Link, NoPlaceForTemporaryFiles) {
  const char *before = std::getenv("TMPDIR");
  std::string saved = before ? before : "";
  setenv("TMPDIR", "/nonexistent/folder", 1);
  Result<std::string> linked = linkSharedObject("", false);
  if (before)
    setenv("TMPDIR", saved.c_str(), 1);
  else
    unsetenv("TMPDIR");
  ASSERT_FALSE(linked);
  EXPECT_THAT(linked.error().message, HasSubstr("TMPDIR"));
}

} // namespace
} // namespace tern
