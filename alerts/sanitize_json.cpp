#include "alerts/sanitize_json.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

using nlohmann::json;

namespace {

constexpr std::array<std::string_view, 3> kSentences{"summary", "remedy", "message"};
constexpr std::array<std::string_view, 5> kNames{"authority", "deployment", "file", "host",
                                                 "receiver"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::size_t limit_of(std::string_view member) {
  if (among(kSentences, member)) return 1000;
  return among(kNames, member) ? 512 : 256;
}

struct Visit {
  json* value;
  std::string_view member;  // of the object that holds it
};

// Names of members can come from outside, too (`old` and `new` of events).
void clean_names(json& object) {
  json cleaned = json::object();
  for (auto& [name, value] : object.items()) {
    cleaned[base::printable(name)] = std::move(value);
  }
  object = std::move(cleaned);
}

}  // namespace

void make_harmless(json& value) {
  std::vector<Visit> open{{&value, {}}};
  while (!open.empty()) {
    const Visit visit = open.back();
    open.pop_back();
    json& here = *visit.value;
    if (here.is_string()) {
      here = base::printable(here.get_ref<const std::string&>(), limit_of(visit.member));
    } else if (here.is_array()) {
      for (json& item : here) open.push_back({&item, visit.member});
    } else if (here.is_object()) {
      clean_names(here);
      for (auto item = here.begin(); item != here.end(); ++item) {
        open.push_back({&*item, item.key()});
      }
    }
  }
}

void bound(json& value, std::size_t bytes) {
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > bytes) value = base::printable(text, bytes);
}

}  // namespace idpwatch::alerts
