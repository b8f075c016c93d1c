// Other ways to write what tokens bear: the audience of an application of Entra ID with and without
// api://, and names under which one authority issues. Pure.
#pragma once

#include "forecast/history/key_set_history.hpp"

#include <string>
#include <string_view>

namespace idpwatch::forecast {

inline constexpr std::string_view kApi = "api://";

// The other way to write an audience of Entra; empty for what is none.
std::string other_audience(const std::string& audience);

// Whether an issuer of tokens is another authority, with keys of its own, and not just another name
// of this one. Other names are: what its document says that access tokens bear; other versions and
// tenants of Entra ID, which share their keys; another scheme, port, path or spelling of one host,
// but for another realm of it; and a host that has no public name, which is what a container
// network or a development machine calls an authority that has one, too.
bool signs_elsewhere(const std::string& issuer, const KeySetVersion& published);

// Whether both are realms of some server, and not the same one: "/realms/a", "/realms/b".
bool names_another_realm(const std::string& a, const std::string& b);
// Whether two issuers differ before their paths: in scheme, host or port.
bool differs_by_host(const std::string& a, const std::string& b);

}  // namespace idpwatch::forecast
