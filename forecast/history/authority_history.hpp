// What an authority served, when, by URL: the past as it was observed, and (by assumption) the
// future as the last of it. A World that simulated validators can fetch from.
//
// Answers are piecewise constant from the instant at which they were first seen. What happened
// between two looks is unknown; `uncertain_from` of a change is the look before, the last at which
// the former answer was still seen.
//
// Bounded in URLs, changes and octets, whatever an authority does: beyond, the oldest time is
// forgotten for all URLs alike. Pure value; copying shares the bodies and what was read in them.
#pragma once

#include "base/time.hpp"
#include "forecast/history/body_reading.hpp"
#include "validators/core/world.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::forecast {

struct ServedChange {
  base::Instant uncertain_from;  // last look with the former answer; = at when it is the first
  base::Instant at;              // first look with this answer
  validators::Served served;
};

struct HistoryLimits {
  std::size_t urls = 64;
  std::size_t changes = 4096;
  std::size_t bytes = std::size_t{8} * 1024 * 1024;  // of distinct bodies
};

class AuthorityHistory final : public validators::World {
 public:
  explicit AuthorityHistory(HistoryLimits limits = {}) : limits_(limits) {}

  // How long those who fetch from it wait for an answer: delays that lie on one side of all of them
  // are one. Until it is told, every other delay is a change.
  void set_waits(std::vector<base::Duration> waits);

  // In order of time for each URL. A change to what is served already is none.
  void add(std::string_view url, ServedChange change);

  // Before the first look at a URL: as at that look. A URL that was never looked at: 404.
  [[nodiscard]] const validators::Served& fetch(std::string_view url,
                                                base::Instant at) const override;

  [[nodiscard]] bool knows(std::string_view url) const;
  [[nodiscard]] const std::vector<ServedChange>* changes(std::string_view url) const;
  [[nodiscard]] const std::map<std::string, std::vector<ServedChange>, std::less<>>& all() const {
    return urls_;
  }
  // The clock by which all of it is dated was set.
  void shift(base::Duration by);
  // Something in it other clients may meet otherwise than idpwatch did (history/meeting.hpp).
  [[nodiscard]] bool in_doubt() const;
  [[nodiscard]] const BodyReadings& readings() const { return readings_; }
  // A good answer that a service can work with: a document that names its keys, or keys that sign.
  [[nodiscard]] bool says_something(const validators::Served& served) const;

  // Forgets what cannot matter any more: for each URL all but the answer at `before` and, where
  // that says nothing, the newest one before it that does: what runs lives on it.
  void trim(base::Instant before);
  // Grows with every change: judgements of one revision can be shared.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

 private:
  [[nodiscard]] bool same(const validators::Served& a, const validators::Served& b) const;
  void keep_bounds();
  void forget_a_url();
  [[nodiscard]] std::size_t count() const;
  void forget_unused_bodies();

  HistoryLimits limits_;
  std::optional<std::vector<base::Duration>> waits_;  // ascending
  std::map<std::string, std::vector<ServedChange>, std::less<>> urls_;
  std::map<std::string, base::Instant, std::less<>> looked_at_;
  BodyReadings readings_;
  std::uint64_t revision_ = 0;
};

}  // namespace idpwatch::forecast
