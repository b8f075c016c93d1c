// System.Uri of .NET, as far as it decides what is fetched (dotnet/runtime, System.Private.Uri,
// UriExt.cs and UriHelper.cs): white space around it, case, dots, escapes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::validators {

struct DotnetUri {
  std::string scheme;        // lower case
  std::string absolute_uri;  // normal and escaped, the fragment left out
  // The text without the white space around it, where path and query are in their normal form
  // already; else absolute_uri. What a World is asked for.
  std::string spelled;
  [[nodiscard]] bool https() const { return scheme == "https"; }
};

// new Uri(text): nullopt where it throws, also for a relative one. Spaces, tabs and line breaks
// around the text are left out (others are not: U+00A0 makes a scheme unknown, or is escaped).
std::optional<DotnetUri> parse_dotnet_uri(std::string_view text);

// An https address that parse_dotnet_uri leaves as it is, as most are: no need to take it apart.
bool is_normal_https(std::string_view text);

}  // namespace idpwatch::validators
