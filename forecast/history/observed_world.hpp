// The worlds that simulated services live in: the authority's history as it was observed, with the
// changes at the one or the other end of what the looks leave open; or its newest good answers, as
// if nothing ailed it.
//
// Addresses that a validator asks beside those that are watched (the other editions of Entra's
// documents, of each of which some libraries keep the issuer) are answered after the watched one.
// Pure.
#pragma once

#include "forecast/history/authority_history.hpp"
#include "validators/core/simulation.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace idpwatch::forecast {

enum class When {
  kLate,   // changes happened when they were first seen
  kEarly,  // right after the last look without them
  kHealthy
};

class ObservedWorld final : public validators::World {
 public:
  // `addresses`: of the document that is watched; and of the key set, where a validator asks for it
  // without the document. Borrows the history.
  ObservedWorld(const AuthorityHistory& history, validators::Addresses addresses, When when);

  // What is served then has been served for all time before.
  void begin_at(base::Instant at) { begin_ = at; }

  [[nodiscard]] const validators::Served& fetch(std::string_view url,
                                                base::Instant at) const override;
  [[nodiscard]] const validators::Addresses& addresses() const { return addresses_; }
  // When something that is served changed, ascending; the first look at an address is none.
  [[nodiscard]] std::vector<base::Instant> changes() const;
  [[nodiscard]] std::shared_ptr<const BodyReading> read(const validators::Body& body) const {
    return history_.readings().of(body);
  }
  // How often something was asked for that nobody ever looked at: the 404 is invented.
  [[nodiscard]] std::size_t invented() const { return invented_; }
  // When a change counts as happened in this world.
  [[nodiscard]] base::Instant at_of(const ServedChange& change) const;

 private:
  [[nodiscard]] const validators::Served& pick(const std::vector<ServedChange>& changes,
                                               base::Instant at) const;
  [[nodiscard]] const ServedChange* newest_good(const std::vector<ServedChange>& changes) const;
  [[nodiscard]] std::optional<validators::Served> other_edition(
      const validators::Served& served) const;
  const AuthorityHistory& history_;
  validators::Addresses addresses_;
  When when_;
  base::Instant begin_ = base::Instant::min();
  mutable std::size_t invented_ = 0;
  mutable std::map<const std::string*, std::optional<validators::Served>> other_editions_;
  mutable std::map<const ServedChange*, validators::Served> healthy_;
  mutable std::map<const std::vector<ServedChange>*, const ServedChange*> chosen_;
};

}  // namespace idpwatch::forecast
