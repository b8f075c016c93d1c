#include "deployed/dotnet/section.hpp"

#include "base/text.hpp"
#include "deployed/dotnet/dotnet_values.hpp"

#include <utility>

namespace idpwatch::deployed {

bool Section::has(std::string_view key) const {
  const std::string path = join_path(path_, key);
  return configuration_->get(path) != nullptr || configuration_->has_children(path);
}

Section Section::child(std::string_view key) const {
  return {*configuration_, join_path(path_, key)};
}

const ConfigurationValue* Section::value(std::string_view key) const {
  return configuration_->get(join_path(path_, key));
}

model::TextSetting Section::text(std::string_view key) const {
  const ConfigurationValue* found = value(key);
  if (found == nullptr || found->text.empty()) return {};
  return model::TextSetting(found->text, found->origin);
}

model::TextSetting Section::text(std::initializer_list<std::string_view> keys) const {
  for (const std::string_view key : keys) {
    if (model::TextSetting found = text(key); found.has_value()) return found;
  }
  return {};
}

model::ListSetting Section::list(std::string_view key) const {
  const std::string path = join_path(path_, key);
  std::vector<std::string> elements;
  model::Origin origin;
  for (const std::string& name : configuration_->children(path)) {
    const ConfigurationValue* element = configuration_->get(join_path(path, name));
    elements.push_back(element == nullptr ? "" : element->text);
    if (!origin.known() && element != nullptr) origin = element->origin;
  }
  if (elements.empty()) return {};
  return model::ListSetting(std::move(elements), std::move(origin));
}

model::ListSetting Section::scalar_or_list(std::initializer_list<std::string_view> keys) const {
  model::ListSetting all;
  for (const std::string_view key : keys) {
    all = join_lists(all, as_list(text(key)));
    all = join_lists(all, list(key));
  }
  return all;
}

model::FlagSetting Section::flag(std::string_view key) {
  const model::TextSetting found = text(key);
  if (!found.has_value()) return {};
  const std::optional<bool> parsed = parse_dotnet_bool(found.value());
  if (parsed) return model::FlagSetting(*parsed, found.origin());
  if (!fault_) {
    fault_ = model::StartFault{"System.FormatException: String '" + base::printable(found.value()) +
                                   "' was not recognized as a valid Boolean.",
                               found.origin()};
  }
  return {};
}

model::DurationSetting Section::time_span(std::string_view key) {
  const model::TextSetting found = text(key);
  if (!found.has_value()) return {};
  const std::optional<base::Duration> parsed = parse_dotnet_time_span(found.value());
  if (parsed) return model::DurationSetting(*parsed, found.origin());
  if (!fault_) {
    fault_ = model::StartFault{"System.FormatException: String '" + base::printable(found.value()) +
                                   "' was not recognized as a valid TimeSpan.",
                               found.origin()};
  }
  return {};
}

model::ListSetting join_lists(const model::ListSetting& a, const model::ListSetting& b) {
  if (!a.has_value()) return b;
  if (!b.has_value()) return a;
  std::vector<std::string> all = a.value();
  all.insert(all.end(), b.value().begin(), b.value().end());
  return model::ListSetting(std::move(all), a.origin());
}

model::ListSetting as_list(const model::TextSetting& text) {
  if (!text.has_value()) return {};
  return model::ListSetting({text.value()}, text.origin());
}

}  // namespace idpwatch::deployed
