// What a change of our own configuration leaves behind at an authority: another address shows other
// keys and documents, and that is not the provider's doing.
#include "base/url.hpp"
#include "watch/authority_track.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace idpwatch::watch {

namespace {

// What a change of the address that is asked looks like.
constexpr std::array kOfDocument = {
    model::EventType::kDiscoveryChanged, model::EventType::kIssuerChanged,
    model::EventType::kJwksUriChanged, model::EventType::kTlsChanged};
constexpr std::array kOfKeys = {model::EventType::kKeysetReplaced,
                                model::EventType::kKeyMaterialChanged};

bool is_one_of(model::EventType type, std::span<const model::EventType> types) {
  return std::ranges::find(types, type) != types.end();
}

}  // namespace

// The configuration may have changed while nothing ran. The address of the keys is ours only where
// we name it; else a document does.
bool AuthorityTrack::asked_elsewhere(const StoredTrack& stored) const {
  // Values of a query are not stored.
  const auto other = [](const std::string& then, const std::string& now) {
    return !then.empty() && !now.empty() && then != base::without_url_secrets(now);
  };
  std::string document;
  if (spec_->metadata_url) {
    document = *spec_->metadata_url;
  } else if (spec_->has_discovery() && !spec_->issuer.empty()) {
    document = base::discovery_url(spec_->issuer);
  }
  return other(stored.issuer, spec_->issuer) || other(stored.discovery_url, document) ||
         other(stored.jwks_url, spec_->jwks_url.value_or(std::string()));
}

void AuthorityTrack::begin_anew() {
  new_document_ = discovery_body_.bytes != nullptr;
  new_keys_ = jwks_body_.bytes != nullptr;
  for (const model::KeyRecord& key : timeline_.current_keys()) left_behind_.insert(key.thumbprint);
}

// The timeline has taken them in: that is the new base. What is published there is published.
void AuthorityTrack::drop_own_changes(ProbeOutcome& judged) {
  if (!new_document_ && !new_keys_ && left_behind_.empty()) return;
  const bool document = new_document_ && judged.discovery_good;
  const bool keys = new_keys_ && judged.keys_good;
  std::erase_if(judged.events, [&](const model::Event& event) {
    if (event.type == model::EventType::kKeyWithdrawn) {
      return left_behind_.erase(event.thumbprint) > 0;
    }
    return (document && is_one_of(event.type, kOfDocument)) ||
           (keys && is_one_of(event.type, kOfKeys));
  });
  if (keys) {
    // Those that are published here as well were not left.
    if (const auto set = key_set()) {
      for (const model::Jwk& key : set->keys) left_behind_.erase(key.thumbprint);
    }
    for (model::Event& event : judged.events) {
      if (event.type == model::EventType::kKeyPublished) event.initial = true;
    }
  }
  new_document_ = new_document_ && !document;
  new_keys_ = new_keys_ && !keys;
}

}  // namespace idpwatch::watch
