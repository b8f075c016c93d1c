#include "validators/dotnet/recorded_versions.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::validators {
namespace {

using Name = std::string_view;
constexpr std::array<Name, 1> kPlain{""};
constexpr std::array<Name, 2> kWithHost2{"", "host2"};
constexpr std::array<Name, 1> kHost7Alone{"host7"};
constexpr std::array<Name, 2> kWithHost7{"", "host7"};
constexpr std::array<Name, 2> kWithLegacy{"", "legacy-handler"};
constexpr std::array<Name, 2> kWithBlocking{"", "blocking"};
constexpr std::array<Name, 5> kNewest{"", "blocking", "host7", "host8", "legacy-handler"};

constexpr std::array<RecordedVersion, 19> kRecorded{{
    {{5, 5, 0}, kPlain},       {{5, 6, 0}, kPlain},         {{5, 7, 2}, kWithHost2},
    {{6, 7, 1}, kPlain},       {{6, 8, 0}, kPlain},         {{6, 10, 0}, kPlain},
    {{6, 15, 1}, kHost7Alone}, {{6, 33, 0}, kWithHost7},    {{6, 35, 0}, kWithHost7},
    {{7, 0, 3}, kPlain},       {{7, 1, 2}, kWithLegacy},    {{7, 5, 0}, kWithHost7},
    {{7, 7, 1}, kPlain},       {{7, 7, 3}, kWithLegacy},    {{8, 0, 1}, kPlain},
    {{8, 0, 2}, kPlain},       {{8, 16, 0}, kWithBlocking}, {{8, 19, 2}, kPlain},
    {{8, 23, 0}, kNewest},
}};

}  // namespace

std::span<const RecordedVersion> recorded_versions() { return kRecorded; }

bool is_recorded(Version version) {
  return std::any_of(kRecorded.begin(), kRecorded.end(),
                     [&](const RecordedVersion& one) { return one.version == version; });
}

Version nearest_recorded(Version version) {
  Version nearest = kRecorded.front().version;
  for (const RecordedVersion& one : kRecorded) {
    if (one.version <= version) {
      nearest = one.version;
    }
  }
  return nearest;
}

}  // namespace idpwatch::validators
