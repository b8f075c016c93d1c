// The JsonTextReader of Newtonsoft.Json (13.0.3 read): JSON and much that looks like it. A part of
// dotnet_json.
#pragma once

#include "validators/dotnet/dotnet_json.hpp"

namespace idpwatch::validators {

std::optional<JsonNode> parse_newtonsoft(std::string_view text, const JsonDialect& dialect);

}  // namespace idpwatch::validators
