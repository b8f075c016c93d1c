// Any bytes as a key set: what parses is redacted, read and followed; nothing secret is left, and
// reading what was redacted again gives the same keys.
#include "base/assert.hpp"
#include "base/json.hpp"
#include "checks/timeline/key_timeline.hpp"
#include "model/jwk.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace idpwatch;
  const std::string bytes(data, data + size);
  const auto document = base::parse_json(bytes);
  if (!document) return 0;
  const auto raw = model::parse_key_set(*document->value);
  const auto found = model::redact_secrets(*document->value);
  const std::string once = base::canonical_json(*document->value);
  IDPWATCH_ASSERT(model::redact_secrets(*document->value) == found);
  IDPWATCH_ASSERT(base::canonical_json(*document->value) == once);

  const auto set = model::parse_key_set(*document->value);
  IDPWATCH_ASSERT(set.has_value() == raw.has_value());
  if (!set) return 0;
  IDPWATCH_ASSERT(set->keys.size() == raw->keys.size());
  for (std::size_t i = 0; i < set->keys.size(); ++i) {
    IDPWATCH_ASSERT(set->keys[i].thumbprint == raw->keys[i].thumbprint);
    IDPWATCH_ASSERT(set->keys[i].members == raw->keys[i].members);
  }
  checks::KeyTimeline timeline("fuzz", {1, base::Duration(0)});
  const base::Instant now = base::from_unix_seconds(1'800'000'000);
  timeline.observe_keys(now, &*set, "1");
  // The same again is no event; an empty one after it withdraws all.
  IDPWATCH_ASSERT(timeline.observe_keys(now + base::minutes(1), &*set, "2").events.empty());
  timeline.observe_keys(now + base::minutes(2), nullptr, "2");
  const model::KeySet empty;
  timeline.observe_keys(now + base::minutes(3), &empty, "3");
  IDPWATCH_ASSERT(timeline.current_keys().empty());
  return 0;
}
