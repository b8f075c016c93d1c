#include "model/json_members.hpp"

#include <nlohmann/json.hpp>

namespace idpwatch::model {

using nlohmann::json;

const json* member(const json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string text_member(const json& object, std::string_view name) {
  const json* value = member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::int64_t> integer_member(const json& object, std::string_view name) {
  const json* value = member(object, name);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  return value->get<std::int64_t>();
}

bool bool_member(const json& object, std::string_view name) {
  const json* value = member(object, name);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::optional<base::Instant> instant_member(const json& object, std::string_view name) {
  const json* value = member(object, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return base::parse_rfc3339(value->get_ref<const std::string&>());
}

json instant_or_null(const std::optional<base::Instant>& at) {
  return at ? json(base::format_rfc3339(*at)) : json(nullptr);
}

}  // namespace idpwatch::model
