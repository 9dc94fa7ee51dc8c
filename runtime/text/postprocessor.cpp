//===- postprocessor.cpp - Special tokens around a text -------------------===//
#include "runtime/text/postprocessor.h"
#include "lib/base/text.h"

namespace tern {

/// The ids of the special token `id` in "special_tokens".
static Status appendSpecial(const JsonFields &processor, const std::string &id, const std::string &name,
                            std::vector<int32_t> &ids) {
  const Json *all = processor.find("special_tokens");
  const Json *token = all && all->is_object() && all->contains(id) ? &(*all)[id] : nullptr;
  const Json *list = token && token->is_object() && token->contains("ids") ? &(*token)["ids"] : nullptr;
  if (!list || !list->is_array())
    return Error{name + ": special_tokens has no ids for " + quote(id)};
  for (const Json &value : *list) {
    if (!value.is_number_integer() || value.get<int64_t>() < 0 || value.get<int64_t>() >= kTokenIdLimit)
      return Error{name + ": an id of the special token " + quote(id) + " is no token id"};
    ids.push_back(static_cast<int32_t>(value.get<int64_t>()));
  }
  return {};
}

/// "single": a list of {"SpecialToken": {"id": name}} with {"Sequence": {"id": "A"}} once.
Status PostProcessor::readTemplate(const JsonFields &fields, const std::string &name) {
  const Json *single = fields.find("single");
  if (!single || !single->is_array())
    return Error{name + ": the field \"single\" must be an array"};
  std::vector<int32_t> before, after;
  bool textSeen = false;
  for (const Json &part : *single) {
    std::string kind = part.is_object() && part.size() == 1 ? part.begin().key() : "";
    if (kind != "SpecialToken" && kind != "Sequence")
      return Error{name + ": a part of \"single\" is neither SpecialToken nor Sequence"};
    JsonFields piece(*part.begin(), name + ": " + kind);
    std::string id = piece.string("id");
    if (Status status = piece.status(); !status)
      return status;
    if (kind == "SpecialToken") {
      if (Status status = appendSpecial(fields, id, name, textSeen ? after : before); !status)
        return status;
    } else if (id != "A" || textSeen) {
      return Error{name + ": \"single\" must hold the Sequence A exactly once"};
    } else {
      textSeen = true;
    }
  }
  if (!textSeen)
    return Error{name + ": \"single\" must hold the Sequence A exactly once"};
  prefix.insert(prefix.begin(), before.begin(), before.end());
  suffix.insert(suffix.end(), after.begin(), after.end());
  return {};
}

Status PostProcessor::read(const Json &postprocessor, const std::string &name) {
  JsonFields fields(postprocessor, name);
  std::string type = fields.string("type");
  if (Status status = fields.status(); !status)
    return status;
  if (type == "ByteLevel")
    return {};
  if (type == "TemplateProcessing")
    return readTemplate(fields, name);
  if (type != "Sequence")
    return Error{name + ": the type " + quote(type) +
                 " is not supported; Tern knows ByteLevel, TemplateProcessing and Sequence"};
  const Json *members = fields.find("processors");
  if (!members || !members->is_array())
    return Error{name + ": the field \"processors\" must be an array"};
  for (const Json &member : *members)
    if (Status status = read(member, name); !status)
      return status;
  return {};
}

Result<PostProcessor> PostProcessor::fromJson(const Json *postprocessor, const std::string &name) {
  PostProcessor result;
  if (postprocessor)
    if (Status status = result.read(*postprocessor, name); !status)
      return status.error();
  return result;
}

} // namespace tern
