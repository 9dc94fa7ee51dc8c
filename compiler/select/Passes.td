//===- Passes.td - Passes of phase ternary -----------------------------------===//
#ifndef TERN_COMPILER_SELECT_PASSES_TD
#define TERN_COMPILER_SELECT_PASSES_TD

include "mlir/Pass/PassBase.td"

def TernOnly : Pass<"tern-only", "::mlir::ModuleOp"> {
  let summary = "Keep one linear layer of a graph, small enough to read through all phases";
  let description = [{
    `@forward` becomes a function of the layer's activations that holds its `ternary.linear` alone, and all other declarations go. Its
    ports are `input` and `output`, so in later phases it exports `forward_row` and `forward_block`, and a model object can be made of it. What the
    graph tells of the activations' zeros stays as `ternary.density`, so that the layer gets the kernel that it has in the whole model.
  }];
  let options = [Option<"linear", "linear", "std::string", "\"\"", "Name of the layer's weight, e.g. blk.0.ffn_down">];
  let statistics = [Statistic<"dropped", "dropped", "Declarations that went">];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def TernSpecializeTokens : Pass<"tern-specialize-tokens", "::mlir::ModuleOp"> {
  let summary = "Make one step graph for decode and one for prefill";
  let description = [{
    `@forward` on tensors of `?` rows becomes two exports. Of token ids they are `@tern_decode` on 1 token and `@tern_prefill` on a block of tokens, of
    anything else `@tern_forward_row` and `@tern_forward_block`.
  }];
  let options = [Option<"block", "block", "int64_t", "128", "Most tokens in one prefill step">];
  let statistics = [Statistic<"graphs", "graphs", "Step graphs that were made">];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def StepOutlineLayers : Pass<"step-outline-layers", "::mlir::ModuleOp"> {
  let summary = "Make each decoder layer an export of its own";
  let description = [{
    What stands between two operators that have `step.layer` is copied from the export `prefill` into a function of its own, from hidden states to hidden
    states, so that a layer can be run and checked alone (`tern-eval --layers`). Kernels and weights are the same. A layer that reads more than
    the hidden states of the layer before it is an error.
  }];
  let statistics = [Statistic<"outlined", "outlined", "Layers that became exports">];
  let dependentDialects = ["::mlir::func::FuncDialect", "::tern::step::StepDialect"];
}

def StepKeepExport : Pass<"step-keep-export", "::mlir::ModuleOp"> {
  let summary = "Keep one export of a module, and the declarations that it needs";
  let options = [Option<"name", "name", "std::string", "\"\"", "Name of the export, e.g. blk.0">];
  let statistics = [Statistic<"dropped", "dropped", "Functions and declarations that went">];
  let dependentDialects = ["::tern::step::StepDialect"];
}

def TernaryQuantizeActivations : Pass<"ternary-quantize-activations", "::mlir::func::FuncOp"> {
  let summary = "Split ternary.linear into quantize, matmul and rescale";
  let description = [{
    A quantisation that several linears share (query, key and value; gate and up) is made once. Scales along
    columns go onto the activations before (`ternary.scale_columns`). A weight whose format no product can have yet
    is an error that names both.
  }];
  let statistics = [Statistic<"linears", "linears", "Linears that became products">,
                    Statistic<"shared", "shared", "Of them, those that share a quantisation with another">];
  let dependentDialects = ["::tern::ternary::TernaryDialect"];
}

def DecoderFuseNormQuantize : Pass<"decoder-fuse-norm-quantize", "::mlir::func::FuncOp"> {
  let summary = "Fuse an RMS norm with the quantisation that is its only use";
  let statistics = [Statistic<"fused", "fused", "Norms that quantise their result">];
  let dependentDialects = ["::tern::decoder::DecoderDialect"];
}

def TernaryApplyTuning : Pass<"ternary-apply-tuning", "::mlir::ModuleOp"> {
  let summary = "Put the choices of a tuning file or a schedule onto the weights";
  let description = [{
    Each `ternary.weight` that the file has a choice for gets it as `ternary.choice` (kernel_choice.h): the one for its name, else the one
    for its rows and columns that was measured with the most threads. Everything in the file is checked against the kernel table, the
    attributes' verifiers and the target's features.
  }];
  let options = [Option<"file", "file", "std::string", "\"\"", "Tuning file (docs/tuning.md)">,
                 Option<"schedule", "schedule", "bool", "false",
                        "The file is a schedule: for whatever target, and every choice in it must find a weight">];
  let statistics = [Statistic<"chosen", "chosen", "Weights that got a choice">];
  let dependentDialects = ["::tern::ternary::TernaryDialect"];
}

def TernarySelectKernels : Pass<"ternary-select-kernels", "::mlir::ModuleOp"> {
  let summary = "Choose a layout for each ternary weight and a kernel for each product";
  let description = [{
    Takes for each weight the kernel family with the least cost among those whose features the module's `llvm.target` has (compiler/kernels/kernel_table.h),
    gives the weight its layout and its products their kernels, and pads codes and products to whole tiles; codes that weights of several
    layouts read are padded to the widest. Each choice is a remark, and so is each weight whose family is portable code because the CPU
    lacks features.
  }];
  let options = [Option<"family", "family", "std::string", "\"\"", "Take this kernel family instead of the cheapest">];
  let statistics = [Statistic<"products", "products", "Products that got a kernel">];
  let dependentDialects = ["::tern::ternary::TernaryDialect"];
}

def DecoderOutlineHead : Pass<"decoder-outline-head", "::mlir::ModuleOp"> {
  let summary = "Make the output head of both step graphs a function of its own";
  let description = [{
    What makes the logits, `decoder.linear` or, with a ternary output head, `ternary.linear`, moves from `@tern_decode` to `@tern_logits` and from `@tern_prefill` to `@tern_logits_block`;
    the steps return its input, the hidden state. So a caller decides after the step which logits it wants. Steps that take no token ids (`tern-only`)
    are left alone.
  }];
  let statistics = [Statistic<"outlined", "outlined", "Output heads that became functions">];
  let dependentDialects = ["::mlir::func::FuncDialect", "::tern::decoder::DecoderDialect"];
}

def DecoderScreenHead : Pass<"decoder-screen-head", "::mlir::ModuleOp"> {
  let summary = "Put low-bit codes in front of the output head where that saves reading";
  let description = [{
    Beside a bf16 matrix of `@tern_logits` it declares the codes of its rows (`decoder.row_codes`), and adds `@tern_screen_coarse` and
    `@tern_screen_fine`, which read one plane of codes each, and `@tern_logits_rows`, which computes the rows that codes cannot exclude (docs/screened-head.md).
    Mode auto weighs the bytes saved against the stages added, and the choice is a remark; screened and full decide it.
  }];
  let options = [Option<"mode", "mode", "std::string", "\"auto\"", "auto, screened, or full: no codes">];
  let statistics = [Statistic<"screened", "screened", "Output heads that got codes">];
  let dependentDialects = ["::mlir::func::FuncDialect", "::tern::decoder::DecoderDialect"];
}

#endif // TERN_COMPILER_SELECT_PASSES_TD
