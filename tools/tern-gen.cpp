//===- tern-gen.cpp - Makes a checkpoint of any size from a counter ------------===//
#include "compiler/import/make_checkpoint.h"
#include "lib/weights/generate.h"
#include "tools/arguments.h"
#include "tools/numbers.h"

#include <string>

int main(int argc, char **argv) {
  tern::Tool tool("tern-gen");
  std::string config, output;
  uint64_t seed = 42;
  tern::PathOptions paths;
  CLI::App app(
      "tern-gen: makes a ternary checkpoint with random weights, the same for the same seed on every machine.\n"
      "For measuring and testing at real sizes with nothing to download.",
      tool.name);
  app.add_option("--config", config, "config.json of the model to make")->required();
  tern::addWhole(app, "--seed", seed, 0, INT64_MAX, "Seed (default 42)");
  app.add_option("-o,--output", output, "Folder to make")->required();
  paths.addTo(app);
  if (std::optional<int> status = tern::parseArguments(tool, app, argc, argv))
    return *status;
  paths.reads("--config", config);
  paths.writes("-o", output + "/config.json", tern::kConfigKind);
  paths.writes("-o", output + "/model.safetensors", tern::kGeneratedTensorsKind);
  if (tern::Status status = paths.check(); !status)
    return tool.fail(status.error().message);
  if (tern::Status status = tern::makeCheckpoint(config, seed, output, paths.isForced()); !status)
    return tool.fail(status.error().message);
  return 0;
}
