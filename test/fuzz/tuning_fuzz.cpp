//===- tuning_fuzz.cpp - Tuning files out of any bytes -------------------------===//
#include "lib/tuning/tuning_file.h"

#include <cstdlib>

static void require(bool condition) {
  if (!condition)
    std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text(reinterpret_cast<const char *>(data), size);
  tern::Result<tern::TuningFile> file = tern::TuningFile::fromJson(text, "fuzz");
  if (!file) {
    require(file.error().message.find('\n') == std::string::npos);
    return 0;
  }
  // What was read is written as something that reads the same, and merging it with itself adds nothing
  // but what it repeats.
  tern::Json json = file->toJson();
  tern::Result<tern::TuningFile> again = tern::TuningFile::fromJson(json.dump(), "fuzz");
  require(bool(again));
  require(again->toJson() == json);
  tern::TuningFile merged;
  merged.merge(*file);
  merged.merge(*file);
  require(merged.devices.size() <= file->devices.size());
  return 0;
}
