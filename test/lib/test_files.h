//===- test_files.h - Files that tests read ------------------------------------===//
//
// A file that is missing makes a test fail, or skip, with the file's name and the remedy; it never crashes one.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace tern::test {

/// The whole path of `path`, which is in the repository.
inline std::string repositoryPath(const std::string &path) {
  std::string whole = std::string(TERN_SOURCE_DIR) + "/" + path;
  if (!std::filesystem::exists(whole))
    ADD_FAILURE() << whole << ": is missing, and belongs to the repository; `git checkout -- " << path
                  << "` brings it back";
  return whole;
}

/// One of the checkpoints that test/checkpoints/make_checkpoints.py makes.
inline std::string madeCheckpoint(const std::string &name) {
  std::string whole = std::string(TERN_BINARY_DIR) + "/test/checkpoints/" + name;
  if (!std::filesystem::exists(whole + "/model.safetensors"))
    ADD_FAILURE() << whole << ": is missing, and is made by the build; `cmake --build " << TERN_BINARY_DIR
                  << " --target checkpoints` makes it";
  return whole;
}

/// One of the files that test/checkpoints/make_gguf.py makes.
inline std::string madeGguf(const std::string &name) {
  std::string whole = std::string(TERN_BINARY_DIR) + "/test/checkpoints/" + name;
  if (!std::filesystem::exists(whole))
    ADD_FAILURE() << whole << ": is missing, and is made by the build; `cmake --build " << TERN_BINARY_DIR
                  << " --target checkpoints` makes it";
  return whole;
}

/// The folder that may lie beside the repository with what no clone has; the environment variable TERN_SHARED names
/// another place.
inline std::string sharedFolder() {
  const char *named = std::getenv("TERN_SHARED");
  return named ? named : std::string(TERN_SOURCE_DIR) + "/../shared";
}

/// What a test that wants a part of that folder says when it is not there. One text, so that the summary counts them
/// together (test/summary.py).
inline constexpr const char *kWantsShared =
    "wants trained checkpoints of ../shared/zoo, which no clone has (TERN_SHARED=FOLDER names another place)";

} // namespace tern::test
