// Both rates of a judged year: how often a service that works was told of, and how often one that
// does not was passed over in silence. A judged day stands until the next one that was judged.
#pragma once

#include "tests/corpus/judged_year.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::corpus {

struct Kind {
  int days = 0;
  std::set<std::string> services;
};

class Tally {
 public:
  void add(const std::string& service, const std::vector<JudgedDay>& days);

  // "critical<tab>refusal-keys<tab>certain<tab>running".
  [[nodiscard]] const std::map<std::string, Kind>& kinds(Truth truth) const {
    return kinds_.at(truth);
  }

  int days = 0, working_days = 0, refusing_days = 0, unknown_days = 0;  // else: cannot start
  int grave_days = 0;    // error or critical of services that do not refuse
  int warned_days = 0;   // a warning of services that work
  int warnings_new = 0;  // those that were not there on the day judged before
  int silent_days = 0;   // of those that refuse or cannot start: no finding, nor undetermined

  [[nodiscard]] double working_months() const { return working_days / 30.4; }
  [[nodiscard]] double warned_days_a_month() const { return warned_days / working_months(); }

 private:
  void add_day(const std::string& service, const JudgedDay& day, int stands);

  std::map<Truth, std::map<std::string, Kind>> kinds_{
      {Truth::kWorks, {}}, {Truth::kCannotStart, {}}, {Truth::kRefuses, {}}, {Truth::kUnknown, {}}};
};

std::string_view to_text(Truth truth);
std::string kind_of(const model::Finding& finding);

}  // namespace idpwatch::corpus
