// Prints what would have been said of a plain .NET service of each recorded provider, day by day:
//   corpus_judge [--news] [VERSION (7.1.2) [NAME...]]
// A line a finding and day (tab-separated), and at the end a table of how often which kind was
// said.
// --news: only days on which an answer differs, and the day after.
#include "tests/corpus/judged_year.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <set>

using namespace idpwatch;

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
  std::map<std::string, std::pair<int, std::set<std::string>>> kinds;
  int days = 0;
  for (const std::string& name : names) {
    for (const corpus::JudgedDay& day : corpus::judged_year(corpus::load(name), version, asked)) {
      ++days;
      for (const model::Finding& finding : day.findings) {
        std::string kind = std::string(model::to_text(finding.severity)) + "\t" + finding.rule;
        if (finding.certainty) kind += "\t" + std::string(model::to_text(*finding.certainty));
        if (finding.condition) kind += "\t" + std::string(model::to_text(*finding.condition));
        std::cout << base::format_rfc3339(day.at).substr(0, 10) << '\t' << name << '\t' << kind
                  << '\t' << finding.error_id << '\t' << finding.summary << '\n';
        kinds[kind].first += 1;
        kinds[kind].second.insert(name);
      }
    }
  }
  std::cout << "\nservice-days asked\t" << days << '\n';
  for (const auto& [kind, count] : kinds) {
    std::cout << count.first << '\t' << count.second.size() << " services\t" << kind << '\n';
  }
  return std::cout ? 0 : 1;
}
