//===- chrome_trace.h - A profile as a trace that Perfetto opens --------------===//
#pragma once

#include "lib/base/paths.h"
#include "lib/base/result.h"
#include "runtime/step/profiler.h"

#include <string>

namespace tern {

extern const FileKind kTraceKind;

/// Writes Chrome's trace-event JSON (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU,
/// "Trace Event Format"): one complete event a stage, a row a thread, microseconds.
Status writeChromeTrace(const Profiler &profiler, const std::string &path);

} // namespace tern
