#include "model/key_metadata.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"
#include "model/bounded_text.hpp"
#include "model/event_value.hpp"
#include "model/redact.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace idpwatch::model {

namespace {

using nlohmann::json;

constexpr std::size_t kPlainBytesMax = 64;

// The material (compared by thumbprint) and the label.
constexpr std::array<std::string_view, 7> kIdentity = {"kty", "crv", "n", "e", "x", "y", "kid"};

bool described(std::string_view name) {
  return std::ranges::find(kIdentity, name) == kIdentity.end() && !is_secret_member(name);
}

// The order of key_ops says nothing (RFC 7517 section 4.3).
json as_set(const json& array) {
  std::vector<json> elements(array.begin(), array.end());
  std::ranges::sort(elements, std::less<>(), [](const json& value) { return value.dump(); });
  const auto repeated = std::ranges::unique(elements);
  elements.erase(repeated.begin(), repeated.end());
  return elements;
}

json shortened(json value) {
  const std::string text = base::canonical_json(value);
  if (text.size() <= kPlainBytesMax) return value;
  return "sha256:" + base::sha256_hex(text);
}

// One object or several -> several.
std::vector<json> entries(std::string_view text) {
  json value = json::parse(text, nullptr, false);
  std::vector<json> out;
  if (value.is_array()) {
    out.assign(value.begin(), value.end());
  } else if (value.is_object()) {
    out.push_back(std::move(value));
  }
  return out;
}

// The values of a member over all entries, absent ones included.
std::multiset<std::string> values_of(const std::vector<json>& entries, const std::string& name) {
  std::multiset<std::string> values;
  for (const json& entry : entries) {
    const auto found = entry.find(name);
    values.insert(found == entry.end() ? std::string() : base::canonical_json(*found));
  }
  return values;
}

std::string shown(const std::vector<json>& entries, const std::vector<std::string>& fields) {
  if (entries.size() != 1) return event_value(base::canonical_json(json(entries)));
  std::vector<std::pair<std::string, std::string>> members;
  for (const std::string& field : fields) {
    const auto found = entries.front().find(field);
    if (found != entries.front().end()) {
      members.emplace_back(field, base::canonical_json(*found));
    }
  }
  return event_object(members);
}

}  // namespace

std::string key_metadata(const json& element) {
  json out = json::object();
  if (element.is_object()) {
    for (const auto& [name, value] : element.items()) {
      if (!described(name)) continue;
      out[name] = shortened(name == "key_ops" && value.is_array() ? as_set(value) : value);
    }
  }
  return base::canonical_json(out);
}

std::string joined_metadata(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  const auto repeated = std::ranges::unique(texts);
  texts.erase(repeated.begin(), repeated.end());
  if (texts.size() == 1) return std::move(texts.front());
  std::string out = "[";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ',';
    out += text;
  }
  return bounded_json(out + ']');
}

MetadataChange metadata_change(std::string_view before, std::string_view after) {
  const std::vector<json> old_entries = entries(before);
  const std::vector<json> new_entries = entries(after);
  std::set<std::string> names;
  for (const auto* list : {&old_entries, &new_entries}) {
    for (const json& entry : *list) {
      if (!entry.is_object()) continue;
      for (const auto& member : entry.items()) names.insert(member.key());
    }
  }
  MetadataChange change;
  for (const std::string& name : names) {
    if (values_of(old_entries, name) != values_of(new_entries, name)) change.fields.push_back(name);
  }
  change.old_value = shown(old_entries, change.fields);
  change.new_value = shown(new_entries, change.fields);
  return change;
}

}  // namespace idpwatch::model
