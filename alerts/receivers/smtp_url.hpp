// "smtps://host:465" (TLS from the first byte) or "smtp://host:587". Pure.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace idpwatch::alerts {

struct SmtpServer {
  bool tls = false;
  std::string host;  // lower case; IPv6 in brackets
};

base::Result<SmtpServer> parse_smtp_url(std::string_view text);

}  // namespace idpwatch::alerts
