//===- tern-bench-kernels.cpp - Compiles the kernels that --kernels asks for --===//
#include "tools/tern-bench-kernels.h"

#include "compiler/jit/kernel_library.h"
#include "compiler/select/kernel_choice.h"
#include "lib/base/text.h"
#include "lib/cpu/features.h"
#include "runtime/measure/table/table.h"

#include "llvm/Config/llvm-config.h"

#include <algorithm>
#include <charconv>

namespace tern {

static Result<KernelShape> parseShape(const std::string &text, int64_t tokens) {
  KernelShape shape{0, 0, tokens};
  const char *end = text.data() + text.size();
  auto rows = std::from_chars(text.data(), end, shape.rows);
  if (rows.ec == std::errc() && rows.ptr != end && *rows.ptr == 'x') {
    auto columns = std::from_chars(rows.ptr + 1, end, shape.columns);
    if (columns.ec == std::errc() && columns.ptr == end && shape.rows >= 1 && shape.columns >= 1 &&
        shape.rows <= 1 << 20 && shape.columns <= 1 << 20)
      return shape;
  }
  return Error{"--shape: " + quote(text) + " is no ROWSxCOLUMNS of numbers from 1 to 1048576"};
}

/// An error for a name that no family of the target has.
static Error unknownFamily(const std::string &name, const TargetInfo &target) {
  const KernelFamily *family = findKernelFamily(name);
  if (family && !isRunnable(*family, target))
    return {"--kernel: " + name + " needs features that " + target.cpu +
            " does not have; tern-bench --list-kernels lists "
            "those that run"};
  std::vector<std::string> names;
  for (const KernelFamily &other : kernelFamilies())
    if (isRunnable(other, target))
      names.push_back(other.name.str());
  std::vector<std::string> nearest = nearestNames(name, names, 3);
  return {"--kernel: there is no kernel " + quote(name) + (nearest.empty() ? "" : "; nearest: " + join(nearest, ", ")) +
          "; tern-bench --list-kernels lists all"};
}

/// The families that the request and the target admit.
static Result<std::vector<const KernelFamily *>> familiesFor(const KernelRequest &request, const TargetInfo &target) {
  for (const std::string &name : request.families)
    if (const KernelFamily *family = findKernelFamily(name); !family || !isRunnable(*family, target))
      return unknownFamily(name, target);
  std::vector<const KernelFamily *> families;
  for (const KernelFamily &family : kernelFamilies()) {
    std::string layout = layoutName(family.layout);
    auto isNamed = [&](const std::string &name) { return findKernelFamily(name) == &family; };
    bool asked = (request.families.empty() || std::ranges::any_of(request.families, isNamed)) &&
                 (request.strategy.empty() || family.strategy == request.strategy) &&
                 (request.layout.empty() || layout == request.layout || layout.starts_with(request.layout + ":"));
    if (asked && isRunnable(family, target))
      families.push_back(&family);
  }
  if (families.empty())
    return Error{"no kernel for " + target.cpu +
                 " has --strategy and --layout as asked for; tern-bench --list-kernels "
                 "lists all"};
  return families;
}

Result<std::string> listKernels(const KernelRequest &request) {
  Result<TargetInfo> target = resolveTarget(request.cpu);
  if (!target)
    return target.error();
  Table table({"kernel for " + target->cpu, "strategy", "layout", "bits a weight", "cost", "of blocks", "sums"});
  for (const KernelFamily &family : kernelFamilies())
    if (isRunnable(family, *target))
      table.add({family.name.str(), family.strategy.str(), layoutName(family.layout), fixed(family.bitsPerWeight, 2),
                 fixed(family.cost(), 1), fixed(family.blockCost(), 1), family.exact ? "exact" : "in bound"});
  return table.markdown() + "\nThe cost is the model's: cycles on one core for 1,000 weights and one token, and for "
                            "1,000 multiply-adds of "
                            "a block.\n";
}

Result<KernelReport> benchRequestedKernels(const KernelRequest &request, const KernelBenchOptions &options) {
  Result<TargetInfo> target = resolveTarget(request.cpu);
  if (!target)
    return target.error();
  if (std::vector<std::string> missing = missingFeatures(join(requiredFeatures(*target), ",")); !missing.empty())
    return Error{"this machine cannot run code for " + target->cpu + ": it lacks " + join(missing, ", ")};
  std::vector<KernelShape> shapes;
  static const std::vector<std::string> bitnet2b = {"640x2560", "2560x2560", "6912x2560", "2560x6912"};
  for (const std::string &text : request.shapes.empty() ? bitnet2b : request.shapes) {
    Result<KernelShape> shape = parseShape(text, request.tokens);
    if (!shape)
      return shape.error();
    shapes.push_back(*shape);
  }
  Result<std::vector<const KernelFamily *>> families = familiesFor(request, *target);
  if (!families)
    return families.error();
  std::vector<NamedKernel> kernels;
  std::vector<KernelChanges> variants = {{}};
  if (!request.transform.empty() || !request.kernelLibrary.empty())
    variants.push_back({request.kernelLibrary, request.transform});
  for (const KernelFamily *family : *families)
    for (const KernelChanges &changes : variants) {
      bool changed = &changes != &variants.front();
      Result<std::vector<ProductKernel>> products = compileProducts(*target, family->name.str(), shapes, changes);
      if (!products)
        return products.error();
      // The first half is for single tokens, the second for blocks.
      size_t first = request.tokens == 1 ? 0 : shapes.size();
      for (size_t i = 0; i < shapes.size(); ++i)
        kernels.push_back({family->name.str() + (changed ? " changed" : ""), (*products)[first + i], request.density});
    }
  return benchKernels(kernels, options);
}

std::string_view llvmVersion() { return LLVM_VERSION_STRING; }

} // namespace tern
