//===- pack_row_codes.h - The output head's codes into the model object -----===//
#pragma once

#include "compiler/object/pack.h"
#include "dialects/decoder/Decoder.h"

#include <vector>

namespace tern {

/// Writes both planes of the matrix's codes to the sink; `figures` receives what is written behind them,
/// [kRowFigures][rows]. The fine plane waits in memory: an eighth of the matrix's bytes.
Status packRowCodes(decoder::RowCodesOp codes, const Checkpoint &checkpoint, const ByteSink &sink,
                    std::vector<float> &figures);

} // namespace tern
