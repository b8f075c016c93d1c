#include "deployed/configuration.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

namespace idpwatch::deployed {

namespace {

std::optional<int> as_index(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// ConfigurationKeyComparer for one segment: numbers before text, numbers by value.
bool before(const std::string& a, const std::string& b) {
  const std::optional<int> first = as_index(a);
  const std::optional<int> second = as_index(b);
  if (first && second) return *first < *second;
  if (first.has_value() != second.has_value()) return first.has_value();
  return base::to_lower(a) < base::to_lower(b);
}

}  // namespace

std::string join_path(std::string_view parent, std::string_view child) {
  if (parent.empty()) return std::string(child);
  return std::string(parent) + ":" + std::string(child);
}

void Configuration::set(ConfigurationValue value) {
  std::string key = base::to_lower(value.path);
  values_.insert_or_assign(std::move(key), std::move(value));
}

const ConfigurationValue* Configuration::get(std::string_view path) const {
  const auto found = values_.find(base::to_lower(path));
  if (found == values_.end() || found->second.null) return nullptr;
  return &found->second;
}

std::vector<std::string> Configuration::children(std::string_view path) const {
  const std::string prefix = path.empty() ? "" : base::to_lower(path) + ":";
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (auto it = values_.lower_bound(prefix); it != values_.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    const std::size_t end = it->first.find(':', prefix.size());
    const std::size_t length = end == std::string::npos ? end : end - prefix.size();
    std::string lower = it->first.substr(prefix.size(), length);
    if (!seen.insert(std::move(lower)).second) continue;
    names.push_back(it->second.path.substr(prefix.size(), length));
  }
  std::sort(names.begin(), names.end(), before);
  return names;
}

bool Configuration::has_children(std::string_view path) const {
  const std::string prefix = path.empty() ? "" : base::to_lower(path) + ":";
  const auto first = values_.lower_bound(prefix);
  return first != values_.end() && first->first.starts_with(prefix);
}

model::Origin Configuration::origin_of_section(std::string_view path) const {
  const std::string prefix = base::to_lower(path) + ":";
  model::Origin best;
  for (auto it = values_.lower_bound(prefix); it != values_.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    const model::Origin& origin = it->second.origin;
    const bool earlier = origin.file == best.file && origin.line < best.line;
    if (!best.known() || earlier) best = origin;
  }
  if (best.known()) best.key = std::string(path);
  return best;
}

}  // namespace idpwatch::deployed
