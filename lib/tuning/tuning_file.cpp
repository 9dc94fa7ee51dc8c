//===- tuning_file.cpp - Which kernel each weight matrix gets, as a file ---===//
#include "lib/tuning/tuning_file.h"

#include "lib/base/file.h"
#include "lib/base/text.h"

#include <algorithm>
#include <tuple>

namespace tern {
namespace {

constexpr int64_t kFormatVersion = 1;
constexpr const char *kMarks[] = {"tern_tuning", "tern_schedule"}; ///< by TuningUse
constexpr uint64_t kLargestFile = 64u << 20;
constexpr size_t kLongestText = 256; ///< of a name or an attribute
constexpr int64_t kLargestSide = int64_t(1) << 31;
constexpr double kLongestTime = 1e15; ///< ns: eleven days
constexpr double kLargestRate = 1e18; ///< per second

std::string shortText(JsonFields &fields, const char *key, std::optional<std::string> otherwise) {
  std::string text = otherwise ? fields.string(key, *otherwise) : fields.string(key);
  if (text.size() > kLongestText)
    fields.fail("the field \"" + std::string(key) + "\" is longer than " + std::to_string(kLongestText) +
                " characters");
  return text;
}

std::optional<MeasuredTime> readTime(JsonFields &fields, const char *key, const std::string &where) {
  const Json *object = fields.find(key);
  if (!object)
    return std::nullopt;
  JsonFields times(*object, where + ": " + key);
  MeasuredTime time{times.number("ns", 0, kLongestTime), times.number("default_ns", 0, kLongestTime)};
  times.refuseOthers();
  if (Status status = times.status(); !status)
    fields.fail(status.error().message.substr(where.size() + 2)); // it begins with `where`, as fields' errors do
  return time;
}

Result<TuningChoice> readChoice(const Json &json, const std::string &where) {
  JsonFields fields(json, where);
  TuningChoice choice;
  choice.weight = shortText(fields, "weight", "");
  choice.rows = fields.integer("rows", 1, kLargestSide);
  choice.columns = fields.integer("columns", 1, kLargestSide);
  choice.block = fields.integer("block", 0, 4096, 0);
  choice.threads = fields.integer("threads", 0, 4096, 0);
  choice.kernel = {shortText(fields, "family", std::nullopt), shortText(fields, "layout", ""),
                   shortText(fields, "decode", ""), shortText(fields, "prefill", "")};
  choice.decode = readTime(fields, "decode_time", where);
  choice.prefill = readTime(fields, "prefill_time", where);
  fields.refuseOthers();
  if (Status status = fields.status(); !status)
    return status.error();
  return choice;
}

Result<TuningMeasurement> readMeasurement(const Json &json, const std::string &where) {
  JsonFields fields(json, where);
  TuningMeasurement measurement;
  measurement.rows = fields.integer("rows", 1, kLargestSide);
  measurement.columns = fields.integer("columns", 1, kLargestSide);
  measurement.tokens = fields.integer("tokens", 1, 4096);
  measurement.threads = fields.integer("threads", 1, 4096);
  measurement.family = shortText(fields, "family", std::nullopt);
  measurement.layout = shortText(fields, "layout", std::nullopt);
  measurement.kernel = shortText(fields, "kernel", std::nullopt);
  measurement.nanoseconds = fields.number("ns", 0, kLongestTime);
  measurement.rounds = fields.integer("rounds", 1, INT32_MAX);
  fields.refuseOthers();
  if (Status status = fields.status(); !status)
    return status.error();
  return measurement;
}

Result<TuningCeilings> readCeilings(const Json &json, const std::string &where) {
  JsonFields fields(json, where);
  TuningCeilings ceilings{fields.integer("threads", 1, 4096), fields.number("bandwidth", 1, kLargestRate),
                          fields.number("dot_peak", 1, kLargestRate)};
  fields.refuseOthers();
  if (Status status = fields.status(); !status)
    return status.error();
  return ceilings;
}

/// The array `key` of objects; an absent one is empty.
template <typename T>
Status readList(JsonFields &fields, const char *key, const std::string &where,
                Result<T> (*read)(const Json &, const std::string &), std::vector<T> &out) {
  const Json *array = fields.find(key);
  if (!array)
    return {};
  if (!array->is_array())
    return Error{where + ": the field \"" + key + "\" must be an array"};
  for (size_t i = 0; i < array->size(); ++i) {
    Result<T> item = read((*array)[i], where + ": " + key + "[" + std::to_string(i) + "]");
    if (!item)
      return item.error();
    out.push_back(std::move(*item));
  }
  return {};
}

auto keyOf(const TuningChoice &c) { return std::tie(c.weight, c.rows, c.columns, c.block, c.threads); }

/// The index of the first item that is the same as one before it; 0 when there is none.
template <typename T, typename Same> size_t repeated(const std::vector<T> &items, Same same) {
  for (size_t i = 1; i < items.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (same(items[i], items[j]))
        return i;
  return 0;
}

Result<TuningDevice> readDevice(const Json &json, const std::string &where) {
  JsonFields fields(json, where);
  TuningDevice device;
  device.cpu = shortText(fields, "cpu", std::nullopt);
  device.compiler = shortText(fields, "compiler", "");
  device.features = splitCommas(fields.string("features", ""));
  std::ranges::sort(device.features);
  if (Status status = readList(fields, "choices", where, readChoice, device.choices); !status)
    return status.error();
  if (Status status = readList(fields, "measurements", where, readMeasurement, device.measurements); !status)
    return status.error();
  if (Status status = readList(fields, "ceilings", where, readCeilings, device.ceilings); !status)
    return status.error();
  fields.refuseOthers();
  if (Status status = fields.status(); !status)
    return status.error();
  if (size_t second = repeated(device.choices, [](auto &a, auto &b) { return keyOf(a) == keyOf(b); }))
    return Error{where + ": choices[" + std::to_string(second) + "] is for the same products as one before it"};
  return device;
}

void putTime(Json &entry, const char *key, const std::optional<MeasuredTime> &time) {
  if (time)
    entry[key] = {{"ns", time->chosen}, {"default_ns", time->byDefault}};
}

Json toJson(const TuningChoice &choice) {
  Json entry = {{"rows", choice.rows}, {"columns", choice.columns}, {"family", choice.kernel.family}};
  auto text = [&](const char *key, const std::string &value) {
    if (!value.empty())
      entry[key] = value;
  };
  text("weight", choice.weight);
  text("layout", choice.kernel.layout);
  text("decode", choice.kernel.decode);
  text("prefill", choice.kernel.prefill);
  if (choice.block > 0)
    entry["block"] = choice.block;
  if (choice.threads > 0)
    entry["threads"] = choice.threads;
  putTime(entry, "decode_time", choice.decode);
  putTime(entry, "prefill_time", choice.prefill);
  return entry;
}

Json toJson(const TuningMeasurement &m) {
  return {{"rows", m.rows},      {"columns", m.columns}, {"tokens", m.tokens},
          {"family", m.family},  {"layout", m.layout},   {"kernel", m.kernel},
          {"ns", m.nanoseconds}, {"rounds", m.rounds},   {"threads", m.threads}};
}

/// Takes over the newer items, in place of those of the same key.
template <typename T, typename Same> void mergeLists(std::vector<T> &into, const std::vector<T> &newer, Same same) {
  for (const T &item : newer) {
    auto known = std::ranges::find_if(into, [&](const T &old) { return same(old, item); });
    if (known != into.end())
      *known = item;
    else
      into.push_back(item);
  }
}

} // namespace

bool TuningMeasurement::sameKey(const TuningMeasurement &o) const {
  return std::tie(rows, columns, tokens, threads, family, layout, kernel) ==
         std::tie(o.rows, o.columns, o.tokens, o.threads, o.family, o.layout, o.kernel);
}

const TuningChoice *TuningDevice::find(std::string_view weight, int64_t rows, int64_t columns) const {
  const TuningChoice *best = nullptr;
  for (const TuningChoice &choice : choices) {
    if (!choice.weight.empty() && choice.weight == weight)
      return &choice;
    if (choice.weight.empty() && choice.rows == rows && choice.columns == columns &&
        (!best || choice.threads > best->threads))
      best = &choice;
  }
  return best;
}

Json TuningFile::toJson() const {
  Json list = Json::array();
  for (const TuningDevice &device : devices) {
    Json entry = {{"cpu", device.cpu}, {"choices", Json::array()}};
    if (!device.features.empty())
      entry["features"] = join(device.features, ",");
    if (!device.compiler.empty())
      entry["compiler"] = device.compiler;
    for (const TuningChoice &choice : device.choices)
      entry["choices"].push_back(tern::toJson(choice));
    if (!device.measurements.empty())
      entry["measurements"] = Json::array();
    for (const TuningMeasurement &measurement : device.measurements)
      entry["measurements"].push_back(tern::toJson(measurement));
    for (const TuningCeilings &ceilings : device.ceilings)
      entry["ceilings"].push_back(
          {{"threads", ceilings.threads}, {"bandwidth", ceilings.bandwidth}, {"dot_peak", ceilings.dotPeak}});
    list.push_back(std::move(entry));
  }
  return {{kMarks[size_t(use)], kFormatVersion}, {"devices", std::move(list)}};
}

const FileKind kTuningKind = {"tuning file of tern-tune", [](std::string_view head, std::string_view tail) {
                                // The mark is the last field, behind what may be long.
                                constexpr std::string_view mark = "\"tern_tuning\"";
                                return head.starts_with('{') &&
                                       (head.find(mark) != head.npos || tail.find(mark) != tail.npos);
                              }};

Result<TuningFile> TuningFile::fromJson(std::string_view text, const std::string &name) {
  Result<Json> root = parseJson(text, name);
  if (!root)
    return root.error();
  JsonFields fields(*root, name);
  TuningFile file;
  file.use = fields.has(kMarks[size_t(TuningUse::Schedule)]) ? TuningUse::Schedule : TuningUse::Measured;
  int64_t version = fields.integer(kMarks[size_t(file.use)], 1, INT32_MAX);
  if (Status status = fields.status(); !status)
    return Error{status.error().message + "; is it a tuning file?"};
  if (version != kFormatVersion)
    return Error{name + ": is a tuning file of version " + std::to_string(version) +
                 ", but this program reads version " + std::to_string(kFormatVersion)};
  if (Status status = readList(fields, "devices", name, readDevice, file.devices); !status)
    return status.error();
  fields.refuseOthers();
  if (Status status = fields.status(); !status)
    return status.error();
  if (size_t second = repeated(file.devices, [](auto &a, auto &b) { return a.sameKey(b); }))
    return Error{name + ": devices[" + std::to_string(second) + "] is the same device as one before it"};
  return file;
}

Result<TuningFile> TuningFile::read(const std::string &path) {
  Result<std::string> text = readFile(path, kLargestFile);
  if (!text)
    return text.error();
  return fromJson(*text, path);
}

Result<TuningFile> TuningFile::readMeasured(const std::string &path) {
  Result<TuningFile> file = read(path);
  if (file && file->use == TuningUse::Schedule)
    return Error{path + ": is a schedule of ternc --dump-schedule, and no tuning file; name another file"};
  return file;
}

Status TuningFile::write(const std::string &path) const {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.error();
  if (Status status = file->write(jsonText(toJson(), 1) + "\n"); !status)
    return status;
  return file->commit();
}

void TuningFile::merge(const TuningFile &newer) {
  for (const TuningDevice &from : newer.devices) {
    auto device = std::ranges::find_if(devices, [&](auto &known) { return known.sameKey(from); });
    if (device == devices.end()) {
      devices.push_back(from);
      continue;
    }
    mergeLists(device->choices, from.choices, [](auto &a, auto &b) { return keyOf(a) == keyOf(b); });
    mergeLists(device->measurements, from.measurements, [](auto &a, auto &b) { return a.sameKey(b); });
    mergeLists(device->ceilings, from.ceilings, [](auto &a, auto &b) { return a.threads == b.threads; });
  }
}

} // namespace tern
