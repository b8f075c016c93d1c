// Versions of libraries, and tables whose rows begin at a version: the form in which everything
// that changed between releases is written down here.
#pragma once

#include "base/result.hpp"

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::validators {

struct Version {
  int major = 0, minor = 0, patch = 0;
  auto operator<=>(const Version&) const = default;
  [[nodiscard]] std::string text() const;
};

// "8.23.0", "8.23", "8"; a suffix after "-" or "+" is ignored. nullopt for anything else.
std::optional<Version> parse_version(std::string_view text);

// What a profile is modelled for, and how its version is asked for.
struct KnownVersions {
  Version oldest, newest;
  std::string_view hint;  // "give the version of jose, as 5.10.0"
};

// The version to judge by where `told` is what our configuration or the deployed artefacts say:
// that one, else the nearest that is known, the newest for an empty text; `notes` then says so. An
// error for what is not a version.
base::Result<Version> judged_version(std::string_view told, const KnownVersions& known,
                                     std::vector<std::string>& notes);

// A row holds from its version on, until the next row. Rows ascend; the first holds for all older
// versions too.
template <class T>
struct Since {
  Version from;
  T value;
};

template <class T, std::size_t N>
constexpr const T& at_version(const Since<T> (&table)[N], Version version) {
  const T* found = &table[0].value;
  for (const Since<T>& row : table) {
    if (row.from <= version) {
      found = &row.value;
    }
  }
  return *found;
}

}  // namespace idpwatch::validators
