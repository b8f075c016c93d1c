#include "model/event_value.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>

namespace idpwatch::model {

namespace {

using nlohmann::json;

constexpr std::int64_t kIntegerMax = (std::int64_t{1} << 53) - 1;

bool plain_number(const json& value) {
  if (value.is_number_unsigned()) {
    return value.get<std::uint64_t>() <= static_cast<std::uint64_t>(kIntegerMax);
  }
  if (!value.is_number_integer()) return false;
  return value.get<std::int64_t>() >= -kIntegerMax && value.get<std::int64_t>() <= kIntegerMax;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Without recursion: outside bytes decide the depth.
bool safe(const json& root) {
  std::vector<const json*> open = {&root};
  while (!open.empty()) {
    const json& value = *open.back();
    open.pop_back();
    if (value.is_number() && !plain_number(value)) return false;
    if (value.is_object()) {
      for (const auto& [name, inner] : value.items()) {
        if (!is_ascii(name)) return false;
        open.push_back(&inner);
      }
    } else if (value.is_array()) {
      for (const json& inner : value) open.push_back(&inner);
    }
  }
  return true;
}

json safe_value(std::string_view text) {
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded() || !safe(value)) return std::string(text);
  return value;
}

}  // namespace

std::string event_value(std::string_view text) { return base::canonical_json(safe_value(text)); }

std::string event_object(const std::vector<std::pair<std::string, std::string>>& members) {
  json out = json::object();
  bool ascii = true;
  for (const auto& [name, text] : members) {
    ascii = ascii && is_ascii(name);
    out[name] = safe_value(text);
  }
  std::string object = base::canonical_json(out);
  return ascii ? object : base::canonical_json(json(object));
}

}  // namespace idpwatch::model
