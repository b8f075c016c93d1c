#include "model/event.hpp"

#include "base/enum_names.hpp"
#include "model/json_members.hpp"

#include <nlohmann/json.hpp>

namespace idpwatch::model {

namespace {

using nlohmann::json;

constexpr base::EnumNames<EventType> kTypes{
    {EventType::kKeyPublished, "key.published"},
    {EventType::kKeyWithdrawn, "key.withdrawn"},
    {EventType::kKeyReturned, "key.returned"},
    {EventType::kKeyMaterialChanged, "key.material_changed"},
    {EventType::kKeyRenamed, "key.renamed"},
    {EventType::kKeyMetadataChanged, "key.metadata_changed"},
    {EventType::kKeysetReplaced, "keyset.replaced"},
    {EventType::kKeysetEmpty, "keyset.empty"},
    {EventType::kKeysetInconsistent, "keyset.inconsistent"},
    {EventType::kDiscoveryChanged, "discovery.changed"},
    {EventType::kIssuerChanged, "issuer.changed"},
    {EventType::kJwksUriChanged, "jwks_uri.changed"},
    {EventType::kAuthorityUnreachable, "authority.unreachable"},
    {EventType::kAuthorityRecovered, "authority.recovered"},
    {EventType::kTlsChanged, "tls.changed"},
    {EventType::kClockStep, "clock.step"},
    {EventType::kDeploymentChanged, "deployment.changed"}};

void put_text(json& out, const char* name, const std::string& text) {
  if (!text.empty()) out[name] = text;
}

void put_instant(json& out, const char* name, const std::optional<base::Instant>& at) {
  if (at) out[name] = base::format_rfc3339(*at);
}

// Texts of our own making; one that is none after all is shown as the text it is.
void put_json(json& out, const char* name, const std::string& text) {
  if (text.empty()) return;
  json value = json::parse(text, nullptr, false);
  out[name] = value.is_discarded() ? json(text) : std::move(value);
}

std::string json_member(const json& value, std::string_view name) {
  const json* found = member(value, name);
  return found == nullptr ? std::string()
                          : found->dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string_view to_text(EventType type) { return kTypes.text(type); }

std::optional<EventType> event_type(std::string_view text) { return kTypes.value(text); }

json to_json(const Event& event) {
  json out = json::object();
  if (event.seq != 0) out["seq"] = event.seq;
  out["type"] = to_text(event.type);
  out["at"] = base::format_rfc3339(event.at);
  put_text(out, "authority", event.authority);
  put_text(out, "deployment", event.deployment);
  if (event.about_key) out["kid"] = event.kid ? json(*event.kid) : json(nullptr);
  put_text(out, "thumbprint", event.thumbprint);
  if (event.initial) out["initial"] = true;
  put_instant(out, "first_absent_at", event.first_absent_at);
  put_instant(out, "confirmed_at", event.confirmed_at);
  if (!event.fields.empty()) out["fields"] = event.fields;
  put_json(out, "old", event.old_value);
  put_json(out, "new", event.new_value);
  return out;
}

Event event_from_json(const json& value) {
  Event event;
  event.seq = integer_member(value, "seq").value_or(0);
  event.type = event_type(text_member(value, "type")).value_or(event.type);
  event.at = instant_member(value, "at").value_or(base::Instant());
  event.authority = text_member(value, "authority");
  event.deployment = text_member(value, "deployment");
  if (const json* kid = member(value, "kid")) {
    event.about_key = true;
    if (kid->is_string()) event.kid = kid->get<std::string>();
  }
  event.thumbprint = text_member(value, "thumbprint");
  event.initial = bool_member(value, "initial");
  event.first_absent_at = instant_member(value, "first_absent_at");
  event.confirmed_at = instant_member(value, "confirmed_at");
  if (const json* fields = member(value, "fields"); fields != nullptr && fields->is_array()) {
    for (const json& field : *fields) {
      if (field.is_string()) event.fields.push_back(field.get<std::string>());
    }
  }
  event.old_value = json_member(value, "old");
  event.new_value = json_member(value, "new");
  return event;
}

}  // namespace idpwatch::model
