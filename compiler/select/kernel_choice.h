//===- kernel_choice.h - Layout and kernels of one weight matrix -----------===//
//
// What a tuning file or a schedule says of a weight stands on its ternary.weight until the selection as
//   ternary.choice = {family = "dot2-v64", layout = #ternary.layout<...>, decode = #ternary.lanes<...>,
//                     prefill = #ternary.panels<...>, by = "device.json"}
// with all but `family` optional: what is absent is as the family has it. `decode_time` and `prefill_time` = [ns, ns by
// default] say what was measured.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/kernels/kernel_table.h"
#include "compiler/target/target_info.h"
#include "lib/base/result.h"
#include "lib/tuning/tuning_file.h"

namespace tern {

inline constexpr llvm::StringLiteral kChoiceAttr = "ternary.choice";
/// The family that the selection took, on every weight afterwards.
inline constexpr llvm::StringLiteral kFamilyAttr = "ternary.family";

/// Who chose a family where nobody named one.
inline constexpr llvm::StringLiteral kByCostModel = "cost model";

struct WeightKernels {
  const KernelFamily *family;
  ternary::LayoutAttr layout;
  ternary::KernelAttr one, block;                                ///< for one token; for a block of tokens
  std::string by;                                                ///< who chose: kByCostModel, "--kernel" or a file
  std::optional<MeasuredTime> decodeTime = {}, prefillTime = {}; ///< where they were measured
  ProductTraits traits = {};
};

/// A family as it stands in the table, with what was measured on the target's CPU.
WeightKernels kernelsOf(const KernelFamily &family, const TargetInfo &target, mlir::MLIRContext *context,
                        std::string by);

/// The kernel for products of at most so many tokens: the block's; where there are fewer tokens than it takes, that of
/// another family that the target can run, that computes one token in the same way and whose block has room; else the
/// one for one token, in its form for all planes of a code where it has one.
ternary::KernelAttr kernelFor(const WeightKernels &kernels, int64_t tokens, const TargetInfo &target);

/// Whether the target has all features of a family.
bool isRunnable(const KernelFamily &family, const TargetInfo &target);

/// Whether a family computes such products.
bool serves(const KernelFamily &family, const ProductTraits &traits);

/// The cost model's choice: the exact and automatic family with the least cost among those that the target can run and
/// that serve such products; of equal ones that with the least cost of a block.
const KernelFamily &cheapestFamily(const TargetInfo &target, const ProductTraits &traits = {});

/// The family of that name; an error lists those that there are, or the features that the target
/// lacks.
Result<const KernelFamily *> runnableFamily(llvm::StringRef name, const TargetInfo &target);

/// The attribute for a choice of a file; an error says which text does not parse, or which constraint of the
/// attribute's verifier it breaks. Kernels may have the texts of before (former_kernel.h).
Result<mlir::DictionaryAttr> toAttribute(mlir::MLIRContext *context, const KernelChoice &choice, llvm::StringRef by,
                                         const std::optional<MeasuredTime> &decode = {},
                                         const std::optional<MeasuredTime> &prefill = {});

/// Reads the attribute, against the table and the target: an error names an unknown family, a
/// feature that is missing, or what is not the family's (encoding, strategy) or not possible (a
/// decode kernel for more than one token, one that does not serve such products).
Result<WeightKernels> readChoice(mlir::DictionaryAttr choice, const TargetInfo &target,
                                 const ProductTraits &traits = {});

/// Texts as in files: "codes2, 4 by 256" of #ternary.layout<codes2, 4 by 256>, "lanes<width = 64>" of
/// #ternary.lanes<width = 64>.
std::string layoutText(ternary::LayoutAttr layout);
std::string kernelText(ternary::KernelAttr kernel);

/// The same facts for a file, with every text spelled out.
KernelChoice toChoice(const WeightKernels &kernels);
KernelChoice toChoice(llvm::StringRef family, ternary::LayoutAttr layout, ternary::KernelAttr decode,
                      ternary::KernelAttr prefill);

} // namespace tern
