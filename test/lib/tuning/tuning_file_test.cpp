//===- tuning_file_test.cpp - Tuning files: read, written, merged ------------===//
#include "lib/tuning/tuning_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace tern {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TuningFile sample() {
  TuningDevice device;
  device.cpu = "znver4";
  device.features = {"avx2", "avx512vnni"};
  device.compiler = "0.1.0";
  device.choices = {{"",
                     2560,
                     6912,
                     32,
                     2,
                     {"dot2-v64", "codes2, 4 by 256", "dot, prefetch = 512", ""},
                     MeasuredTime{100.5, 120},
                     std::nullopt}};
  device.measurements = {{2560, 6912, 1, 2, "dot2-v64", "codes2, 4 by 256", "dot", 100.5, 9}};
  device.ceilings = {{2, 40e9, 400e9}};
  return {{device}};
}

std::string errorOf(std::string_view text) {
  Result<TuningFile> file = TuningFile::fromJson(text, "device.json");
  return file ? "no error" : file.error().message;
}

TEST(TuningFile, SurvivesTheRoundTrip) {
  TuningFile file = sample();
  Result<TuningFile> back = TuningFile::fromJson(file.toJson().dump(), "device.json");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->toJson(), file.toJson());
  const TuningChoice &choice = back->devices.at(0).choices.at(0);
  EXPECT_EQ(choice.kernel, file.devices[0].choices[0].kernel);
  EXPECT_EQ(choice.decode->byDefault, 120);
  EXPECT_FALSE(choice.prefill);
}

TEST(TuningFile, IsWrittenAndReadBack) {
  std::string path = testing::TempDir() + "/tuning_file_test.json";
  ASSERT_TRUE(sample().write(path));
  Result<TuningFile> back = TuningFile::read(path);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->toJson(), sample().toJson());
  std::filesystem::remove(path);
  EXPECT_THAT(TuningFile::read(path).error().message, HasSubstr("tuning_file_test.json"));
}

TEST(TuningFile, AScheduleIsReadAsOneAndNotGoneOnWith) {
  std::string path = testing::TempDir() + "/schedule_test.json";
  TuningFile schedule = sample();
  schedule.use = TuningUse::Schedule;
  ASSERT_TRUE(schedule.write(path));
  Result<TuningFile> back = TuningFile::read(path);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->toJson(), schedule.toJson());
  EXPECT_FALSE(isOfKind(path, kTuningKind));
  EXPECT_THAT(TuningFile::readMeasured(path).error().message, HasSubstr("is a schedule of ternc"));
  ASSERT_TRUE(sample().write(path));
  EXPECT_TRUE(isOfKind(path, kTuningKind));
  EXPECT_TRUE(TuningFile::readMeasured(path));
  std::filesystem::remove(path);
}

TEST(TuningFile, ErrorsNameThePlace) {
  EXPECT_THAT(errorOf("[]"), StartsWith("device.json: "));
  EXPECT_THAT(errorOf("{}"), HasSubstr("is it a tuning file?"));
  EXPECT_THAT(errorOf(R"({"tern_tuning": 2})"), HasSubstr("is a tuning file of version 2"));
  EXPECT_THAT(errorOf(R"({"tern_tuning": 1, "devices": {}})"), HasSubstr("\"devices\" must be an array"));
  EXPECT_THAT(errorOf(R"({"tern_tuning": 1, "devices": [{}]})"), HasSubstr("devices[0]"));
  std::string choice = R"({"tern_tuning": 1, "devices": [{"cpu": "znver4", "choices": [)";
  EXPECT_THAT(errorOf(choice + R"({"rows": 0, "columns": 4, "family": "f"}]}]})"), HasSubstr("rows"));
  EXPECT_THAT(errorOf(choice + R"({"rows": 4, "columns": 4}]}]})"), HasSubstr("family"));
  EXPECT_THAT(errorOf(choice + R"({"rows": 4, "columns": 4, "family": ")" + std::string(300, 'f') + "\"}]}]}"),
              HasSubstr("longer than 256"));
  EXPECT_THAT(errorOf(choice + R"({"rows": 4, "columns": 4, "family": "f", "decode_time": {"ns": -1}}]}]})"),
              StartsWith("device.json: devices[0]: choices[0]: decode_time: the field \"ns\" must be"));
}

TEST(TuningFile, UnknownFieldsAndRepetitionsAreErrors) {
  auto with = [](auto change) {
    Json json = sample().toJson();
    change(json, json["devices"][0]);
    return errorOf(json.dump());
  };
  EXPECT_EQ(with([](Json &, Json &) {}), "no error");
  EXPECT_THAT(with([](Json &file, Json &) { file["device"] = 1; }),
              StartsWith("device.json: has an unknown field \"device\"; near names: devices"));
  EXPECT_THAT(with([](Json &, Json &device) { device["chioces"] = Json::array(); }),
              HasSubstr("devices[0]: has an unknown field \"chioces\"; near names: choices"));
  EXPECT_THAT(with([](Json &, Json &device) { device["choices"][0]["familly"] = "dot2-v64"; }),
              HasSubstr("choices[0]: has an unknown field \"familly\"; near names: family"));
  EXPECT_THAT(with([](Json &, Json &device) { device["choices"][0]["decode_time"]["s"] = 1; }),
              HasSubstr("choices[0]: decode_time: has an unknown field \"s\""));
  EXPECT_THAT(with([](Json &, Json &device) { device["measurements"][0]["n"] = 1; }),
              HasSubstr("measurements[0]: has an unknown field \"n\""));
  EXPECT_THAT(with([](Json &, Json &device) { device["ceilings"][0]["peak"] = 1; }),
              HasSubstr("ceilings[0]: has an unknown field \"peak\""));
  EXPECT_THAT(with([](Json &, Json &device) { device["choices"].push_back(device["choices"][0]); }),
              HasSubstr("devices[0]: choices[1] is for the same products as one before it"));
  EXPECT_THAT(with([](Json &file, Json &device) { file["devices"].push_back(Json(device)); }),
              HasSubstr("device.json: devices[1] is the same device as one before it"));
}

TEST(TuningFile, ANameWinsOverAShapeAndMoreThreadsOverFewer) {
  TuningDevice device;
  auto add = [&](std::string weight, int64_t threads, std::string family) {
    device.choices.push_back({std::move(weight), 8, 16, 0, threads, {std::move(family), "", "", ""}, {}, {}});
  };
  add("", 1, "one");
  add("", 4, "four");
  add("", 2, "two");
  EXPECT_EQ(device.find("blk.0.ffn_up", 8, 16)->kernel.family, "four");
  EXPECT_EQ(device.find("blk.0.ffn_up", 8, 17), nullptr);
  add("blk.0.ffn_up", 0, "named");
  EXPECT_EQ(device.find("blk.0.ffn_up", 8, 16)->kernel.family, "named");
  EXPECT_EQ(device.find("blk.1.ffn_up", 8, 16)->kernel.family, "four");
}

TEST(TuningFile, MergesByKeyAndTheNewerWins) {
  TuningFile file = sample(), newer = sample();
  newer.devices[0].choices[0].kernel.family = "newer";
  newer.devices[0].measurements[0].nanoseconds = 90;
  newer.devices[0].choices.push_back({"", 640, 2560, 32, 2, {"dot2-v64", "", "", ""}, {}, {}});
  newer.devices.push_back(sample().devices[0]);
  newer.devices[1].compiler = "0.2.0";
  file.merge(newer);
  EXPECT_EQ(file.toJson(), newer.toJson());

  TuningFile other = sample();
  other.devices[0].choices[0].threads = 1;
  file = sample();
  file.merge(other);
  EXPECT_EQ(file.devices.size(), 1u);
  EXPECT_EQ(file.devices[0].choices.size(), 2u);
  EXPECT_EQ(file.devices[0].measurements.size(), 1u);
}

} // namespace
} // namespace tern
