#include "validators/core/library_version.hpp"

#include "base/text.hpp"

#include <charconv>

namespace idpwatch::validators {

std::string Version::text() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::optional<Version> parse_version(std::string_view text) {
  text = base::trim(text);
  text = text.substr(0, text.find_first_of("-+ "));
  const auto parts = base::split(text, '.');
  if (parts.empty() || parts.size() > 4) {
    return std::nullopt;
  }
  int numbers[4] = {0, 0, 0, 0};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), numbers[i]);
    if (part.empty() || error != std::errc{} || end != part.data() + part.size() ||
        numbers[i] < 0) {
      return std::nullopt;
    }
  }
  return Version{numbers[0], numbers[1], numbers[2]};
}

}  // namespace idpwatch::validators
