#include "cli/authority_keys.hpp"

#include "base/file.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "explain/token_signature.hpp"
#include "explain/token_times.hpp"
#include "watch/trusted_authority.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace idpwatch::cli {
namespace {

using base::Json;

constexpr const char* kInventedJwks = "https://key-set.invalid/jwks";

// A document that says no more than whose keys are meant, where the real one is not asked for.
validators::Body document_for(const std::string& issuer, const std::string& jwks_url) {
  return std::make_shared<const std::string>(
      Json{{"issuer", issuer}, {"jwks_uri", jwks_url}}.dump());
}

explain::KnownAuthority named(const model::AuthoritySpec& spec) {
  explain::KnownAuthority known;
  known.name = spec.name;
  known.issuer = spec.issuer;
  known.metadata_url = spec.has_discovery() ? watch::metadata_url_of(spec) : std::string();
  known.jwks_url = spec.jwks_url.value_or(kInventedJwks);
  return known;
}

void take_keys(explain::KnownAuthority& known, std::string jwks) {
  known.jwks = std::make_shared<const std::string>(std::move(jwks));
  known.keys = explain::keys_in(known.jwks);
}

// The `keys` members that stood in the set, one object or an array of them each.
void add_members(const std::string& members, Json& keys) {
  const auto document = base::parse_json(members);
  if (!document) return;
  if (document->value->is_array()) {
    for (const Json& one : *document->value) keys.push_back(one);
  } else {
    keys.push_back(*document->value);
  }
}

std::string name_in_store(storage::Reader& reader, const model::AuthoritySpec& spec) {
  for (const std::string& name : {spec.name, spec.issuer}) {
    const auto found = reader.find_authority(name);
    if (found && *found) return (*found)->name;
  }
  return {};
}

std::string between(base::Instant first, base::Instant last) {
  return "from " + base::format_rfc3339(std::chrono::floor<base::seconds>(first)) + " to " +
         base::format_rfc3339(std::chrono::floor<base::seconds>(last));
}

}  // namespace

explain::KnownAuthority known_by_probe(const ProbeResult& looked, const base::Clock& clock) {
  explain::KnownAuthority known = named(looked.track->spec());
  if (known.issuer.empty() || !looked.track->spec().issuer_configured) {
    if (!looked.track->issuer().empty()) known.issuer = looked.track->issuer();
  }
  known.metadata = looked.track->discovery_body();
  known.jwks = looked.track->jwks_body();
  const auto& jwks = looked.seen.jwks;
  // A set without a usable key is no good answer, and the one that services get all the same.
  if (known.jwks == nullptr && jwks && jwks->status == 200) known.jwks = jwks->body;
  known.keys = explain::keys_in(known.jwks);
  if (jwks && !jwks->url.empty()) known.jwks_url = jwks->url;
  known.source = "fetched now";
  for (const model::CheckResult& result : looked.judged.results) {
    const bool bad = result.health == model::Health::kFailing;
    if (bad && known.why_unknown.empty() && result.finding.severity >= model::Severity::kError) {
      known.why_unknown = result.finding.summary;
    }
  }
  if (known.jwks == nullptr && known.why_unknown.empty()) {
    known.why_unknown =
        "the key set of " + base::redact_url(known.issuer) + " could not be fetched";
  }
  if (known.jwks != nullptr) known.why_unknown.clear();
  if (const auto interval = looked.track->clock().at(clock.wall(), clock.boottime())) {
    known.clock = forecast::ClockBounds{interval->lo, interval->hi};
  }
  return known;
}

base::Result<explain::KnownAuthority> known_by_file(const model::AuthoritySpec& spec,
                                                    const std::string& path) {
  auto bytes = base::read_file(path);
  if (!bytes) return base::fail(bytes.error());
  const auto document = base::parse_json(*bytes);
  if (!document) return base::fail(base::Error(document.error()).in(path));
  // One key alone is a set of one.
  Json set = document->value->is_object() && document->value->contains("kty")
                 ? Json{{"keys", Json::array({*document->value})}}
                 : *document->value;
  model::redact_secrets(set);
  if (const auto parsed = model::parse_key_set(set); !parsed) {
    return base::fail(base::Error(parsed.error()).in(path));
  }
  explain::KnownAuthority known = named(spec);
  known.metadata = document_for(spec.issuer, known.jwks_url);
  take_keys(known, set.dump());
  known.source = path;
  return known;
}

base::Result<explain::KnownAuthority> known_by_history(storage::Reader& reader,
                                                       const model::AuthoritySpec& spec,
                                                       base::Instant at) {
  explain::KnownAuthority known = named(spec);
  const std::string name = name_in_store(reader, spec);
  if (name.empty()) {
    return base::fail(
        base::ErrorKind::kNotFound,
        base::printable(spec.issuer) + " is not among the authorities that were watched",
        "`idpwatch history` names those that were");
  }
  const auto set = reader.key_set(name, at);
  if (!set) return base::fail(set.error());
  if (!set->observed_at) {
    return base::fail(
        base::ErrorKind::kNotFound,
        "nothing was recorded of " + base::printable(name) + " by " + base::format_rfc3339(at),
        "`idpwatch history " + base::printable(name) + "` shows since when it is watched");
  }
  const auto sightings = reader.sightings(name);
  if (!sightings) return base::fail(sightings.error());
  Json keys = Json::array();
  for (const storage::KeyView& key : set->keys) {
    if (key.state != storage::KeyState::kLive) continue;
    const auto seen = std::find_if(sightings->rbegin(), sightings->rend(), [&](const auto& one) {
      return one.thumbprint == key.thumbprint && one.kid == key.kid && one.first <= at;
    });
    if (seen != sightings->rend()) add_members(seen->members, keys);
  }
  known.metadata = document_for(set->authority.issuer, known.jwks_url);
  known.issuer = set->authority.issuer;
  take_keys(known, Json{{"keys", keys}}.dump());
  known.source = "our history, observed at " + base::format_rfc3339(*set->observed_at);
  return known;
}

std::optional<explain::KeyElsewhere> former_key(storage::Reader& reader,
                                                const model::AuthoritySpec& spec,
                                                const checks::TokenForm& form, base::Instant now) {
  const std::string name = name_in_store(reader, spec);
  if (name.empty() || !form.token) return std::nullopt;
  const auto sightings = reader.sightings(name);
  const auto records = reader.keys(name);
  if (!sightings || !records) return std::nullopt;
  for (auto one = sightings->rbegin(); one != sightings->rend(); ++one) {
    if (one->kid != form.token->kid) continue;
    Json keys = Json::array();
    add_members(one->members, keys);
    const auto set = model::parse_key_set(Json{{"keys", keys}});
    if (!set ||
        explain::verify_signature(form, set->keys).is != explain::SignatureFact::Is::kValid) {
      continue;
    }
    explain::KeyElsewhere found;
    found.former = true;
    found.text =
        "valid when issued: our history has that key in the set " + between(one->first, one->last);
    const auto record = std::find_if(records->begin(), records->end(), [&](const auto& key) {
      return key.thumbprint == one->thumbprint;
    });
    if (record != records->end() && record->first_absent_at) {
      found.text +=
          "; it was withdrawn " + base::describe_duration(now - *record->first_absent_at) + " ago";
    }
    const auto issued = explain::instant_of(form.token->issued_at);
    if (issued && *issued > one->last) {
      found.text = "our history has that key, but it left the set before this token was issued (" +
                   between(one->first, one->last) + ")";
    }
    return found;
  }
  return std::nullopt;
}

}  // namespace idpwatch::cli
