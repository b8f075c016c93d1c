// Any bytes as a discovery document, and as the one that follows an ordinary one.
#include "base/assert.hpp"
#include "base/json.hpp"
#include "checks/timeline/key_timeline.hpp"
#include "model/discovery.hpp"
#include "model/event.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace idpwatch;
  const std::string bytes(data, data + size);
  const auto parsed = base::parse_json(bytes);
  if (!parsed) return 0;
  const auto document = model::parse_discovery(*parsed->value);
  if (!document) return 0;
  IDPWATCH_ASSERT(model::changed_members(*document, *document).empty());

  const nlohmann::json ordinary = {{"issuer", "https://i"}, {"jwks_uri", "https://i/k"}};
  checks::KeyTimeline timeline("fuzz", {});
  const base::Instant now = base::from_unix_seconds(1'800'000'000);
  timeline.observe_discovery(now, *model::parse_discovery(ordinary), "1");
  const checks::TimelineStep step = timeline.observe_discovery(now, *document, "2");
  for (const model::Event& event : step.events) {
    const std::string text = base::canonical_json(to_json(event));
    const auto again = base::parse_json(text, {8 * 1024 * 1024, 80});
    IDPWATCH_ASSERT(again.has_value());
    IDPWATCH_ASSERT(base::canonical_json(to_json(model::event_from_json(*again->value))) == text);
  }
  IDPWATCH_ASSERT(timeline.observe_discovery(now, *document, "3").events.empty());
  return 0;
}
