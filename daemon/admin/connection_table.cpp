#include "daemon/admin/connection_table.hpp"

#include <algorithm>
#include <map>

namespace idpwatch::daemon {

std::optional<ConnectionTable::Cut> ConnectionTable::opened(Id id, const std::string& client,
                                                            base::Duration now) {
  std::optional<Cut> cut;
  if (const auto chosen = victim(client)) {
    State& state = connections_.at(*chosen).state;
    cut = Cut{*chosen, state == State::kRequest};
    state = State::kCut;
  }
  connections_[id] = {client, State::kRequest, now, ++next_};
  return cut;
}

void ConnectionTable::closed(Id id) { connections_.erase(id); }

void ConnectionTable::set(Id id, State state, base::Duration now) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.state == State::kCut) return;
  found->second.state = state;
  found->second.since = now;
}

void ConnectionTable::working(Id id) { set(id, State::kWork, base::Duration(0)); }

void ConnectionTable::answering(Id id, base::Duration now) { set(id, State::kAnswer, now); }

void ConnectionTable::answered(Id id, base::Duration now) { set(id, State::kRequest, now); }

std::vector<ConnectionTable::Cut> ConnectionTable::overdue(base::Duration now) {
  std::vector<Cut> out;
  for (auto& [id, connection] : connections_) {
    const bool unfinished = connection.state == State::kRequest;
    if (!unfinished && connection.state != State::kAnswer) continue;
    if (now - connection.since < (unfinished ? kRequestFor : kAnswerFor)) continue;
    connection.state = State::kCut;
    out.push_back({id, unfinished});
  }
  return out;
}

std::optional<ConnectionTable::Id> ConnectionTable::oldest(State state,
                                                           const std::string* client) const {
  std::optional<Id> found;
  std::uint64_t number = 0;
  for (const auto& [id, connection] : connections_) {
    if (connection.state != state || (client != nullptr && connection.client != *client)) continue;
    if (found && connection.number > number) continue;
    found = id;
    number = connection.number;
  }
  return found;
}

std::optional<ConnectionTable::Id> ConnectionTable::victim(const std::string& newcomer) const {
  std::map<std::string, std::size_t> unfinished;
  std::size_t kept = 0;
  for (const auto& [id, connection] : connections_) {
    if (connection.state != State::kCut) ++kept;
    if (connection.state == State::kRequest) ++unfinished[connection.client];
  }
  const auto own = unfinished.find(newcomer);
  if (own != unfinished.end() && own->second >= kept_ / 3) {
    return oldest(State::kRequest, &newcomer);
  }
  if (kept < kept_) return std::nullopt;
  const auto most =
      std::max_element(unfinished.begin(), unfinished.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == unfinished.end() ? oldest(State::kAnswer, nullptr)
                                  : oldest(State::kRequest, &most->first);
}

}  // namespace idpwatch::daemon
