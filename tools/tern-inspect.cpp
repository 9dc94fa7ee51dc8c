//===- tern-inspect.cpp - Says what is in a model object ----------------------===//
#include "runtime/inspect/inspect.h"
#include "tools/arguments.h"
#include "tools/tern-inspect-asm.h"

#include <cstdio>
#include <string>

static int fail(const std::string &message) {
  std::fprintf(stderr, "tern-inspect: %s\n", message.c_str());
  return 1;
}

int main(int argc, char **argv) {
  std::string path, kernel;
  bool json = false;
  tern::InspectOptions options;
  CLI::App app("tern-inspect: target, sizes, layouts and kernels of a model object, also one for another CPU",
               "tern-inspect");
  app.add_option("MODEL", path, "Model object (model.tern)")->required();
  app.add_flag("--kernels", options.kernels, "List the generated ternary kernels");
  app.add_flag("--weights", options.weights, "List every tensor with its layout and kernels");
  app.add_option("--asm", kernel,
                 "Instead: this kernel's assembly with the lines of phase tiled it comes from, its mix, predicted and "
                 "measured time");
  app.add_option("--context", options.context, "Count the bytes of a token at this position (default 64)")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--json", json, "All of it as JSON");
  if (std::optional<int> status = tern::parseArguments(app, argc, argv, tern::llvmVersion()))
    return *status;
  tern::Result<tern::MappedFile> file = tern::MappedFile::open(path);
  if (!file)
    return fail(file.error().message);
  tern::Result<tern::ModelContents> model = tern::parseModelObject(file->bytes(), tern::Verify::Auto, path);
  if (!model)
    return fail(model.error().message);
  if (!kernel.empty()) {
    tern::Result<std::string> listing = tern::explainAssembly(path, file->bytes(), *model, kernel, json);
    if (!listing)
      return fail(listing.error().message);
    std::fputs(listing->c_str(), stdout);
    return std::fflush(stdout) == 0 ? 0 : fail("cannot write to standard output");
  }
  std::string text =
      json ? tern::jsonText(tern::inspectJson(*model, options), 2) + "\n" : tern::inspectText(*model, options);
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : fail("cannot write to standard output");
}
