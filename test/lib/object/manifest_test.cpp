//===- manifest_test.cpp - What a model object says about itself ---------------===//
#include "lib/object/manifest.h"
#include "test/lib/object/small_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

using namespace tern;
using testing::HasSubstr;

namespace {

std::string errorAfter(const std::function<void(Json &)> &change) {
  Json json = *parseJson(test::smallManifest(64), "m");
  change(json);
  Result<Manifest> manifest = Manifest::fromJson(json.dump(), "m");
  return manifest ? "" : manifest.error().message;
}

TEST(ManifestJson, ComesBackAsItWas) {
  Manifest manifest = *Manifest::fromJson(test::smallManifest(64), "m");
  manifest.bos = 1;
  manifest.activations = Activations::TopK;
  manifest.tensors[0].layout = "codes2:4x256";
  manifest.tensors[0].factor = "scale";
  manifest.kernels.push_back({.name = "k",
                              .variant = "dot, mask",
                              .layout = "codes2:4x256",
                              .rows = 8,
                              .columns = 16,
                              .tokens = 4,
                              .source = "line"});
  manifest.kernels.back().byteTables = true;
  Json json = manifest.toJson();
  Result<Manifest> again = Manifest::fromJson(json.dump(), "m");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->toJson(), json);
  EXPECT_EQ(again->tensors[0].factor, "scale");
  EXPECT_EQ(again->kernels[0].columns, 16);
  EXPECT_TRUE(again->kernels[0].byteTables);
  EXPECT_EQ(again->bos, 1);
  EXPECT_EQ(again->activations, Activations::TopK);
}

TEST(ManifestJson, ActivationsAreCodesUnlessItSaysOtherwise) {
  Json json = *parseJson(test::smallManifest(64), "m");
  json.erase("activations");
  EXPECT_EQ(Manifest::fromJson(json.dump(), "m")->activations, Activations::Codes);
  for (Activations each : {Activations::TopK, Activations::Floats, Activations::Converted}) {
    json["activations"] = activationsName(each);
    EXPECT_EQ(Manifest::fromJson(json.dump(), "m")->activations, each);
  }
  EXPECT_THAT(errorAfter([](Json &m) { m["activations"] = "doubles"; }),
              HasSubstr("\"activations\" is \"doubles\"; supported: codes, top-k, floats, converted"));
}

TEST(ManifestJson, UnknownFieldsAreLeftAlone) {
  EXPECT_EQ(errorAfter([](Json &m) { m["later"] = {1, 2}; }), "");
}

TEST(ManifestJson, ErrorsNameTheField) {
  for (const char *field :
       {"name", "architecture", "vocab_size", "max_context", "prefill_block", "eos", "tensors", "kernels"})
    EXPECT_THAT(errorAfter([&](Json &m) { m.erase(field); }), HasSubstr(std::string("\"") + field + "\"")) << field;
  EXPECT_THAT(errorAfter([](Json &m) { m.erase("target"); }), HasSubstr("m: manifest: target"));
  EXPECT_THAT(errorAfter([](Json &m) { m["compiler"] = 3; }), HasSubstr("m: manifest: compiler: is no JSON object"));
  EXPECT_THAT(errorAfter([](Json &m) { m["eos"] = {-1}; }), HasSubstr("\"eos\" must hold integers from 0"));
  EXPECT_THAT(errorAfter([](Json &m) { m["tensors"][0].erase("offset"); }),
              HasSubstr("m: manifest: tensors[0]: has no field \"offset\""));
  EXPECT_THAT(errorAfter([](Json &m) { m["kernels"].push_back({{"variant", "x"}}); }),
              HasSubstr("m: manifest: kernels[0]: the field \"name\""));
}

} // namespace
