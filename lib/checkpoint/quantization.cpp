//===- quantization.cpp - How a checkpoint's linear layers are quantised ------===//
#include "lib/checkpoint/quantization.h"

#include "lib/base/text.h"

#include <algorithm>

namespace tern {

static constexpr std::pair<std::string_view, LinearClass> kLinearClasses[] = {
    {"bitlinear", LinearClass::BitLinear}, {"autobitlinear", LinearClass::AutoBitLinear}};
static constexpr std::pair<std::string_view, QuantizationMode> kModes[] = {{"offline", QuantizationMode::Offline},
                                                                           {"online", QuantizationMode::Online}};

/// Ends a name that is the beginning of others.
static constexpr std::string_view kAnyRest = ".*";

static std::string_view withoutRest(std::string_view name) {
  return name.ends_with(kAnyRest) ? name.substr(0, name.size() - kAnyRest.size()) : name;
}

bool Quantization::staysDense(std::string_view module) const {
  if (!notConverted)
    return module == kHeadModule;
  return std::ranges::any_of(*notConverted, [&](const std::string &name) {
    return module.starts_with(withoutRest(name)) || module.ends_with(name);
  });
}

bool Quantization::staysDenseInTransformers4(std::string_view module) const {
  return module == kHeadModule || (notConverted && std::ranges::any_of(*notConverted, [&](const std::string &name) {
                                     return module.find(withoutRest(name)) != module.npos;
                                   }));
}

/// transformers 5 reads names as regular expressions too. One that ends in ".*" is a beginning; others are not known
/// from any checkpoint.
static void addModuleName(JsonFields &fields, std::string name, std::vector<std::string> &names) {
  if (withoutRest(name).find_first_of("*+?[](){}|^$\\") != std::string_view::npos)
    fields.fail("the field \"modules_to_not_convert\" has " + quote(name) +
                "; only module names are supported, with .* at their end at most");
  names.push_back(std::move(name));
}

static void readModuleNames(JsonFields &fields, Quantization &quantization) {
  const Json *modules = fields.find("modules_to_not_convert");
  if (!modules)
    return;
  quantization.notConverted.emplace();
  constexpr const char *kNoList = "the field \"modules_to_not_convert\" must be a list of module names";
  if (!modules->is_array())
    return fields.fail(kNoList);
  for (const Json &module : *modules) {
    if (module.is_string())
      addModuleName(fields, module.get<std::string>(), *quantization.notConverted);
    else
      fields.fail(kNoList);
  }
}

static constexpr const char *kKey = "quantization_config";

bool isOneBit(const ConfigFiles &config) {
  JsonFields fields(config.config, config.path);
  return fields.has("weight_bits") && !fields.has(kKey);
}

std::optional<Quantization> readQuantization(ConfigReader &config) {
  const Json *value = config.find(kKey);
  if (!value)
    return std::nullopt;
  Quantization quantization;
  JsonFields fields(*value, config.nameOf(kKey));
  std::string method = fields.string("quant_method");
  if (method != "bitnet")
    fields.fail("the quant_method " + quote(method) + " is not supported; supported: bitnet");
  quantization.linearClass =
      choose(fields, "linear_class", fields.string("linear_class", std::string("bitlinear")), kLinearClasses);
  quantization.mode =
      choose(fields, "quantization_mode", fields.string("quantization_mode", std::string("offline")), kModes);
  if (quantization.linearClass == LinearClass::BitLinear)
    quantization.mode = QuantizationMode::Offline; // transformers looks at the mode for AutoBitLinear only
  quantization.useRmsNorm = fields.boolean("use_rms_norm", false);
  quantization.rmsNormEps = fields.number("rms_norm_eps", 0, 1, quantization.rmsNormEps);
  readModuleNames(fields, quantization);
  for (const std::string &key : fields.unread())
    if (!value->at(key).is_null())
      fields.fail("the field " + quote(key) + " is not known, and may change what the model computes");
  config.keep(fields.status());
  return quantization;
}

} // namespace tern
