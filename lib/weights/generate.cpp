//===- generate.cpp - Checkpoints from a counter -------------------------------===//
#include "lib/weights/generate.h"

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/weights/storages/storages.h"

#include <cmath>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

namespace tern {
namespace {

/// One tensor to write: its header entry, and its bytes a row at a time.
struct Planned {
  std::string name, dtype;
  std::vector<int64_t> shape;
  int64_t rowBytes, rows;
  std::function<void(int64_t row, std::span<uint8_t> bytes)> fill;
};

Planned floats(const MadeTensor &tensor, uint64_t seed, float (*value)(float)) {
  int64_t columns = tensor.shape.back(), rows = tensor.shape.size() == 2 ? tensor.shape[0] : 1;
  Counter counter(seed, tensor.name);
  return {tensor.name, "BF16", tensor.shape, 2 * columns, rows, [=](int64_t row, std::span<uint8_t> bytes) {
            for (int64_t c = 0; c < columns; ++c)
              putBfloat16(value(counter.uniformAt(row * columns + c)), c, bytes);
          }};
}

Planned ternary(const MadeTensor &tensor, uint64_t seed) {
  const Storage &storage = *tensor.storage;
  int64_t rows = tensor.shape[0], columns = tensor.shape[1], stored = rows / storage.rowsInOne;
  Counter counter(seed, tensor.name);
  return {tensor.name,
          storage.isFloat ? "BF16" : "U8",
          {stored, columns},
          (storage.isFloat ? 2 : 1) * columns,
          stored,
          [=, &storage](int64_t row, std::span<uint8_t> bytes) { storage.make(counter, row, rows, columns, bytes); }};
}

Planned scale(const MadeTensor &tensor, bool divides) {
  float factor = std::sqrt(1.5f / float(tensor.shape[1]));
  return {
      tensor.name, "BF16",
      {1},         2,
      1,           [=](int64_t, std::span<uint8_t> bytes) {
            putBfloat16(divides ? 1 / factor : factor, 0, bytes); }};
}

Planned plan(const MadeTensor &tensor, uint64_t seed) {
  switch (tensor.kind) {
  case MadeTensor::Kind::Matrix:
    return floats(tensor, seed, [](float v) { return 0.05f * v; });
  case MadeTensor::Kind::Norm:
    return floats(tensor, seed, [](float v) { return 0.1f * v + 1.0f; });
  case MadeTensor::Kind::Bias:
    return floats(tensor, seed, [](float v) { return 0.1f * v; });
  case MadeTensor::Kind::Ternary:
    return ternary(tensor, seed);
  case MadeTensor::Kind::Factor:
    return scale(tensor, false);
  case MadeTensor::Kind::Divisor:
    return scale(tensor, true);
  }
  return {};
}

/// The safetensors header with its length before it.
std::string headerOf(const std::vector<Planned> &tensors) {
  // It sorts before all tensors' names, so that the kind is seen at the file's beginning.
  Json header = {{"__metadata__", {{"generator", "tern-gen"}}}};
  int64_t offset = 0;
  for (const Planned &tensor : tensors) {
    int64_t end = offset + tensor.rowBytes * tensor.rows;
    header[tensor.name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = jsonText(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string length(8, '\0');
  for (size_t i = 0; i < 8; ++i)
    length[i] = char(text.size() >> (8 * i));
  return length + text;
}

Status writeTensors(const std::vector<Planned> &tensors, const std::string &header, AtomicFile &file) {
  if (Status status = file.write(header); !status)
    return status;
  std::vector<uint8_t> bytes;
  for (const Planned &tensor : tensors) {
    bytes.resize(size_t(tensor.rowBytes));
    for (int64_t row = 0; row < tensor.rows; ++row) {
      tensor.fill(row, bytes);
      if (Status status = file.write(std::as_bytes(std::span(bytes))); !status)
        return status;
    }
  }
  return {};
}

/// Random weights must not take the place of trained ones, nor mix with their tokenizer.
Status checkFolder(const std::string &folder) {
  std::error_code problem;
  bool generated = isOfKind(folder + "/model.safetensors", kGeneratedTensorsKind);
  for (std::filesystem::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
    std::string name = at->path().filename().string();
    bool isPart = name == "config.json" || name == "tokenizer.json" || name.ends_with(".safetensors") ||
                  name.ends_with(".safetensors.index.json");
    if (isPart && !generated)
      return Error{folder + ": holds " + printable(name) +
                   " of a checkpoint that tern-gen did not make; name another folder, or add --force to replace its "
                   "config.json and model.safetensors"};
  }
  return {};
}

Status checkRoom(const std::string &folder, uint64_t bytes) {
  std::error_code problem;
  std::filesystem::space_info space = std::filesystem::space(folder, problem);
  if (problem || space.available >= bytes)
    return {};
  return Error{folder + ": the checkpoint takes " + formatBytes(bytes) + ", but only " + formatBytes(space.available) +
               " are free there"};
}

/// Both files are whole before either takes the place of an older one.
Status writeCheckpoint(const std::vector<Planned> &tensors, const std::string &config, const std::string &folder) {
  std::string header = headerOf(tensors);
  uint64_t bytes = header.size() + config.size();
  for (const Planned &tensor : tensors)
    bytes += uint64_t(tensor.rowBytes) * uint64_t(tensor.rows);
  if (Status status = checkRoom(folder, bytes); !status)
    return status;
  Result<AtomicFile> tensorFile = AtomicFile::create(folder + "/model.safetensors");
  if (!tensorFile)
    return tensorFile.error();
  Result<AtomicFile> configFile = AtomicFile::create(folder + "/config.json");
  if (!configFile)
    return configFile.error();
  if (Status status = configFile->write(config); !status)
    return status;
  if (Status status = writeTensors(tensors, header, *tensorFile); !status)
    return status;
  for (AtomicFile *file : {&*configFile, &*tensorFile})
    if (Status status = file->flush(); !status)
      return status;
  if (Status status = tensorFile->commit(); !status)
    return status;
  return configFile->commit();
}

} // namespace

const FileKind kGeneratedTensorsKind = {"checkpoint of tern-gen", [](std::string_view head, std::string_view) {
                                          return head.find(R"({"__metadata__":{"generator":"tern-gen"})") ==
                                                 sizeof(uint64_t); // behind the header's length
                                        }};

const FileKind kConfigKind = {
    "config.json", [](std::string_view head, std::string_view) { return head.find("\"model_type\"") != head.npos; }};

Status generateCheckpoint(std::span<const MadeTensor> tensors, const std::string &config, uint64_t seed,
                          const std::string &folder, bool force) {
  if (!force)
    if (Status status = checkFolder(folder); !status)
      return status;
  std::error_code problem, ignored;
  bool isNew = std::filesystem::create_directories(folder, problem);
  if (problem)
    return Error{folder + ": cannot be made: " + problem.message()};
  std::vector<Planned> planned;
  for (const MadeTensor &tensor : tensors)
    planned.push_back(plan(tensor, seed));
  Status status = writeCheckpoint(planned, config, folder);
  if (!status && isNew)
    std::filesystem::remove_all(folder, ignored); // what is in it is ours
  return status;
}

} // namespace tern
