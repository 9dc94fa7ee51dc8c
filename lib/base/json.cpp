//===- json.cpp - JSON of files, checked ----------------------------------===//
#include "lib/base/json.h"

#include "lib/base/text.h"

#include <algorithm>
#include <set>
#include <vector>

namespace tern {

/// Hub files nest 6 deep; nlohmann's destructor recurses, so the depth must be bounded while
/// parsing.
static constexpr int kMaxDepth = 64;

namespace {

/// Builds the document, refusing depth and repeated keys, and keeps the first complaint.
class CheckedParser : public nlohmann::detail::json_sax_dom_parser<Json> {
  using Base = nlohmann::detail::json_sax_dom_parser<Json>;

public:
  explicit CheckedParser(Json &root) : Base(root, false) {}

  bool start_object(std::size_t size) {
    keys.emplace_back();
    return deeper() && Base::start_object(size);
  }
  bool end_object() {
    keys.pop_back();
    --depth;
    return Base::end_object();
  }
  bool start_array(std::size_t size) { return deeper() && Base::start_array(size); }
  bool end_array() {
    --depth;
    return Base::end_array();
  }
  bool key(std::string &name) {
    if (!keys.back().insert(name).second) {
      complaint = "repeats the key " + quote(name);
      return false;
    }
    return Base::key(name);
  }
  template <class Exception> bool parse_error(std::size_t position, const std::string &, const Exception &) {
    complaint = "is no valid JSON at byte " + std::to_string(position);
    return false;
  }

  std::string complaint;

private:
  bool deeper() {
    if (++depth <= kMaxDepth)
      return true;
    complaint = "nests deeper than " + std::to_string(kMaxDepth) + " levels";
    return false;
  }
  int depth = 0;
  std::vector<std::set<std::string>> keys;
};

} // namespace

Result<Json> parseJson(std::string_view text, const std::string &name) {
  Json root;
  CheckedParser parser(root);
  if (!Json::sax_parse(text.begin(), text.end(), &parser))
    return Error{name + ": " + (parser.complaint.empty() ? "is no valid JSON" : parser.complaint)};
  return root;
}

std::string jsonText(const Json &document, int indent) {
  return document.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace); // else it throws
}

JsonFields::JsonFields(const Json &value, std::string name) : object(&value), name(std::move(name)) {
  static const Json empty = Json::object();
  if (!value.is_object()) {
    object = &empty;
    fail("is no JSON object");
  }
}

void JsonFields::fail(const std::string &what) {
  if (error.empty())
    error = name + ": " + what;
}

void JsonFields::failUnsupported(const char *key, const std::string &text, const std::string &supported) {
  fail("the field " + quote(key) + " is " + quote(text) + "; supported: " + supported);
}

void JsonFields::keep(const Status &status) {
  if (error.empty() && !status)
    error = status.error().message;
}

Status JsonFields::status() const { return error.empty() ? Status() : Status(Error{error}); }

std::vector<std::string> JsonFields::unread() const {
  std::vector<std::string> keys;
  for (const auto &[key, value] : object->items())
    if (std::ranges::find(asked, key) == asked.end())
      keys.push_back(key);
  return keys;
}

void JsonFields::refuseOthers() {
  std::vector<std::string> unknown = unread();
  if (unknown.empty())
    return;
  std::vector<std::string> near = nearestNames(unknown.front(), asked, 3);
  error = name + ": has an unknown field " + quote(unknown.front()) +
          (near.empty() ? "" : "; near names: " + join(near, ", "));
}

const Json *JsonFields::find(const char *key) const {
  asked.emplace_back(key);
  auto at = object->find(key);
  return at == object->end() || at->is_null() ? nullptr : &*at;
}

bool JsonFields::has(const char *key) const { return find(key) != nullptr; }

bool JsonFields::contains(const char *key) const {
  asked.emplace_back(key);
  return object->contains(key);
}

int64_t JsonFields::integer(const char *key, int64_t low, int64_t high) {
  const Json *value = find(key);
  if (!value) {
    fail("has no field " + quote(key));
    return low;
  }
  bool fits = value->is_number_unsigned() ? value->get<uint64_t>() <= uint64_t(INT64_MAX) : value->is_number_integer();
  if (!fits || value->get<int64_t>() < low || value->get<int64_t>() > high) {
    fail("the field " + quote(key) + " must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
    return low;
  }
  return value->get<int64_t>();
}

int64_t JsonFields::integer(const char *key, int64_t low, int64_t high, int64_t otherwise) {
  return has(key) ? integer(key, low, high) : otherwise;
}

double JsonFields::number(const char *key, double low, double high) {
  const Json *value = find(key);
  if (!value || !value->is_number() || !(value->get<double>() >= low && value->get<double>() <= high)) {
    fail("the field " + quote(key) + " must be a number from " + Json(low).dump() + " to " + Json(high).dump());
    return low;
  }
  return value->get<double>();
}

double JsonFields::number(const char *key, double low, double high, double otherwise) {
  return has(key) ? number(key, low, high) : otherwise;
}

bool JsonFields::boolean(const char *key, bool otherwise) {
  const Json *value = find(key);
  if (!value)
    return otherwise;
  if (!value->is_boolean()) {
    fail("the field " + quote(key) + " must be true or false");
    return otherwise;
  }
  return value->get<bool>();
}

std::string JsonFields::string(const char *key) {
  const Json *value = find(key);
  if (!value || !value->is_string()) {
    fail("the field " + quote(key) + " must be a string");
    return {};
  }
  return value->get<std::string>();
}

std::string JsonFields::string(const char *key, std::string otherwise) {
  return has(key) ? string(key) : std::move(otherwise);
}

} // namespace tern
