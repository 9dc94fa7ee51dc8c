//===- link_test.cpp - Linking ---------------------------------------------------===//
#include "compiler/object/link.h"

#include <gmock/gmock.h>

namespace tern {
namespace {

using ::testing::HasSubstr;

TEST(Link, GarbageIsAnErrorOfOneLine) {
  Result<std::string> linked = linkSharedObject("this is no object", false);
  ASSERT_FALSE(linked);
  EXPECT_THAT(linked.error().message, HasSubstr("linking failed"));
  EXPECT_EQ(linked.error().message.find('\n'), std::string::npos);
}

} // namespace
} // namespace tern
