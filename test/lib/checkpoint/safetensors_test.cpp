//===- safetensors_test.cpp - The reader of safetensors files -------------------===//
#include "lib/checkpoint/safetensors.h"
#include "test/lib/checkpoint/small_safetensors.h"
#include "test/lib/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using test::bytesOf;
using test::safetensors;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class Safetensors : public testing::Test {
protected:
  Result<SafetensorsFile> open(const std::string &bytes) {
    return SafetensorsFile::open(folder.write("m.safetensors", bytes));
  }
  /// The error without the path in front.
  std::string errorOf(const std::string &bytes) {
    Result<SafetensorsFile> file = open(bytes);
    if (file)
      return "";
    std::string path = folder.path + "/m.safetensors: ", message = file.error().message;
    return message.starts_with(path) ? message.substr(path.size()) : "no path in: " + message;
  }
  /// Of a header whose only tensor is t.
  std::string errorOfTensor(const std::string &tensor, const std::string &data) {
    return errorOf(safetensors("{\"t\":" + tensor + "}", data));
  }
  test::TemporaryFolder folder;
};

TEST_F(Safetensors, EveryFloatTypeIsWidened) {
  Result<SafetensorsFile> file = open(safetensors({{"bf16", {"BF16", {3}, bytesOf<uint16_t>({0x3f80, 0xc000, 0x3e80})}},
                                                   {"f16", {"F16", {3}, bytesOf<uint16_t>({0x3c00, 0xc000, 0x3400})}},
                                                   {"f32", {"F32", {3}, bytesOf<float>({1, -2, 0.25f})}},
                                                   {"f64", {"F64", {3}, bytesOf<double>({1, -2, 0.25})}}}));
  ASSERT_TRUE(file) << file.error().message;
  for (const auto &[name, info] : file->tensors()) {
    float values[3], last;
    ASSERT_TRUE(file->readFloats(info, 0, values)) << name;
    EXPECT_THAT(values, ElementsAre(1, -2, 0.25f)) << name;
    ASSERT_TRUE(file->readFloats(info, 2, std::span(&last, 1)));
    EXPECT_EQ(last, 0.25f);
    EXPECT_FALSE(file->readFloats(info, 1, values)) << name << " has no fourth element";
  }
  EXPECT_EQ(file->find("f8"), nullptr);
}

TEST_F(Safetensors, MetadataScalarsAndEmptyTensors) {
  std::string header = R"({"__metadata__":{"format":"pt"},)"
                       R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                       R"("b":{"dtype":"I64","shape":[0,7],"data_offsets":[4,4]}}  )";
  Result<SafetensorsFile> file = open(safetensors(header, bytesOf<float>({5})));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tensors().size(), 2u);
  EXPECT_EQ(file->find("a")->elements(), 1);
  EXPECT_EQ(file->find("b")->elements(), 0);
  float value;
  EXPECT_FALSE(file->readFloats(*file->find("b"), 0, std::span(&value, 0))); // no float
}

TEST_F(Safetensors, FilesThatEndTooSoon) {
  EXPECT_EQ(errorOf(""), "is truncated: 0 bytes cannot hold a safetensors header");
  EXPECT_EQ(errorOf("1234567"), "is truncated: 7 bytes cannot hold a safetensors header");
  EXPECT_EQ(errorOf(bytesOf<uint64_t>({3}) + "{}"),
            "has a header of 3 bytes, longer than the file; it may be truncated");
  EXPECT_EQ(errorOf(bytesOf<uint64_t>({UINT64_MAX}) + "{}"),
            "has a header of 18446744073709551615 bytes, longer than the file; it may be truncated");
}

TEST_F(Safetensors, HeadersThatAreNone) {
  EXPECT_THAT(errorOf(safetensors("", "")), HasSubstr("is no valid JSON"));
  EXPECT_THAT(errorOf(safetensors("{", "")), HasSubstr("is no valid JSON"));
  EXPECT_EQ(errorOf(safetensors("[]", "")), "has a header that is no JSON object");
  EXPECT_EQ(errorOf(safetensors("{\"t\":1}", "")), "tensor t: is no JSON object");
}

TEST_F(Safetensors, TensorsThatAreWrong) {
  EXPECT_EQ(errorOfTensor(R"({"dtype":"Q4","shape":[1],"data_offsets":[0,1]})", "x"),
            "tensor t: has the unknown dtype \"Q4\"");
  EXPECT_EQ(errorOfTensor(R"({"dtype":"U8","data_offsets":[0,1]})", "x"), "tensor t: has no shape");
  EXPECT_EQ(errorOfTensor(R"({"dtype":"U8","shape":[1]})", "x"), "tensor t: has no data_offsets of two numbers");
  EXPECT_EQ(errorOfTensor(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1,2]})", "x"),
            "tensor t: has no data_offsets of two numbers");
  EXPECT_EQ(errorOfTensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})", "1234"),
            "tensor t: has 4 bytes, but its dtype and shape need 8");
  EXPECT_EQ(errorOfTensor(R"({"dtype":"U8","shape":[5],"data_offsets":[0,5]})", "1234"),
            "tensor t: has data_offsets [0, 5] outside the 4 data bytes of the file; it may be "
            "truncated");
  for (const char *shape : {"[-1]", "[4294967296,4294967296]", "[9223372036854775807,2]", "[0.5]"})
    EXPECT_EQ(errorOfTensor(std::string(R"({"dtype":"F64","shape":)") + shape + R"(,"data_offsets":[0,0]})", ""),
              "tensor t: has a dimension or size that is negative or too large")
        << shape;
}

TEST_F(Safetensors, PlacesThatOverlapOrLeaveHoles) {
  auto two = [&](const char *first, const char *second) {
    return errorOf(safetensors(std::string(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)") + first +
                                   R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + second + "}}",
                               "1234"));
  };
  EXPECT_EQ(two("[0,2]", "[2,4]"), "");
  EXPECT_EQ(two("[2,4]", "[0,2]"), "");
  EXPECT_EQ(two("[0,2]", "[1,3]"), "tensor b: overlaps the tensor before it");
  EXPECT_EQ(two("[0,2]", "[0,2]"), "tensor b: overlaps the tensor before it");
  EXPECT_EQ(errorOfTensor(R"({"dtype":"U8","shape":[2],"data_offsets":[1,3]})", "123"),
            "tensor t: leaves a hole of 1 bytes before it");
  EXPECT_EQ(errorOfTensor(R"({"dtype":"U8","shape":[2],"data_offsets":[0,2]})", "123"),
            "has 1 bytes after its last tensor");
}

} // namespace
