//===- paths_test.cpp - The files of a command --------------------------------===//
#include "lib/base/paths.h"
#include "test/lib/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

using namespace tern;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

const FileKind kPoem = {"poem", [](std::string_view head, std::string_view tail) {
                          return head.starts_with("ROSES") && tail.ends_with("BLUE");
                        }};

class Paths : public testing::Test {
protected:
  test::TemporaryFolder folder;
  CommandPaths paths;

  std::string at(const std::string &name) const { return folder.path + "/" + name; }
  std::string error(bool force = false) const {
    Status status = paths.check(force);
    return status ? "" : status.error().message;
  }
};

TEST_F(Paths, NewFilesAndFilesOfTheKindAreWritten) {
  paths.reads("IN", folder.write("in", "x"));
  paths.writes("-o", at("new"), kPoem);
  paths.writes("-p", folder.write("old", "ROSES" + std::string(9000, '.') + "BLUE"), kPoem);
  paths.writes("-q", folder.write("empty", ""), kPoem);
  paths.writes("-r", "-", kPoem);
  paths.writes("-s", "", kPoem);
  paths.writes("-t", "/dev/null", kPoem);
  paths.writes("-u", "/dev/null", kPoem);
  paths.dumps("-v", at("dump"));
  EXPECT_EQ(error(), "");
}

TEST_F(Paths, AnotherKindIsNotReplacedUnlessForced) {
  paths.writes("-o", folder.write("notes", "ROSES are red"), kPoem);
  EXPECT_EQ(error(), "-o: " + at("notes") +
                         " is there already, and is no poem; name another file, or add --force to replace it");
  EXPECT_EQ(error(/*force=*/true), "");
}

TEST_F(Paths, ADumpReplacesNothing) {
  paths.dumps("--dump", folder.write("dump", "ROSES BLUE"));
  EXPECT_THAT(error(), HasSubstr("somebody may have edited it"));
  EXPECT_EQ(error(/*force=*/true), "");
}

TEST_F(Paths, AnInputIsKnownThroughItsLinks) {
  std::string input = folder.write("in", "ROSESBLUE");
  fs::create_symlink("in", at("soft"));
  fs::create_hard_link(input, at("hard"));
  fs::create_directory(at("sub"));
  fs::create_symlink("..", at("sub/up"));
  for (const char *name : {"in", "./in", "soft", "hard", "sub/up/in", "sub/up/soft"}) {
    CommandPaths these;
    these.reads("IN", input);
    these.writes("-o", at(name), kPoem);
    Status status = these.check(false);
    ASSERT_FALSE(status) << name;
    EXPECT_THAT(status.error().message, HasSubstr("would replace what IN reads"));
    EXPECT_TRUE(these.check(true));
  }
}

TEST_F(Paths, AFolderStandsForItsFilesButThoseOfTheOutputsKind) {
  paths.reads("FOLDER", folder.path);
  folder.write("weights", "1 2 3");
  paths.writes("-o", folder.write("poem", "ROSESBLUE"), kPoem); // of an earlier run there
  EXPECT_EQ(error(), "");
  fs::create_symlink("weights", at("link"));
  paths.writes("-p", at("link"), kPoem);
  EXPECT_THAT(error(), HasSubstr("-p: " + at("link") + " would replace what FOLDER reads, "));
}

TEST_F(Paths, TwoOutputsInOnePlaceAreAnErrorEvenByForce) {
  fs::create_directory(at("a"));
  fs::create_symlink("a", at("b"));
  folder.write("a/there", "");
  for (auto [one, other] : {std::pair("a/new", "b/new"), std::pair("a/there", "b/there"),
                            std::pair("a/no/new", "b/./no/new"), std::pair("new", "a/../new")}) {
    CommandPaths these;
    these.writes("-o", at(one), kPoem);
    these.dumps("--dump", at(other));
    Status status = these.check(true);
    ASSERT_FALSE(status) << one;
    EXPECT_THAT(status.error().message, HasSubstr("-o and --dump would both write "));
  }
  paths.writes("-o", at("new"), kPoem);
  paths.dumps("--dump", at("a/new"));
  EXPECT_EQ(error(), "");
}

} // namespace
