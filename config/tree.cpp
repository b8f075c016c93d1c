#include "config/tree.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace idpwatch::config {
namespace {

// More than a person reads; a generated file may be wrong a million times.
constexpr std::size_t kProblemsMax = 200;

}  // namespace

const Member* Node::find(std::string_view name) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const Member& member) { return member.name == name; });
  return found == members.end() ? nullptr : &*found;
}

Member* Node::find(std::string_view name) {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const Member& member) { return member.name == name; });
  return found == members.end() ? nullptr : &*found;
}

void merge(Node& base, Node&& over) {
  std::vector<std::pair<Node*, Node>> work;
  work.emplace_back(&base, std::move(over));
  while (!work.empty()) {
    auto [into, from] = std::move(work.back());
    work.pop_back();
    if (into->kind == Node::Kind::kMap && from.kind == Node::Kind::kMap) {
      // Room first: `work` holds pointers into the members.
      into->members.reserve(into->members.size() + from.members.size());
      for (Member& member : from.members) {
        if (Member* existing = into->find(member.name)) {
          work.emplace_back(&existing->value, std::move(member.value));
        } else {
          into->members.push_back(std::move(member));
        }
      }
    } else if (into->kind == Node::Kind::kList && from.kind == Node::Kind::kList) {
      std::move(from.items.begin(), from.items.end(), std::back_inserter(into->items));
    } else if (from.kind != Node::Kind::kNull || into->kind == Node::Kind::kScalar) {
      *into = std::move(from);
    }
  }
}

bool is_full(const ConfigProblems& problems) { return problems.size() > kProblemsMax; }

void add_problem(ConfigProblems& problems, const Place& place, std::string key, std::string message,
                 std::string hint) {
  if (is_full(problems)) return;
  ConfigProblem problem;
  problem.file = place.file ? *place.file : std::string();
  if (problems.size() == kProblemsMax) {
    problem.message = "more problems than are worth listing";
  } else {
    problem.line = place.line;
    problem.key = std::move(key);
    problem.message = std::move(message);
    problem.hint = std::move(hint);
  }
  problems.push_back(std::move(problem));
}

}  // namespace idpwatch::config
