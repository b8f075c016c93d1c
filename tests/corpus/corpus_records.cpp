// Prints the recorded providers as observation records (JSON Lines), for `idpwatch import`:
//   corpus_records [NAME...]        all of them without a name; one provider after the other
//   corpus_records --by-time        all of them, as the observer saw them: run after run
#include "model/observation_record.hpp"
#include "tests/corpus/corpus.hpp"

#include <algorithm>
#include <iostream>
#include <tuple>

int main(int argc, char** argv) {
  std::vector<std::string> names(argv + 1, argv + argc);
  const bool by_time = !names.empty() && names.front() == "--by-time";
  if (by_time) names.erase(names.begin());
  if (names.empty()) names = idpwatch::corpus::provider_names();
  std::ios::sync_with_stdio(false);

  std::vector<idpwatch::model::Observation> all;
  for (const std::string& name : names) {
    for (auto& observation : idpwatch::corpus::load(name).observations) {
      if (by_time) {
        all.push_back(std::move(observation));
      } else {
        std::cout << idpwatch::model::write_record(observation) << '\n';
      }
    }
  }
  std::ranges::sort(all, [](const auto& a, const auto& b) {
    return std::tie(a.at, a.authority) < std::tie(b.at, b.authority);
  });
  for (const auto& observation : all) {
    std::cout << idpwatch::model::write_record(observation) << '\n';
  }
  return std::cout ? 0 : 1;
}
