// Which proxy a URL is fetched through, by the rules of libcurl (curl's
// manual "environment variables"): https_proxy then HTTPS_PROXY; for http only the lower-case
// http_proxy (a CGI request header could set the other); then all_proxy, ALL_PROXY. no_proxy takes
// precedence over NO_PROXY.
//
// Pure. We decide it ourselves and tell libcurl, since the address policy must know whether the
// peer is the proxy, and `config show` prints it.
#pragma once

#include "base/environment.hpp"
#include "base/url.hpp"

#include <optional>
#include <string>

namespace idpwatch::net {

// `configured`: "" = none, nullopt = as the environment says. Empty result: no proxy.
std::string effective_proxy(const base::Url& url, const std::optional<std::string>& configured,
                            const base::Environment& environment);

}  // namespace idpwatch::net
