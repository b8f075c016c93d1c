#include "deployed/dotnet/dotnet_version.hpp"

#include <charconv>

namespace idpwatch::deployed {

namespace {

struct Row {
  std::array<int, 3> release;
  std::string_view release_text;
  std::string_view library;
};

// Ascending. 6.0.26, 7.0.15 and 8.0.1 are the releases of January 2024 that moved on for
// CVE-2024-21319; the others are recorded.
constexpr Row kTable[] = {
    {{2, 2, 0}, "2.2.0", "5.3.0"},    {{3, 1, 18}, "3.1.18", "5.5.0"},
    {{5, 0, 0}, "5.0.0", "6.7.1"},    {{6, 0, 0}, "6.0.24", "6.10.0"},
    {{6, 0, 26}, "6.0.26", "6.35.0"}, {{7, 0, 0}, "7.0.11", "6.15.1"},
    {{7, 0, 15}, "7.0.15", "6.35.0"}, {{8, 0, 0}, "8.0.0", "7.0.3"},
    {{8, 0, 1}, "8.0.11", "7.1.2"},   {{8, 0, 34}, "8.0.34", "7.7.3"},
    {{9, 0, 0}, "9.0.11", "8.0.1"},   {{9, 0, 23}, "9.0.23", "8.19.2"},
    {{10, 0, 0}, "10.0.0", "8.0.1"},  {{10, 0, 13}, "10.0.13", "8.19.2"},
};

}  // namespace

std::optional<PackageVersion> parse_package_version(std::string_view text) {
  if (text.starts_with("netcoreapp")) text.remove_prefix(10);
  if (text.starts_with("net")) text.remove_prefix(3);
  if (text.starts_with("v")) text.remove_prefix(1);
  PackageVersion version;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int& part : version.parts) {
    const auto [next, error] = std::from_chars(at, end, part);
    if (error != std::errc{} || part < 0) return std::nullopt;
    ++version.given;
    at = next;
    if (at == end || *at != '.') break;
    ++at;
  }
  const bool ended = at == end || *at == '-' || *at == '+' || version.given == 3;
  return ended ? std::optional(version) : std::nullopt;
}

int major_of(std::string_view version) {
  const std::optional<PackageVersion> parsed = parse_package_version(version);
  return parsed ? parsed->parts[0] : 0;
}

bool checks_by_listing(std::string_view framework) {
  const std::optional<PackageVersion> version = parse_package_version(framework);
  if (!version || version->parts[0] < 7) return false;
  if (version->parts[0] == 7) return true;
  constexpr std::array<int, 3> kFixed{8, 0, 7};
  return version->given == 3 && version->parts < kFixed;
}

bool forgets_valid_issuer(std::string_view framework) {
  const std::optional<PackageVersion> version = parse_package_version(framework);
  constexpr std::array<int, 3> kFirst{9, 0, 0};
  constexpr std::array<int, 3> kFixed{9, 0, 2};
  return version && version->given == 3 && version->parts >= kFirst && version->parts < kFixed;
}

std::optional<DefaultLibrary> default_library(std::string_view framework) {
  std::optional<PackageVersion> wanted = parse_package_version(framework);
  if (!wanted) return std::nullopt;
  constexpr int kNewestPatch = 1'000'000;
  if (wanted->given < 3) wanted->parts[2] = kNewestPatch;
  const Row* best = &kTable[0];
  for (const Row& row : kTable) {
    if (row.release <= wanted->parts) best = &row;
  }
  return DefaultLibrary{std::string(best->library), std::string(best->release_text)};
}

}  // namespace idpwatch::deployed
