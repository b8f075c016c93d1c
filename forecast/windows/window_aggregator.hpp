// Collects the refusals of many scenarios into one window for each rule. Pure.
#pragma once

#include "forecast/problem.hpp"
#include "forecast/windows/scenario.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::forecast {

// Requests come all the time, but not every microsecond: the next one after an event.
inline constexpr base::Duration kNextRequest = base::seconds(10);
base::Instant whole_second(base::Instant at);

// How much a scenario says about the usual process.
struct Weight {
  double share = 0;   // of the time in which its cache may have been filled
  bool rare = false;  // started since the change, or unknown-kid tokens came: not the usual process
};

class WindowAggregator {
 public:
  explicit WindowAggregator(base::Instant now) : now_(now) {}

  // `group`: scenarios of one guess at what the authority does.
  void add(std::size_t group, Weight weight, std::size_t scenario,
           const std::vector<Stretch>& stretches);

  struct Found {
    Problem problem;
    std::size_t scenario = 0;  // that begins first
    Stretch stretch;
  };
  [[nodiscard]] std::vector<Found> found(model::Condition condition) const;

 private:
  // Whether the usual process was refused, and is over it.
  [[nodiscard]] bool mostly_over(const std::string& rule) const;

  std::map<std::string, std::map<std::size_t, double>> over_;  // shares, by rule and group
  struct Rule {
    base::Instant earliest, latest, likely_by;
    std::optional<base::Instant> until;
    base::Duration longest{0};
    bool endless = false;
    std::size_t surely = 0;                // scenarios
    std::map<std::size_t, double> shares;  // group -> of the usual ones
    std::size_t scenario = 0;
    Stretch stretch;
    std::set<std::string> keys;  // of refusals that are still to come, or go on
  };
  // By rule and key: when such tokens can be refused without a break, from -> to, also where that
  // lies behind.
  using Spells = std::map<base::Instant, base::Instant>;
  std::map<std::pair<std::string, std::string>, Spells> spells_;
  static void add_spell(Spells& spells, base::Instant from, base::Instant to);
  [[nodiscard]] base::Instant earliest(const std::string& name, const Rule& rule) const;
  [[nodiscard]] model::Certainty certainty(const Rule& rule) const;
  // Of the usual processes, so many are refused by the guess by which most are.
  [[nodiscard]] double chance(const Rule& rule) const;

  base::Instant now_;
  std::size_t scenarios_ = 0;
  std::map<std::size_t, double> totals_;
  std::map<std::string, Rule, std::less<>> rules_;
};

}  // namespace idpwatch::forecast
