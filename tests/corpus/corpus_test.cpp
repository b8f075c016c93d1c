// All recorded providers through the timeline, against the second reading of the rules.
#include "tests/corpus/corpus_replay.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

namespace idpwatch::corpus {

namespace {

// Within one observation by type, then by thumbprint: the order of the table.
bool in_order(const std::vector<model::Event>& events) {
  return std::ranges::is_sorted(events, [](const model::Event& a, const model::Event& b) {
    return std::tie(a.at, a.type, a.thumbprint) < std::tie(b.at, b.type, b.thumbprint);
  });
}

}  // namespace

TEST_CASE("every recorded provider gives the events that the second reading gives", "[corpus]") {
  std::size_t providers = 0;
  std::size_t observations = 0;
  std::size_t events = 0;
  for (const std::string& name : provider_names()) {
    INFO(name);
    const Provider provider = load(name);
    const Replay replayed = replay(provider);

    // Two keys are one by thumbprint exactly when they are one by their decoded numbers.
    std::set<std::string> identities;
    for (const auto& [thumbprint, identity] : replayed.identities) {
      REQUIRE_FALSE(identity.empty());
      CHECK(identities.insert(identity).second);
    }

    std::vector<OracleEvent> expected = key_events(replayed.key_looks, {});
    for (OracleEvent& event : document_events(replayed.document_looks)) {
      expected.push_back(std::move(event));
    }
    CHECK(difference(worded(replayed.events, replayed.identities), expected) == "");
    CHECK(in_order(replayed.events));
    ++providers;
    observations += provider.observations.size();
    events += replayed.events.size();
  }
  CHECK(providers == 154);
  CHECK(observations > 50'000);
  CHECK(events > 5'000);
}

}  // namespace idpwatch::corpus
