//===- normalizer.cpp - Unicode normalisation before tokenising -----------===//
#include "runtime/text/normalizer.h"
#include "lib/base/text.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

namespace tern {

Result<Normalizer> Normalizer::fromJson(const Json *normalizer, const std::string &name) {
  Normalizer result;
  if (!normalizer)
    return result;
  JsonFields fields(*normalizer, name);
  std::string type = fields.string("type");
  if (Status status = fields.status(); !status)
    return status.error();
  if (type == "NFC") {
    result.composes = true;
    return result;
  }
  if (type != "Sequence")
    return Error{name + ": the type " + quote(type) + " is not supported; Tern knows NFC and Sequence"};
  const Json *members = fields.find("normalizers");
  if (!members || !members->is_array())
    return Error{name + ": the field \"normalizers\" must be an array"};
  for (const Json &member : *members) {
    Result<Normalizer> inner = fromJson(&member, name);
    if (!inner)
      return inner;
    result.composes |= inner->composes;
  }
  return result;
}

Result<std::string> Normalizer::apply(std::string_view text) const {
  if (!composes)
    return std::string(text);
  utf8proc_uint8_t *mapped = nullptr;
  utf8proc_ssize_t length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t *>(text.data()), text.size(), &mapped,
                                         static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, std::free);
  if (length < 0)
    return Error{std::string("cannot normalise the text: ") + utf8proc_errmsg(length)};
  return std::string(reinterpret_cast<const char *>(mapped), length);
}

} // namespace tern
