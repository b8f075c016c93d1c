#include "deployed/dotnet/configuration.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
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
  const auto [entry, fresh] = values_.try_emplace(base::to_lower(value.path));
  if (fresh) {
    entry->second.first_path = value.path;
    entry->second.order = values_.size();
  }
  entry->second.value = std::move(value);
}

const ConfigurationValue* Configuration::get(std::string_view path) const {
  const auto found = values_.find(base::to_lower(path));
  if (found == values_.end() || found->second.value.null) return nullptr;
  return &found->second.value;
}

std::vector<std::string> Configuration::children(std::string_view path) const {
  struct Spelling {
    std::string name;
    std::size_t order;
  };
  const std::string prefix = path.empty() ? "" : base::to_lower(path) + ":";
  std::map<std::string, Spelling> found;
  for (auto it = values_.lower_bound(prefix); it != values_.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    const std::size_t end = it->first.find(':', prefix.size());
    const std::size_t length = end == std::string::npos ? end : end - prefix.size();
    const Entry& entry = it->second;
    Spelling spelling{entry.first_path.substr(prefix.size(), length), entry.order};
    const auto [known, fresh] =
        found.try_emplace(it->first.substr(prefix.size(), length), spelling);
    if (!fresh && spelling.order < known->second.order) known->second = std::move(spelling);
  }
  std::vector<std::string> names;
  names.reserve(found.size());
  for (auto& [lower, spelling] : found) names.push_back(std::move(spelling.name));
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
    const model::Origin& origin = it->second.value.origin;
    const bool earlier = origin.file == best.file && origin.line < best.line;
    if (!best.known() || earlier) best = origin;
  }
  if (best.known()) best.key = std::string(path);
  return best;
}

}  // namespace idpwatch::deployed
