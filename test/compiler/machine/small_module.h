//===- small_module.h - A module after the MLIR phases, by hand -----------------===//
#pragma once

#include "compiler/driver/register.h"
#include "compiler/target/target.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

namespace tern {

/// Two step functions that write to the logits, an internal kernel, one weight of each kind and two
/// caches.
inline constexpr const char *smallModule = R"(
module @small attributes {
    decoder.model = {vocab_size = 7 : i64, hidden_size = 8 : i64, max_context = 16 : i64, eos = array<i64: 1>, name = "small", architecture = "bitnet"},
    step.arenas = {shared = 640 : i64, scratch = 128 : i64, prefill_block = 4 : i64}} {
  decoder.rope_table @rope positions 16 head_dim 4 theta 1.0e4
  decoder.tensor @token_embd : tensor<7x8xbf16> from "embed"
  decoder.tensor @norm : tensor<8xf32> from "norm"
  ternary.weight @q 8 x 8 from "q" as packed_rows format <trits, scale <tensor, stored, divide>> scales "q_scale" layout <codes2, 4 by 16>
  ternary.weight @m 3 x 8 from "m" as master format <trits, scale <tensor, absmean>> layout <codes2, 4 by 16>
  decoder.cache @k : !decoder.cache<keys, 2 by 4, f32>
  decoder.cache @v : !decoder.cache<values, 2 by 4, f32>
  llvm.func @tern_decode(%step: !llvm.ptr, %thread: i64, %threads: i64) attributes {passthrough = ["tern-step"], step.export = "decode", step.ports = [
      {port = #step.port<"tokens", rows>, type = tensor<1xi32>}, {output, port = #step.port<"hidden", outputs>, type = tensor<1x8xf32>}]} {
    llvm.call @kernel(%step, %thread, %threads) : (!llvm.ptr, i64, i64) -> ()
    llvm.return
  }
  llvm.func @tern_prefill(%step: !llvm.ptr, %thread: i64, %threads: i64) attributes {passthrough = ["tern-step"], step.export = "prefill", step.ports = [
      {port = #step.port<"tokens", rows>, type = tensor<4xi32>}, {output, port = #step.port<"hidden", outputs>, type = tensor<4x8xf32>}]} {
    llvm.call @kernel(%step, %threads, %thread) : (!llvm.ptr, i64, i64) -> ()
    llvm.return
  }
  llvm.func @kernel(%to: !llvm.ptr, %bytes: i64, %from: i64) attributes {no_inline} {
    %zero = llvm.mlir.constant(0 : i8) : i8
    %source = llvm.inttoptr %from : i64 to !llvm.ptr
    "llvm.intr.memcpy"(%to, %source, %bytes) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
    "llvm.intr.memset"(%source, %zero, %bytes) <{isVolatile = false}> : (!llvm.ptr, i8, i64) -> ()
    llvm.return
  }
}
)";

/// The parsed module with a target, and the context it lives in.
struct ParsedModule {
  explicit ParsedModule(const TargetInfo &target) : context(registry()) {
    context.loadAllAvailableDialects();
    module = mlir::parseSourceString<mlir::ModuleOp>(smallModule, &context);
    if (module)
      setTarget(*module, target);
  }
  static mlir::DialectRegistry registry() {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    return registry;
  }
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace tern
