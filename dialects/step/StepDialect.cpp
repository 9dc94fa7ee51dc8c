//===- StepDialect.cpp - Registration, types and attributes of steps ------===//
#include "dialects/step/Step.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tern::step;

#include "dialects/step/StepDialect.cpp.inc"
#include "dialects/step/StepEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/step/StepTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/step/StepAttrs.cpp.inc"

namespace tern::step {
void attachElementwiseOperators(MLIRContext &context);
}

void StepDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/step/StepTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/step/StepAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/step/StepOps.cpp.inc"
      >();
  attachElementwiseOperators(*getContext());
}

LogicalResult StepDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  StringRef name = attribute.getName();
  static constexpr StringLiteral known[] = {kPartitionAttr, kInlineAttr, kDenseAttr, kOperatorAttr,
                                            kPartAttr,      kStagesAttr, kPartsAttr, kArenasAttr,
                                            kLayerAttr,     kExportAttr, kPortsAttr, kOperatorsAttr};
  if (!llvm::is_contained(known, name))
    return op->emitError() << "the step dialect has no attribute '" << name << "'";
  if (name == kExportAttr && !isa<StringAttr>(attribute.getValue()))
    return op->emitError() << "step.export must be a name, not " << attribute.getValue();
  if (name == kPartitionAttr && !isa<PartitionAttr>(attribute.getValue()))
    return op->emitError() << "step.partition must be a #step.partition, not " << attribute.getValue();
  return success();
}

LogicalResult StepDialect::verifyPort(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() != kPortAttr)
    return op->emitError() << "the step dialect has no attribute '" << attribute.getName().strref()
                           << "' of arguments and results";
  if (!isa<PortAttr>(attribute.getValue()))
    return op->emitError() << "step.port must be a #step.port, not " << attribute.getValue();
  return success();
}

LogicalResult StepDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned, NamedAttribute attribute) {
  return verifyPort(op, attribute);
}

LogicalResult StepDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned, NamedAttribute attribute) {
  return verifyPort(op, attribute);
}

void StepType::getAsmName(OpAsmSetNameFn setName) const { setName("step"); }
void PositionsType::getAsmName(OpAsmSetNameFn setName) const { setName("positions"); }

LogicalResult PartitionAttr::verify(function_ref<InFlightDiagnostic()> emitError, PartitionKind, int64_t granule) {
  if (granule < 1)
    return emitError() << "a partition is in granules of at least 1, not " << granule;
  return success();
}
