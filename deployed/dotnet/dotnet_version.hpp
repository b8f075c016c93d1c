// Version numbers of .NET packages, and which Microsoft.IdentityModel an ASP.NET Core release
// brings when nothing beside the deployed files tells.
//
// Pure. Source: dependencies of the Microsoft.AspNetCore.Authentication.JwtBearer packages on
// nuget.org.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::deployed {

struct PackageVersion {
  std::array<int, 3> parts{};  // major, minor, patch
  int given = 0;               // how many of them were written: "8.0" gives 2

  friend bool operator<=(const PackageVersion& a, const PackageVersion& b) {
    return a.parts <= b.parts;
  }
};

// "8.0.11", "8.0", "8", "net8.0", "8.0.0-preview.3" (the suffix is dropped); nullopt otherwise.
[[nodiscard]] std::optional<PackageVersion> parse_package_version(std::string_view text);

// 0 when the text is not a version.
[[nodiscard]] int major_of(std::string_view version);

// Whether that JwtBearer checks issuer and audience only where a value for them is listed in
// Authentication:Schemes, as .NET 7 does and 8.0.0 to 8.0.6 do (dotnet/aspnetcore, issues 53423 and
// 56727). A release without a patch ("8.0") is taken as its newest.
[[nodiscard]] bool checks_by_listing(std::string_view framework);
// Whether it takes SigningKeys for the issuers of ValidIssuers alone, and not for
// ValidIssuer: 9.0.0 and 9.0.1 (dotnet/aspnetcore, issue 58996, pull request 59425).
[[nodiscard]] bool forgets_valid_issuer(std::string_view framework);

struct DefaultLibrary {
  std::string version;  // of Microsoft.IdentityModel
  std::string release;  // the JwtBearer release of the table that it was taken from
};

// The nearest lower release of the table; with only major and minor given, the newest patch of it.
// Versions older than the table give its oldest entry.
[[nodiscard]] std::optional<DefaultLibrary> default_library(std::string_view framework);

}  // namespace idpwatch::deployed
