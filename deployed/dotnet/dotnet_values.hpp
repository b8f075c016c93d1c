// How .NET parses configuration text into the types of the options: bool.Parse and
// TimeSpan.Parse with the invariant culture. Pure.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string_view>

namespace idpwatch::deployed {

// "true", "False", " TRUE "; nullopt where .NET throws FormatException ("1", "yes").
[[nodiscard]] std::optional<bool> parse_dotnet_bool(std::string_view text);

// "00:05:00", "1.02:03:04.5", "1:02:03:04", "00:30" (hours and minutes); a bare number is days.
// nullopt where .NET throws ("5m", "25:00:00").
[[nodiscard]] std::optional<base::Duration> parse_dotnet_time_span(std::string_view text);

}  // namespace idpwatch::deployed
