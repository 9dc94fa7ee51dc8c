//===- phases.h - The phases that a model passes through ------------------===//
//
// The one list of phases. It names the values of `ternc --emit`, the dump files, the `--tern-phase-NAME` pipelines of
// tern-opt and the table in docs/phases.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace tern {

enum class Phase { Graph, Ternary, Tiled, Vector, Llvm, Asm, Obj, Model };

struct PhaseInfo {
  Phase phase;
  std::string_view name;      ///< as in --emit=NAME
  std::string_view extension; ///< of a dump file
  std::string_view purpose;   ///< one line for --help
};

inline constexpr std::array<PhaseInfo, 8> kPhases = {{
    {Phase::Graph, "graph", "mlir", "decoder and ternary ops on tensors, weights by name"},
    {Phase::Ternary, "ternary", "mlir", "one function for decode and one for prefill; layouts and kernels chosen"},
    {Phase::Tiled, "tiled", "mlir", "step functions on buffers; ternary kernels as loops over tiles"},
    {Phase::Vector, "vector", "mlir", "scf, vector, arith and memref; target-neutral"},
    {Phase::Llvm, "llvm", "ll", "LLVM IR for the target, dense kernels linked in"},
    {Phase::Asm, "asm", "s", "assembly for the target CPU"},
    {Phase::Obj, "obj", "o", "object code for the target CPU"},
    {Phase::Model, "model", "tern", "the model object: code, weights, tokenizer and manifest"},
}};

/// The phase of that name, or nothing.
constexpr std::optional<Phase> parsePhase(std::string_view name) {
  for (const PhaseInfo &info : kPhases)
    if (info.name == name)
      return info.phase;
  return std::nullopt;
}

} // namespace tern
