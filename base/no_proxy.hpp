// Which hosts a list of exemptions (NO_PROXY, http.nonProxyHosts) takes from the proxy. Every HTTP
// client reads such a list in a dialect of its own: here each is a plain value. Pure.
//
// Sources: dotnet/runtime HttpEnvironmentProxy.cs; curl lib/noproxy.c; golang/net
// http/httpproxy/proxy.go; CPython urllib/request.py; requests utils.py; Ruby uri/generic.rb; JDK
// net.properties.
#pragma once

#include "base/url.hpp"

#include <optional>
#include <string_view>

namespace idpwatch::base {

struct NoProxyDialect {
  enum class Name { kHost, kHostAndBelow, kEnds };  // "a.test"
  enum class Dotted { kHostAndBelow, kBelow };      // ".a.test"
  enum class Star { kNothing, kAlone, kAnywhere };  // "*"
  enum class Networks { kNone, kV4, kAll };         // "10.0.0.0/8", for addresses in the URL
  Name name = Name::kHostAndBelow;
  Dotted dotted = Dotted::kHostAndBelow;
  bool star_dot = false;  // "*.a.test" is as ".a.test"
  Networks networks = Networks::kNone;
  bool ports = false;  // "a.test:8443"
  Star star = Star::kAlone;
  bool loopback_direct = false;  // never by a proxy, whatever is set
  bool resolves = false;         // names are compared by their address, too
  bool spaces = false;           // entries are separated by white space, too
  bool patterns = false;         // entries separated by "|", "*" at their ends, and no more
  bool operator==(const NoProxyDialect&) const = default;
};

// libcurl's own.
inline constexpr NoProxyDialect kCurlNoProxy{.networks = NoProxyDialect::Networks::kAll,
                                             .spaces = true};

// Whether that URL is asked for directly. nullopt: it hangs on the address of its name, or on what
// is not known of the dialect.
std::optional<bool> exempts(const NoProxyDialect& dialect, std::string_view list, const Url& url);

}  // namespace idpwatch::base
