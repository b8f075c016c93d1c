// The request of a watched client, as far as a provider can tell it from others: to ask as it asks.
// A plain value.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::model {

struct ClientRequest {
  std::string as;  // "JwtBearer 8.0", for people
  // User-Agent, Accept and the like; one with an empty value is not sent at all.
  std::vector<std::pair<std::string, std::string>> headers;
  base::Duration timeout{0};
  int redirects = 0;
  std::optional<std::string> proxy;  // "": none; nullopt: as idpwatch goes
  bool decodes = false;              // what comes compressed
  std::string suites = {};  // all that it offers of TLS 1.2, by OpenSSL's names; empty: all
  bool in_turn = false;     // it tries the addresses of a name one after the other
  bool ipv6_alone = false;  // to ask whether the IPv6 addresses answer

  bool operator==(const ClientRequest&) const = default;
  // Equal for equal requests, whoever makes them.
  [[nodiscard]] std::string key() const {
    std::string out;
    for (const auto& [name, value] : headers) {
      out.append(name).append(": ").append(value).append("\n");
    }
    out += std::to_string(timeout.count()) + " " + std::to_string(redirects);
    if (ipv6_alone) out += " by IPv6";
    return proxy ? out + " by " + *proxy : out;
  }
};

}  // namespace idpwatch::model
