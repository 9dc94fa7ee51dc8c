//===- linear_rules.cpp - What a checkpoint says of the inputs of its linears -===//
#include "lib/checkpoint/linear_rules.h"

#include "lib/base/text.h"

#include <algorithm>

namespace tern {

static constexpr const char *kKey = "tern";
static constexpr std::string_view kRoles[] = {"q", "k", "v", "o", "gate", "up", "down"};
static constexpr std::pair<std::string_view, CodesRule> kCodes[] = {{"int8-absmax", CodesRule::Int8Absmax},
                                                                    {"int8-absmax128", CodesRule::Int8Absmax128},
                                                                    {"int4-absmean", CodesRule::Int4Absmean}};

bool LinearRules::anyHadamard() const {
  return std::ranges::any_of(roles, [](const auto &role) { return role.second.hadamard; });
}
bool LinearRules::anyKeep() const {
  return std::ranges::any_of(roles, [](const auto &role) { return role.second.keep < 1; });
}

namespace {

class Reader {
public:
  Reader(const Json &value, const std::string &where) : value(value), fields(value, where) {
    for (std::string_view role : kRoles)
      rules.roles[std::string(role)];
  }

  LinearRules read() {
    std::string weights = fields.string("weight_quant");
    rules.median = weights == "absmedian";
    if (weights != "absmean" && weights != "absmedian")
      fields.fail("the field \"weight_quant\" is " + quote(weights) + "; supported: absmean, absmedian");
    readCodes();
    readHadamard();
    readKeep();
    if (fields.has("inner_norm")) {
      rules.innerLayerNorm = fields.string("inner_norm") == "layer_norm";
      if (!rules.innerLayerNorm)
        fields.fail("the field \"inner_norm\" is " + quote(fields.string("inner_norm")) + "; supported: layer_norm");
    }
    if (fields.has("kv_bits"))
      fields.fail("has \"kv_bits\": keys and values of few bits (BitNet a4.8) are not supported yet");
    for (const std::string &key : fields.unread())
      if (!value.at(key).is_null())
        fields.fail("the field " + quote(key) + " is not known, and may change what the model computes");
    return rules;
  }
  Status status() const { return fields.status(); }

private:
  /// The rule of this role; a complaint where there is no such role.
  LinearRule *find(const std::string &role, const char *key) {
    auto at = rules.roles.find(role);
    if (at != rules.roles.end())
      return &at->second;
    fields.fail("the field \"" + std::string(key) + "\" names " + quote(role) +
                "; linears are q, k, v, o, gate, up, down");
    return nullptr;
  }

  void readCodes() {
    const Json *codes = fields.find("activation_quant");
    if (!codes || !codes->is_object() || codes->size() != std::size(kRoles))
      return fields.fail("the field \"activation_quant\" must name the rule of each of q, k, v, o, gate, up and down");
    for (const auto &[role, name] : codes->items()) {
      LinearRule *rule = find(role, "activation_quant");
      auto at = std::ranges::find_if(kCodes, [&, &name = name](const auto &known) { return name == known.first; });
      if (at == std::end(kCodes))
        fields.fail("the field \"activation_quant\" has " + printable(jsonText(name)) +
                    "; supported: int8-absmax, int8-absmax128, int4-absmean");
      else if (rule)
        rule->codes = at->second;
    }
  }

  void readHadamard() {
    const Json *roles = fields.find("hadamard");
    if (!roles)
      return;
    if (!roles->is_array())
      return fields.fail("the field \"hadamard\" must be a list of roles");
    for (const Json &role : *roles)
      if (LinearRule *rule = find(role.is_string() ? role.get<std::string>() : jsonText(role), "hadamard"))
        rule->hadamard = true;
  }

  void readKeep() {
    rules.keepBlock = fields.integer("keep_block", 1, 1 << 20, 0);
    const Json *keep = fields.find("keep");
    if (!keep)
      return;
    if (!keep->is_object())
      return fields.fail("the field \"keep\" must give fractions by role");
    for (const auto &[role, fraction] : keep->items()) {
      LinearRule *rule = find(role, "keep");
      if (!fraction.is_number() || fraction.get<double>() <= 0 || fraction.get<double>() > 1)
        fields.fail("the field \"keep\" must have fractions above 0 and at most 1");
      else if (rule)
        rule->keep = fraction.get<double>();
      // What is kept decides the mean, but the scale is that of the whole row.
      if (rule && rule->keep < 1 && rule->codes == CodesRule::Int4Absmean)
        fields.fail("has \"keep\" for " + quote(role) +
                    ", whose codes are of the mean magnitude: their scale would change");
    }
  }

  const Json &value;
  JsonFields fields;
  LinearRules rules;
};

} // namespace

std::optional<LinearRules> readLinearRules(ConfigReader &config) {
  const Json *value = config.find(kKey);
  if (!value)
    return std::nullopt;
  Reader reader(*value, config.nameOf(kKey));
  LinearRules rules = reader.read();
  config.keep(reader.status());
  if (config.has("quantization_config"))
    config.fail("has both \"quantization_config\" and \"tern\", which say how its linears are quantised");
  return rules;
}

std::optional<LinearRules> linearRulesOf(const ConfigFiles &files) {
  ConfigReader config(files);
  return readLinearRules(config);
}

Quantization quantizationOf(const LinearRules &rules) {
  return {.linearClass = LinearClass::AutoBitLinear,
          .mode = QuantizationMode::Online,
          .median = rules.median,
          .dividesMasters = true};
}

} // namespace tern
