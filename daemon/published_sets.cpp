#include "daemon/published_sets.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace idpwatch::daemon {

namespace {

constexpr std::size_t kBodyMax = std::size_t{64} * 1024 * 1024;

bool is_answer(const forecast::ServedChange& change) {
  return change.served.status == 200 && change.served.body != nullptr;
}

}  // namespace

void PublishedSets::give(const validators::Body& body, const model::KeySet& set) {
  if (body && !sets_.contains(body.get())) sets_.emplace(body.get(), made_of(body, set));
}

PublishedSets::Set PublishedSets::made_of(const validators::Body& body, const model::KeySet& set) {
  Set made{body, true, {}};
  for (const model::Jwk& key : set.keys) {
    if (!key.decodable()) continue;
    const std::size_t said = std::hash<std::string>()(key.members);
    auto& known = keys_[key.thumbprint + '\n' + std::to_string(said)];
    KeyPtr held = known.lock();
    if (!held) known = held = std::make_shared<const model::Jwk>(key);
    made.keys.push_back(std::move(held));
  }
  return made;
}

const PublishedSets::Set& PublishedSets::set_of(const validators::Body& body) {
  const auto found = sets_.find(body.get());
  if (found != sets_.end()) return found->second;
  ++parsed_;
  const auto parsed = base::parse_json(*body, {kBodyMax, 64});
  const auto set = parsed ? model::parse_key_set(*parsed->value) : base::Result<model::KeySet>();
  Set made = parsed && set ? made_of(body, *set) : Set{body, false, {}};
  return sets_.emplace(body.get(), std::move(made)).first->second;
}

std::vector<forecast::KnownKey> PublishedSets::known_keys(
    const std::vector<forecast::ServedChange>& changes) {
  std::vector<forecast::KnownKey> known;
  std::unordered_map<std::string_view, std::size_t> places;  // by thumbprint
  std::unordered_set<std::string_view> before, now;
  bool first = true;
  const Set* newest = nullptr;
  for (const forecast::ServedChange& change : changes) {
    if (!is_answer(change)) continue;
    const Set& set = set_of(change.served.body);
    // As before, only slower, say.
    if (!set.is_one || &set == newest) continue;
    newest = &set;
    now.clear();
    for (const KeyPtr& key : set.keys) {
      now.insert(key->thumbprint);
      const auto [place, is_new] = places.try_emplace(key->thumbprint, known.size());
      if (is_new) known.push_back({*key, change.at, std::nullopt, first});
      if (!is_new) known[place->second].first_absent_at.reset();
    }
    for (const std::string_view key : before) {
      if (!now.contains(key)) known[places.at(key)].first_absent_at = change.at;
    }
    std::swap(before, now);
    first = false;
  }
  forget_others(changes);
  return known;
}

void PublishedSets::forget_others(const std::vector<forecast::ServedChange>& changes) {
  std::unordered_set<const std::string*> used;
  for (const forecast::ServedChange& change : changes) used.insert(change.served.body.get());
  std::erase_if(sets_, [&](const auto& entry) { return !used.contains(entry.first); });
  std::erase_if(keys_, [](const auto& entry) { return entry.second.expired(); });
}

}  // namespace idpwatch::daemon
