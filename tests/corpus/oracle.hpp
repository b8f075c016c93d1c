// The rules of key and document events, read a second time: straight from the words of the table,
// over the whole list of observations, with nothing remembered from one to the next. Slow, and
// sharing no code with checks/timeline or model: it decodes keys by itself.
#pragma once

#include "base/time.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace idpwatch::corpus {

// One good look at a key set or a document.
struct Look {
  base::Instant at;
  std::shared_ptr<const nlohmann::json> document;
};

struct OracleConfig {
  int confirm_observations = 3;
  base::Duration confirm_span = base::minutes(10);
};

struct OracleEvent {
  std::string type;
  base::Instant at;
  std::optional<std::string> kid;
  std::string key;  // the oracle's own identity of a key; empty where it is about no key
  bool initial = false;
  std::optional<base::Instant> first_absent_at;
  std::set<std::string> fields;

  auto operator<=>(const OracleEvent&) const = default;
};

std::vector<OracleEvent> key_events(const std::vector<Look>& looks, const OracleConfig& config);
std::vector<OracleEvent> document_events(const std::vector<Look>& looks);

// The identity of one key of a set: its type and its decoded numbers; empty: not decodable.
std::string identity(const nlohmann::json& key);

}  // namespace idpwatch::corpus
