#include "daemon/admin/access.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdint>

namespace idpwatch::daemon {
namespace {

// "[::1]:7517" -> "::1", "localhost:7517" -> "localhost".
std::string host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    return std::string(authority.substr(1, authority.find(']') - 1));
  }
  return std::string(authority.substr(0, authority.find(':')));
}

using Address = std::array<std::uint8_t, 16>;

// IPv4 as IPv4-mapped, so that there is one form of each.
std::optional<Address> address_of(const std::string& text) {
  Address out{};
  if (inet_pton(AF_INET6, text.c_str(), out.data()) == 1) return out;
  out = {};
  out[10] = out[11] = 0xff;
  if (inet_pton(AF_INET, text.c_str(), out.data() + 12) == 1) return out;
  return std::nullopt;
}

bool loopback(const Address& address) {
  static const Address v6 = *address_of("::1");
  static const Address v4 = *address_of("127.0.0.1");
  return address == v6 ||
         (std::equal(v4.begin(), v4.begin() + 12, address.begin()) && address[12] == v4[12]);
}

// The name under which a browser knows us. A page whose owner lets its name resolve to 127.0.0.1
// (DNS rebinding) sends that name; an address cannot be rebound.
bool known_host(const config::Listen& listen, std::string_view header) {
  const std::string host = host_of(header);
  if (host.empty() || base::iequals(host, "localhost")) return true;
  const auto address = address_of(host);
  if (!address) return false;
  const auto ours = address_of(listen.host);
  const bool everywhere = ours && (*ours == address_of("0.0.0.0") || *ours == address_of("::"));
  return everywhere || loopback(*address) || address == ours;
}

bool bears(const AdminRequest& request, const std::string& token) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string header = request.header("authorization");
  const std::string_view given = header;
  return !token.empty() && given.size() >= kScheme.size() &&
         base::iequals(given.substr(0, kScheme.size()), kScheme) &&
         equal_secrets(base::trim(given.substr(kScheme.size())), token);
}

// Fetch Metadata (W3C): browsers say where a request comes from, and no page can change it. A link
// to us that a person follows only shows us.
bool from_elsewhere(const AdminRequest& request) {
  const std::string site = request.header("sec-fetch-site");
  const bool followed = request.reads() && request.header("sec-fetch-mode") == "navigate" &&
                        request.header("sec-fetch-dest") == "document";
  if (!site.empty() && site != "same-origin" && site != "none" && !followed) return true;
  const std::string origin = request.header("origin");
  return !origin.empty() && origin != "http://" + request.header("host");
}

bool is_json(std::string_view type) {
  return base::iequals(base::trim(type.substr(0, type.find(';'))), "application/json");
}

std::optional<Refusal> write_refused(const AccessRules& rules, const AdminRequest& request) {
  if (!bears(request, rules.token.empty() ? rules.write_token : rules.token) &&
      request.peer != Peer::kOperator) {
    return Refusal{401, "a bearer token is required to change anything",
                   rules.token.empty() ? "it is in state_dir/admin.token, which the daemon's user "
                                         "and root can read"
                                       : "it is in the admin_token_file of the configuration"};
  }
  // A form or a script of another site can post text/plain and the like without asking first.
  if (!is_json(request.header("content-type"))) {
    return Refusal{415, "Content-Type must be application/json", {}};
  }
  return std::nullopt;
}

}  // namespace

bool decides_access(std::string_view header) {
  return header == "host" || header == "authorization" || header == "origin" ||
         header == "content-type" || header.starts_with("sec-fetch-");
}

std::optional<Refusal> refused(const AccessRules& rules, const AdminRequest& request) {
  // Which of two is meant, a proxy on the way may see otherwise (RFC 9112, section 3.2).
  if (!request.repeated.empty()) {
    return Refusal{400, "the header " + request.repeated + " may be given only once", {}};
  }
  const bool tcp = rules.listen.kind == config::Listen::Kind::kTcp;
  // Where everything needs a token, a rebound page has none, and operators may use any name.
  if (tcp && rules.token.empty() && !known_host(rules.listen, request.header("host"))) {
    return Refusal{421, "this host name is not served here",
                   "use the address that `listen` of the configuration names"};
  }
  if (from_elsewhere(request)) return Refusal{403, "a page of another site may not ask this", {}};
  if (rules.token.empty() ? !rules.listen.local() : !bears(request, rules.token)) {
    return Refusal{401, "a bearer token is required",
                   "it is in the admin_token_file of the configuration"};
  }
  return request.reads() ? std::nullopt : write_refused(rules, request);
}

bool equal_secrets(std::string_view given, std::string_view expected) {
  // Digests have one length, whatever was given.
  const std::string a = base::sha256(given);
  const std::string b = base::sha256(expected);
  unsigned different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    different |=
        static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  }
  return different == 0;
}

}  // namespace idpwatch::daemon
