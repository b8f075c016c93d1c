#include "model/discovery.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "model/json_members.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace idpwatch::model {

namespace {

using nlohmann::json;

// Written anew for every request by some providers (facts on 381 public ones: "requestid"), and by
// the same kind of gateway under these names. Compared in lower case without "_" and "-".
constexpr std::array<std::string_view, 4> kPerRequest = {"requestid", "xrequestid", "traceid",
                                                         "correlationid"};

bool per_request(std::string_view name) {
  std::string plain = base::to_lower(name);
  std::erase_if(plain, [](char c) { return c == '_' || c == '-'; });
  return std::ranges::find(kPerRequest, plain) != kPerRequest.end();
}

void sort_and_unite(json& array) {
  std::vector<std::pair<std::string, json>> elements;
  elements.reserve(array.size());
  for (json& element : array) {
    std::string text = base::canonical_json(element);
    elements.emplace_back(std::move(text), std::move(element));
  }
  std::ranges::sort(elements, std::less<>(),
                    [](const auto& element) -> const std::string& { return element.first; });
  json out = json::array();
  const std::string* last = nullptr;
  for (auto& [text, element] : elements) {
    if (last != nullptr && *last == text) continue;
    last = &text;
    out.push_back(std::move(element));
  }
  array = std::move(out);
}

// Every array at every depth becomes sorted and unique, the inner ones first. No recursion: outside
// bytes decide the depth.
void arrays_as_sets(json& value) {
  std::vector<json*> order;
  order.push_back(&value);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!order[i]->is_structured()) continue;
    for (json& child : *order[i]) {
      if (child.is_structured()) order.push_back(&child);
    }
  }
  for (auto place = order.rbegin(); place != order.rend(); ++place) {
    if ((*place)->is_array()) sort_and_unite(**place);
  }
}

std::optional<std::string> optional_text(const json& document, std::string_view name) {
  const json* value = member(document, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

}  // namespace

base::Result<Discovery> parse_discovery(const json& document) {
  if (!document.is_object()) {
    return base::fail(base::ErrorKind::kInput,
                      std::string("the document is not a JSON object but ") + document.type_name(),
                      "OpenID Connect Discovery 1.0 section 4.2: it is a JSON object");
  }
  Discovery discovery;
  discovery.issuer = optional_text(document, "issuer");
  discovery.jwks_uri = optional_text(document, "jwks_uri");
  for (const auto& [name, value] : document.items()) {
    if (!value.is_structured()) {
      discovery.members.emplace(name, base::canonical_json(value));
      continue;
    }
    json copy = value;
    arrays_as_sets(copy);
    discovery.members.emplace(name, base::canonical_json(copy));
  }
  return discovery;
}

std::vector<std::string> changed_members(const Discovery& before, const Discovery& after) {
  std::vector<std::string> names;
  for (const auto& [name, text] : before.members) {
    const auto found = after.members.find(name);
    if (found == after.members.end() || found->second != text) names.push_back(name);
  }
  for (const auto& [name, text] : after.members) {
    if (!before.members.contains(name)) names.push_back(name);
  }
  std::erase_if(names, per_request);
  std::ranges::sort(names);
  return names;
}

}  // namespace idpwatch::model
