// A change between observations (docs/timeline.md; JSON in docs/json.md).
#pragma once

#include "base/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::model {

// In the order in which the events of one observation come.
enum class EventType {
  kKeyPublished,
  kKeyWithdrawn,
  kKeyReturned,
  kKeyMaterialChanged,
  kKeyRenamed,
  kKeyMetadataChanged,
  kKeysetReplaced,
  kKeysetEmpty,
  kKeysetInconsistent,
  kDiscoveryChanged,
  kIssuerChanged,
  kJwksUriChanged,
  kAuthorityUnreachable,
  kAuthorityRecovered,
  kTlsChanged,
  kClockStep,
  kDeploymentChanged,
};

std::string_view to_text(EventType type);  // "key.published", ...
std::optional<EventType> event_type(std::string_view text);

struct Event {
  std::int64_t seq = 0;  // given by the store
  EventType type = EventType::kKeyPublished;
  base::Instant at;
  std::string authority;   // empty where it is about a deployment or this host
  std::string deployment;  // likewise
  bool about_key = false;  // then `kid` is written, null when there is none
  std::optional<std::string> kid;
  std::string thumbprint;
  bool initial = false;
  std::optional<base::Instant> first_absent_at, confirmed_at;
  std::vector<std::string> fields;   // members that changed
  std::string old_value, new_value;  // JSON texts; empty: absent
};

nlohmann::json to_json(const Event& event);
// Of our own store only: what is missing keeps its default.
Event event_from_json(const nlohmann::json& value);

}  // namespace idpwatch::model
