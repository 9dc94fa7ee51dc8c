//===- tern-gen.cpp - Makes a checkpoint of any size from a counter ------------===//
#include "lib/base/version.h"
#include "lib/checkpoint/generate.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

int main(int argc, char **argv) {
  std::string config, output;
  uint64_t seed = 42;
  CLI::App app("tern-gen: makes a packed ternary checkpoint with random weights, the same for the same seed on every machine.\n"
               "For measuring and testing at real sizes with nothing to download.");
  app.set_version_flag("--version", std::string("tern-gen ") + TERN_VERSION);
  app.add_option("--config", config, "config.json of the model to make")->required();
  app.add_option("--seed", seed, "Seed (default 42)");
  app.add_option("-o,--output", output, "Folder to make")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (tern::Status status = tern::generateCheckpoint(config, seed, output); !status) {
    std::fprintf(stderr, "tern-gen: %s\n", status.error().message.c_str());
    return 1;
  }
  return 0;
}
