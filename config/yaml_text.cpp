#include "config/yaml_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::config {
namespace {

using Json = nlohmann::ordered_json;

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// "60s", "2MiB": begins with a digit, yet no reader takes it for a number or a date.
bool is_quantity(std::string_view text) {
  constexpr std::array<std::string_view, 8> kUnits{"ms", "s", "m", "h", "d", "KiB", "MiB", "GiB"};
  const auto unit = std::find_if_not(text.begin(), text.end(), is_digit);
  return unit != text.begin() &&
         std::find(kUnits.begin(), kUnits.end(),
                   text.substr(static_cast<std::size_t>(unit - text.begin()))) != kUnits.end();
}

// Plain only where no reader of YAML 1.1 or 1.2 could take it for anything but this text.
bool is_plain(std::string_view text) {
  constexpr std::array<std::string_view, 9> kWords{"true", "false", "null", "yes", "no",
                                                   "on",   "off",   "y",    "n"};
  if (text.empty() || text.ends_with(':')) return false;
  if (!is_letter(text.front()) && text.front() != '/') return is_quantity(text);
  std::string lower;
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c) &&
        std::string_view("-_./@+:").find(c) == std::string_view::npos) {
      return false;
    }
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
}

// JSON's quotes are YAML's double quotes.
std::string scalar(const Json& value) {
  if (value.is_string() && is_plain(value.get_ref<const std::string&>())) return value;
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool fits_one_line(const Json& value) {
  if (!value.is_structured() || value.empty()) return true;
  return value.is_array() && std::none_of(value.begin(), value.end(),
                                          [](const Json& item) { return item.is_structured(); });
}

std::string one_line(const Json& value) {
  if (!value.is_array()) return scalar(value);
  std::string out;
  for (const Json& item : value) out += (out.empty() ? "" : ", ") + scalar(item);
  return "[" + out + "]";
}

struct Item {
  const Json* value;
  std::string name;  // empty: an element of a list
  std::string lead;  // blanks, and "- " before the first member of an element
};

// The members or elements of a value, the last one first: they are taken from the end.
void push_children(std::vector<Item>& work, const Json& value, const std::string& first_lead,
                   const std::string& lead) {
  const auto begin = work.size();
  for (const auto& [name, child] : value.items()) {
    work.push_back(
        {&child, value.is_object() ? name : "", work.size() == begin ? first_lead : lead});
  }
  std::reverse(work.begin() + static_cast<std::ptrdiff_t>(begin), work.end());
}

}  // namespace

std::string to_yaml(const Json& value) {
  std::string out;
  std::vector<Item> work;
  push_children(work, value, "", "");
  while (!work.empty()) {
    const Item item = std::move(work.back());
    work.pop_back();
    const std::string deeper(item.lead.size() + 2, ' ');
    if (item.name.empty()) {
      if (fits_one_line(*item.value)) {
        out += item.lead + "- " + one_line(*item.value) + "\n";
      } else {
        push_children(work, *item.value, item.lead + "- ", deeper);
      }
      continue;
    }
    out += item.lead + item.name + ":";
    if (fits_one_line(*item.value)) {
      out += " " + one_line(*item.value) + "\n";
    } else {
      out += "\n";
      push_children(work, *item.value, deeper, deeper);
    }
  }
  return out;
}

}  // namespace idpwatch::config
