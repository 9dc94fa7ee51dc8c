//===- decoder_exports.h - What models export, by name --------------------===//
//
// The step functions of a model that goes on with a text, by name (model_abi.h: tern_export), and their ports. The
// compiler's passes make them and the runtime's engine calls them.
//
//===----------------------------------------------------------------------===//
#pragma once

namespace tern {

/// From one token, or from a block of tokens, to the hidden states of those from first_output on.
inline constexpr const char *kDecodeExport = "decode", *kPrefillExport = "prefill";
/// From one hidden state, or from a block of them, to their logits: the whole output head.
inline constexpr const char *kLogitsExport = "logits", *kLogitsBlockExport = "logits_block";
/// From one hidden state to the logits of listed rows: the same floats as kLogitsExport computes.
inline constexpr const char *kLogitsRowsExport = "logits_rows";
/// Products of listed rows' codes with a hidden state's codes, by plane of codes (docs/screened-head.md). There with
/// kLogitsRowsExport where the head is screened.
inline constexpr const char *kScreenExports[] = {"screen_coarse", "screen_fine"};

/// What is no decoder of text: its whole graph for one row, and for a block of rows. Each decoder layer by itself is an
/// export too, named as in the graph ("blk.0").
inline constexpr const char *kForwardRowExport = "forward_row", *kForwardBlockExport = "forward_block";

/// int32 [rows], ids of tokens, each in [0, vocab_size).
inline constexpr const char *kTokensPort = "tokens";
/// float32 [outputs][hidden_size], written by decode and prefill; [rows][hidden_size], read by the output head.
inline constexpr const char *kHiddenPort = "hidden";
/// float32 [rows][vocab_size]; [listed][1] of logits_rows.
inline constexpr const char *kLogitsPort = "logits";
/// int32 [listed], rows of the output head's matrix, each in [0, vocab_size), or of what stands in for it.
inline constexpr const char *kRowsPort = "rows";
/// bf16 or float32 [vocab_size][hidden_size]: the output head's matrix, or copies of some of its rows.
inline constexpr const char *kMatrixPort = "matrix";
/// int8 [2][code_columns], the codes of a hidden state; and int32 [listed][2], their products with rows' codes.
inline constexpr const char *kHiddenCodesPort = "hidden_codes", *kSumsPort = "sums";

/// float32 [rows][columns], of whatever goes from rows to rows: a layer, a classifier, a solver.
inline constexpr const char *kInputPort = "input", *kOutputPort = "output";

} // namespace tern
