// Prints what would have been said of a plain .NET service of each recorded provider, day by day:
//   corpus_judge [--news] [VERSION (7.1.2) [NAME...]]
// A line a finding and day (tab-separated), and at the end both rates (docs/forecast.md): how often
// services that work were told of, and how often others were not; and how often which kind was
// said.
// --news: only days on which an answer differs, and the day after.
#include "tests/corpus/tally.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

using namespace idpwatch;

namespace {

void print(const char* title, const std::map<std::string, corpus::Kind>& kinds) {
  std::cout << title << '\n';
  for (const auto& [kind, found] : kinds) {
    std::cout << found.days << " days\t" << found.services.size() << " services\t" << kind << '\n';
  }
}

void print(const corpus::Tally& tally) {
  const int cannot_start =
      tally.days - tally.working_days - tally.refusing_days - tally.unknown_days;
  std::cout << "\nservice-days\t" << tally.days << "\n  works\t" << tally.working_days
            << "\n  cannot start\t" << cannot_start << "\n  refuses\t" << tally.refusing_days
            << "\n  unknown\t" << tally.unknown_days
            << "\nfalse alarms: error or critical, and it does not refuse\t" << tally.grave_days
            << "\nwarnings where it works\t" << tally.warned_days << " days, "
            << tally.warned_days_a_month() << " a service and month, " << tally.warnings_new
            << " new ones\nsilences: it cannot start or refuses, and nothing is said\t"
            << tally.silent_days << '\n';
  print("it works:", tally.kinds(corpus::Truth::kWorks));
  print("it cannot start:", tally.kinds(corpus::Truth::kCannotStart));
  print("it refuses:", tally.kinds(corpus::Truth::kRefuses));
  print("unknown:", tally.kinds(corpus::Truth::kUnknown));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  auto asked = corpus::Asked::kEachDay;
  if (!words.empty() && words.front() == "--news") {
    asked = corpus::Asked::kDaysWithNews;
    words.erase(words.begin());
  }
  const std::string version = words.empty() ? "7.1.2" : words.front();
  std::vector<std::string> names(words.begin() + std::min<std::ptrdiff_t>(1, std::ssize(words)),
                                 words.end());
  if (names.empty()) names = corpus::provider_names();
  corpus::Tally tally;
  for (const std::string& name : names) {
    const auto days = corpus::judged_year(corpus::load(name), version, asked);
    tally.add(name, days);
    for (const corpus::JudgedDay& day : days) {
      if (day.truth != corpus::Truth::kWorks && day.findings.empty()) {
        std::cout << base::format_rfc3339(day.at).substr(0, 10) << '\t' << name << '\t'
                  << (day.undetermined ? "undetermined" : "nothing") << "\t"
                  << corpus::to_text(day.truth) << '\n';
      }
      for (const model::Finding& finding : day.findings) {
        std::cout << base::format_rfc3339(day.at).substr(0, 10) << '\t' << name << '\t'
                  << corpus::kind_of(finding) << '\t' << finding.error_id << '\t'
                  << corpus::to_text(day.truth) << '\t' << finding.summary << '\n';
      }
    }
  }
  print(tally);
  return std::cout ? 0 : 1;
}
