//===- tern-inspect.cpp - Says what is in a model object ----------------------===//
#include "lib/checkpoint/gguf.h"
#include "runtime/measure/inspect/inspect.h"
#include "runtime/measure/inspect/inspect_gguf.h"
#include "tools/arguments.h"
#include "tools/numbers.h"
#include "tools/tern-inspect-asm.h"

#include <string>

int main(int argc, char **argv) {
  tern::Tool tool("tern-inspect");
  std::string path, kernel, i2s = "x86";
  bool json = false;
  tern::InspectOptions options;
  CLI::App app(
      "tern-inspect: target, sizes, layouts and kernels of a model object, also one for another CPU; of a GGUF "
      "file its tensors and whether ternc can compile it",
      tool.name);
  app.add_option("MODEL", path, "Model object (model.tern), or a GGUF file")->required();
  auto *kernels = app.add_flag("--kernels", options.kernels, "List the generated ternary kernels");
  auto *weights = app.add_flag("--weights", options.weights, "List every tensor with its layout and kernels");
  auto *context = tern::addWhole(app, "--context", options.context, 0, INT32_MAX,
                                 "Count the bytes of a token at this position (default 64)");
  app.add_option("--asm", kernel,
                 "Instead: this kernel's assembly with the lines of phase tiled it comes from, its mix, predicted and "
                 "measured time")
      ->excludes(kernels)
      ->excludes(weights)
      ->excludes(context);
  app.add_flag("--json", json, "All of it as JSON");
  app.add_option("--gguf-i2s", i2s, "The order of a GGUF file's I2_S tensors: x86 (default) or aarch64")
      ->check(CLI::IsMember({"x86", "aarch64"}));
  if (std::optional<int> status = tern::parseArguments(tool, app, argc, argv, tern::llvmVersion()))
    return *status;
  tern::CommandPaths paths;
  paths.reads("MODEL", path);
  if (tern::Status status = paths.check(false); !status)
    return tool.fail(status.error().message);
  if (tern::isGgufFile(path)) {
    if (!kernel.empty() || options.kernels || options.weights || context->count() > 0)
      return tool.usageError("of a GGUF file only --json and --gguf-i2s are options");
    auto described = tern::inspectGguf(path, i2s == "x86" ? tern::I2sBlocks::X86 : tern::I2sBlocks::Aarch64);
    if (!described)
      return tool.fail(described.error().message);
    return tool.print(json ? tern::jsonText(*described, 2) + "\n" : tern::ggufText(*described));
  }
  tern::Result<tern::MappedFile> file = tern::openModelObject(path);
  if (!file)
    return tool.fail(file.error().message);
  tern::Result<tern::ModelContents> model = tern::parseModelObject(file->bytes(), tern::Verify::Auto, path);
  if (!model)
    return tool.fail(model.error().message);
  if (!kernel.empty()) {
    tern::Result<std::string> listing = tern::explainAssembly(path, file->bytes(), *model, kernel, json);
    if (!listing)
      return tool.fail(listing.error().message);
    return tool.print(*listing);
  }
  return tool.print(json ? tern::jsonText(tern::inspectJson(*model, options), 2) + "\n"
                         : tern::inspectText(*model, options));
}
