//===- model_frame.h - What makes code a model object -----------------------===//
//
// Beside its code a model object has a header constant and three sections that no loader maps
// (lib/object/model_abi.h). The compiler puts the header and one byte of each section into the
// module; lib/object fills the sections after linking.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/target/target.h"
#include "dialects/step/Step.h"
#include "lib/base/result.h"
#include "lib/object/model_abi.h"

#include "mlir/IR/BuiltinOps.h"

namespace llvm {
class Module;
}

namespace tern {

/// The header of the model that `module`'s attributes and declarations describe: decoder.model
/// (vocab_size, max_context), step.arenas (shared, scratch, prefill_block), the weight plan and
/// the caches. An error names an attribute that is missing or out of range.
Result<tern_model_header> describeModel(mlir::ModuleOp module, const TargetInfo &target);

/// TERN_TYPE_* and TERN_EXTENT_* of a port.
uint32_t portType(const step::Port &port);
uint32_t portExtent(const step::Port &port);
/// The most rows of a step with these ports; 1 where none counts rows.
uint32_t mostRowsOf(llvm::ArrayRef<step::Port> ports);

/// Adds the constant tern_model_header, the placeholder sections, and tern_model_query, which tells the step functions
/// that `module`, from which `code` was made, exports.
void addModelFrame(llvm::Module &code, mlir::ModuleOp module, const tern_model_header &header, uint32_t sanitizer);

} // namespace tern
