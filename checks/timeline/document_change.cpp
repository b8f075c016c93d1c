#include "checks/timeline/document_change.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"
#include "model/bounded_text.hpp"
#include "model/event_value.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace idpwatch::checks {

namespace {

using model::EventType;

constexpr std::size_t kPlainBytesMax = 512;
constexpr std::size_t kNameBytesMax = 128;
// A document of 2 MiB can have hundreds of thousands of members; the largest real one has ninety.
constexpr std::size_t kMembersMax = std::size_t{64} * 1024;
// An event that names more has told enough.
constexpr std::size_t kFieldsMax = 200;
constexpr std::size_t kValuesBytesMax = std::size_t{32} * 1024;

model::Discovery from_comparison(std::string_view text) {
  model::Discovery document;
  const nlohmann::json members = nlohmann::json::parse(text, nullptr, false);
  if (!members.is_object()) return document;
  for (const auto& [name, value] : members.items()) {
    if (value.is_string()) document.members.emplace(name, value.get<std::string>());
  }
  return document;
}

std::string member_text(const model::Discovery& document, const std::string& name) {
  const auto found = document.members.find(name);
  return found == document.members.end() ? std::string() : found->second;
}

std::string values_of(const model::Discovery& document, const std::vector<std::string>& fields) {
  std::vector<std::pair<std::string, std::string>> members;
  std::size_t bytes = 0;
  for (const std::string& field : fields) {
    std::string text = member_text(document, field);
    bytes += field.size() + text.size();
    if (!text.empty()) members.emplace_back(field, std::move(text));
  }
  return bytes > kValuesBytesMax ? std::string() : model::event_object(members);
}

bool names(const std::vector<std::string>& fields, std::string_view name) {
  return std::ranges::find(fields, name) != fields.end();
}

}  // namespace

std::string comparison_members(const model::Discovery& document) {
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [name, text] : document.members) {
    out[model::bounded_text(name, kNameBytesMax)] =
        text.size() <= kPlainBytesMax ? text : "sha256:" + base::sha256_hex(text);
  }
  std::string members = base::canonical_json(out);
  if (members.size() <= kMembersMax) return members;
  return base::canonical_json({{"(all members)", "sha256:" + base::sha256_hex(members)}});
}

std::vector<model::Event> document_events(const std::string& authority, base::Instant at,
                                          std::string_view before, std::string_view after) {
  const model::Discovery old_document = from_comparison(before);
  const model::Discovery new_document = from_comparison(after);
  const std::vector<std::string> fields = model::changed_members(old_document, new_document);
  std::vector<model::Event> events;
  if (fields.empty()) return events;

  model::Event changed;
  changed.type = EventType::kDiscoveryChanged;
  changed.at = at;
  changed.authority = authority;
  changed.fields = fields;
  changed.fields.resize(std::min(fields.size(), kFieldsMax));
  changed.old_value = values_of(old_document, changed.fields);
  changed.new_value = values_of(new_document, changed.fields);
  events.push_back(std::move(changed));

  for (const auto& [name, type] : {std::pair{"issuer", EventType::kIssuerChanged},
                                   std::pair{"jwks_uri", EventType::kJwksUriChanged}}) {
    if (!names(fields, name)) continue;
    model::Event moved;
    moved.type = type;
    moved.at = at;
    moved.authority = authority;
    const std::string old_text = member_text(old_document, name);
    const std::string new_text = member_text(new_document, name);
    if (!old_text.empty()) moved.old_value = model::event_value(old_text);
    if (!new_text.empty()) moved.new_value = model::event_value(new_text);
    events.push_back(std::move(moved));
  }
  return events;
}

}  // namespace idpwatch::checks
