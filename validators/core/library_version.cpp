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

base::Result<Version> judged_version(std::string_view told, const KnownVersions& known,
                                     std::vector<std::string>& notes) {
  if (told.empty()) {
    notes.push_back("version unknown: judged as the newest known, " + known.newest.text());
    return known.newest;
  }
  const auto asked = parse_version(told);
  if (!asked) {
    return base::fail(base::ErrorKind::kInput, "'" + base::printable(told) + "' is not a version",
                      std::string(known.hint));
  }
  if (*asked <= known.newest && *asked >= known.oldest) return *asked;
  const bool newer = *asked > known.newest;
  const Version judged = newer ? known.newest : known.oldest;
  notes.push_back(asked->text() + " is not known: judged as " + judged.text() +
                  (newer ? ", the nearest lower version" : ", the oldest known"));
  return judged;
}

}  // namespace idpwatch::validators
