#include "tests/corpus/corpus_replay.hpp"

#include "base/json.hpp"
#include "model/observation_record.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace idpwatch::corpus {

namespace {

class Replayer {
 public:
  explicit Replayer(const std::string& name) : timeline_(name, {}) {}

  void take(const model::Observation& observation) {
    if (observation.jwks) take_keys(observation.at, *observation.jwks);
    if (observation.discovery) take_document(observation.at, *observation.discovery);
  }
  Replay finish() { return std::move(out_); }

 private:
  void keep(checks::TimelineStep step) {
    for (auto& event : step.events) out_.events.push_back(std::move(event));
    for (auto& key : step.keys) out_.keys[key.thumbprint] = std::move(key);
    for (auto& kid : step.kids) out_.kids[kid.kid] = std::move(kid);
  }

  void take_keys(base::Instant at, const model::Fetch& fetch) {
    if (!fetch.answered() || fetch.body == nullptr) return;
    if (fetch.sha256 == timeline_.jwks_sha256()) {
      keep(timeline_.observe_keys(at, nullptr, fetch.sha256));
      out_.key_looks.push_back({at, out_.key_looks.back().document});
      return;
    }
    auto parsed = base::parse_json(*fetch.body);
    if (!parsed) return;
    model::redact_secrets(*parsed->value);
    const auto set = model::parse_key_set(*parsed->value);
    if (!set) return;
    for (std::size_t i = 0; i < set->keys.size(); ++i) {
      if (!set->keys[i].decodable()) continue;
      out_.identities[set->keys[i].thumbprint] = identity((*parsed->value)["keys"][i]);
    }
    keep(timeline_.observe_keys(at, &*set, fetch.sha256));
    out_.key_looks.push_back({at, std::make_shared<const nlohmann::json>(*parsed->value)});
  }

  void take_document(base::Instant at, const model::Fetch& fetch) {
    if (!fetch.answered() || fetch.body == nullptr) return;
    if (fetch.sha256 == timeline_.discovery_sha256()) return;
    auto parsed = base::parse_json(*fetch.body);
    if (!parsed) return;
    const auto document = model::parse_discovery(*parsed->value);
    if (!document) return;
    keep(timeline_.observe_discovery(at, *document, fetch.sha256));
    out_.document_looks.push_back({at, std::make_shared<const nlohmann::json>(*parsed->value)});
  }

  checks::KeyTimeline timeline_;
  Replay out_;
};

}  // namespace

Replay replay(const Provider& provider) {
  Replayer replayer(provider.name);
  model::RecordReader reader;
  for (const model::Observation& observation : provider.observations) {
    const auto read = reader.read(model::write_record(observation));
    if (!read) throw std::runtime_error(provider.name + ": " + read.error().text());
    replayer.take(*read);
  }
  return replayer.finish();
}

std::vector<OracleEvent> worded(const std::vector<model::Event>& events,
                                const std::map<std::string, std::string>& identities) {
  std::vector<OracleEvent> out;
  for (const model::Event& event : events) {
    OracleEvent word;
    word.type = to_text(event.type);
    word.at = event.at;
    word.kid = event.kid;
    if (event.type != model::EventType::kKeyMaterialChanged && !event.thumbprint.empty()) {
      word.key = identities.at(event.thumbprint);
    }
    word.initial = event.initial;
    word.first_absent_at = event.first_absent_at;
    word.fields.insert(event.fields.begin(), event.fields.end());
    out.push_back(std::move(word));
  }
  return out;
}

std::string describe(const OracleEvent& event) {
  std::string fields;
  for (const std::string& field : event.fields) fields += ' ' + field;
  return base::format_rfc3339(event.at) + ' ' + event.type + " kid " +
         event.kid.value_or("(none)") + " key " + event.key.substr(0, 40) +
         (event.initial ? " initial" : "") +
         (event.first_absent_at ? " absent since " + base::format_rfc3339(*event.first_absent_at)
                                : "") +
         " fields" + fields;
}

std::string difference(std::vector<OracleEvent> ours, std::vector<OracleEvent> oracles) {
  const auto order = [](const OracleEvent& a, const OracleEvent& b) {
    return std::tie(a.at, a.type, a.key, a.kid) < std::tie(b.at, b.type, b.key, b.kid);
  };
  std::ranges::sort(ours, order);
  std::ranges::sort(oracles, order);
  for (std::size_t i = 0; i < std::max(ours.size(), oracles.size()); ++i) {
    if (i >= ours.size()) return "only the oracle: " + describe(oracles[i]);
    if (i >= oracles.size()) return "only the timeline: " + describe(ours[i]);
    OracleEvent mine = ours[i];
    // The oracle leaves the fields open where a key stands several times under one kid.
    if (oracles[i].type == "key.metadata_changed" && oracles[i].fields.empty()) mine.fields.clear();
    if (mine != oracles[i]) {
      return "timeline: " + describe(ours[i]) + "\noracle:   " + describe(oracles[i]);
    }
  }
  return {};
}

}  // namespace idpwatch::corpus
