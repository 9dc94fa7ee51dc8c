//===- tern-gen.cpp - Makes a checkpoint of any size from a counter ------------===//
#include "lib/weights/generate.h"
#include "tools/arguments.h"

#include <cstdio>
#include <string>

int main(int argc, char **argv) {
  std::string config, output;
  uint64_t seed = 42;
  CLI::App app(
      "tern-gen: makes a ternary checkpoint with random weights, the same for the same seed on every machine.\n"
      "For measuring and testing at real sizes with nothing to download.",
      "tern-gen");
  app.add_option("--config", config, "config.json of the model to make")->required();
  app.add_option("--seed", seed, "Seed (default 42)");
  app.add_option("-o,--output", output, "Folder to make")->required();
  if (std::optional<int> status = tern::parseArguments(app, argc, argv))
    return *status;
  if (tern::Status status = tern::generateCheckpoint(config, seed, output); !status) {
    std::fprintf(stderr, "tern-gen: %s\n", status.error().message.c_str());
    return 1;
  }
  return 0;
}
