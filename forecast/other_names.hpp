// Other ways to write what tokens bear: the audience of an application of Entra ID with and without
// api://, and names under which one authority issues. Pure.
#pragma once

#include <string>
#include <string_view>

namespace idpwatch::forecast {

inline constexpr std::string_view kApi = "api://";

// The other way to write an audience of Entra; empty for what is none.
std::string other_audience(const std::string& audience);

// Whether an issuer of tokens is another authority, with keys of its own, and not just another name
// of this one: the versions and tenants of Entra ID share their keys, and a name without a dot is
// what a container network or a development machine calls an authority that has a public one, too.
bool signs_elsewhere(const std::string& issuer, const std::string& document_issuer);

}  // namespace idpwatch::forecast
