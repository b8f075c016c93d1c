// Which rule a refusal belongs to where the validator could not fetch: by what the world answered
// to it. Decides nothing: the simulation already refused.
#pragma once

#include "base/time.hpp"
#include "forecast/history/observed_world.hpp"
#include "model/validator_settings.hpp"
#include "validators/core/simulation.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace idpwatch::forecast {

// A document cannot be had, or used.
bool is_about_documents(validators::Cause cause);

// Whether the service's way to the authority is in question; or that, or what it is handed there.
bool is_reaching(std::string_view rule);
bool is_fetching(std::string_view rule);

// Why fetching fails: the rule, the address, and what it answered, for people.
struct FetchProblem {
  std::string rule;  // "refusal-slow"
  std::string url;
  std::string answer;
  bool invented = false;  // nobody ever looked at that address
  // As this client alone meets it; null: as everybody.
  std::shared_ptr<const validators::Meeting> meeting = nullptr;
};

// Of a key set that is well-formed, and yet nothing in it can verify a token.
inline constexpr std::string_view kNoKeys = "a key set without keys";
inline constexpr std::string_view kNoUsableKey = "a key set without a key that can sign";

// Why a validator has no configuration, in one world. Remembers, for what is served stays the same
// between two changes. Borrows the world.
class FetchProblems {
 public:
  FetchProblems(std::shared_ptr<const validators::Validator> validator, const ObservedWorld& world);

  // The rule for one that has none at `at`.
  FetchProblem at(base::Instant at);

 private:
  struct Fetched {
    std::optional<FetchProblem> problem;  // null: a document and a body for the key set come
    std::string jwks_uri;
    // What we find nothing wrong with, a service that starts then may refuse.
    bool asked = false;
    std::optional<FetchProblem> refused;
  };
  Fetched& fetched(base::Instant at);
  const FetchProblem* newest_before(base::Instant at);
  [[nodiscard]] Fetched fetch(base::Instant at) const;
  void read_document(Fetched& found, base::Instant at) const;
  [[nodiscard]] std::optional<FetchProblem> refused_content(base::Instant at,
                                                            const std::string& jwks_uri) const;
  [[nodiscard]] std::optional<std::string> useless(const validators::Body& body) const;

  std::shared_ptr<const validators::Validator> validator_;
  const ObservedWorld& world_;
  std::vector<base::Instant> changes_;
  std::unordered_map<std::size_t, Fetched> fetched_;  // by the number of changes before
};

}  // namespace idpwatch::forecast
