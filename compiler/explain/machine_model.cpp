//===- machine_model.cpp - What LLVM's machine model predicts for a loop --------===//
#include "compiler/explain/machine_model.h"

#include "llvm/MC/MCInstrAnalysis.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSchedule.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/MCA/Context.h"
#include "llvm/MCA/CustomBehaviour.h"
#include "llvm/MCA/HWEventListener.h"
#include "llvm/MCA/InstrBuilder.h"
#include "llvm/MCA/Pipeline.h"
#include "llvm/MCA/SourceMgr.h"
#include "llvm/MCA/Support.h"
#include "llvm/Support/TargetSelect.h"

#include <map>

using namespace llvm;

namespace tern {
namespace {

constexpr unsigned kIterations = 200; // the start does not matter after some ten

/// Adds up for how many cycles each resource is held.
struct PressureListener : mca::HWEventListener {
  void onEvent(const mca::HWInstructionEvent &event) override {
    if (event.Type != mca::HWInstructionEvent::Issued)
      return;
    for (const mca::ResourceUse &use : static_cast<const mca::HWInstructionIssuedEvent &>(event).UsedResources) {
      const mca::ReleaseAtCycles &cycles = use.second;
      held[use.first] += double(cycles.getNumerator()) / double(cycles.getDenominator());
    }
  }
  std::map<mca::ResourceRef, double> held;
};

} // namespace

Result<LoopPrediction> predictLoop(const MachineTables &tables, const TargetInfo &target,
                                   ArrayRef<MachineInstruction> loop) {
  const MCSchedModel &model = tables.subtarget->getSchedModel();
  if (!model.hasInstrSchedModel())
    return Error{"LLVM has no scheduling model of " + target.cpu};
  mca::Context context(*tables.registers, *tables.subtarget);
  mca::InstrumentManager instruments(*tables.subtarget, *tables.instructions);
  constexpr unsigned kCallLatency = 100;
  mca::InstrBuilder builder(*tables.subtarget, *tables.instructions, *tables.registers, tables.analysis.get(),
                            instruments, kCallLatency);
  LoopPrediction prediction;
  prediction.dispatchWidth = model.IssueWidth;
  std::vector<std::unique_ptr<mca::Instruction>> sequence;
  for (const MachineInstruction &entry : loop) {
    Expected<std::unique_ptr<mca::Instruction>> instruction = builder.createInstruction(entry.instruction, {});
    if (!instruction) {
      consumeError(instruction.takeError());
      return Error{"LLVM's model of " + target.cpu + " does not know '" + entry.mnemonic().str() + "'"};
    }
    prediction.microOps += (*instruction)->getNumMicroOps();
    sequence.push_back(std::move(*instruction));
  }
  mca::CircularSourceMgr source(sequence, kIterations);
  mca::PipelineOptions options(/*UOPQSize=*/0, /*DecThr=*/0, /*DW=*/0, /*RFS=*/0, /*LQS=*/0, /*SQS=*/0,
                               /*NoAlias=*/true);
  mca::CustomBehaviour behaviour(*tables.subtarget, source, *tables.instructions);
  std::unique_ptr<mca::Pipeline> pipeline = model.isOutOfOrder()
                                                ? context.createDefaultPipeline(options, source, behaviour)
                                                : context.createInOrderPipeline(options, source, behaviour);
  PressureListener listener;
  pipeline->addEventListener(&listener);
  Expected<unsigned> cycles = pipeline->run();
  if (!cycles)
    return Error{"LLVM's model of " + target.cpu + " failed: " + toString(cycles.takeError())};
  prediction.cycles = double(*cycles) / kIterations;
  for (const auto &[resource, held] : listener.held)
    if (held / kIterations > prediction.pressure && resource.first > 0) {
      prediction.pressure = held / kIterations;
      prediction.bottleneck = model.getProcResource(unsigned(resource.first))->Name;
    }
  return prediction;
}

} // namespace tern
