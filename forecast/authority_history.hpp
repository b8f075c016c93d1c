// What an authority served, when, by URL: the past as it was observed, and (by assumption) the
// future as the last of it. A World that simulated validators can fetch from.
//
// Answers are piecewise constant from the instant at which they were first seen. What happened
// between two looks is unknown; `uncertain_from` of a change is the look before, the last at which
// the former answer was still seen. Pure value; copying shares the bodies.
#pragma once

#include "base/time.hpp"
#include "validators/world.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::forecast {

struct ServedChange {
  base::Instant uncertain_from;  // last look with the former answer; = at when it is the first
  base::Instant at;              // first look with this answer
  validators::Served served;
};

class AuthorityHistory final : public validators::World {
 public:
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
  // Forgets what cannot matter any more: all but the newest change before `before`.
  void trim(base::Instant before);
  // Grows with every change: judgements of one revision can be shared.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

 private:
  std::map<std::string, std::vector<ServedChange>, std::less<>> urls_;
  std::uint64_t revision_ = 0;
};

}  // namespace idpwatch::forecast
